package main

import (
	"context"
	"fmt"
	"net/http"
	"os"

	"huike/member"
	"huike/member/connect"
)

// connectConfig is what the connectors need.
type connectConfig struct {
	Connect string `help:"YAML file of connectors: the shop's systems that are pulled over HTTP, that push signed webhooks to /v1/hooks/NAME, and that are told of members who have changed." env:"HUIKE_CONNECT" placeholder:"FILE" type:"path" group:"Data"`
}

// changes tells everybody who follows members.
type changes []interface {
	Changed(ctx context.Context, id member.ID, version int64)
}

// Changed tells each.
func (c changes) Changed(ctx context.Context, id member.ID, version int64) {
	for _, one := range c {
		one.Changed(ctx, id, version)
	}
}

// readConnectors reads the file of connectors, and makes who tells others of changes.
func (h *house) readConnectors() (changes, error) {
	h.connect = &connect.Book{}
	if h.config.Connect == "" {
		return changes{h.members}, nil
	}
	text, err := os.ReadFile(h.config.Connect)
	if err != nil {
		return nil, fmt.Errorf("--connect: %w", err)
	}
	if h.connect, err = connect.Parse(text, nil); err != nil {
		return nil, fmt.Errorf("%s: %w", h.config.Connect, err)
	}
	if len(h.connect.Tells) == 0 {
		return changes{h.members}, nil
	}
	teller := connect.NewTeller(h.connect.Tells, h.store, connect.Config{Log: h.log})
	h.runWith(teller.Run)
	return changes{h.members, teller}, nil
}

// pull has the sources read, each by its schedule.
func (h *house) pull() {
	for _, one := range h.connect.Pulls {
		h.runWith(connect.NewPuller(one, h.store, h.events, connect.Config{Log: h.log}).Run)
	}
}

// hooks is where the shop's systems push.
func (f *front) hooks() http.Handler {
	return connect.Receive(f.house.connect.Hooks, f.house.events, nil)
}
