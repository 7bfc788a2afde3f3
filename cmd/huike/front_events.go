package main

import (
	"net/http"

	"huike/member/event"
)

// eventsConfig is what the ways in for events need.
type eventsConfig struct {
	EventsToken string `help:"What a source shows to POST /v1/events (Authorization: Bearer); default: nobody may." env:"HUIKE_EVENTS_TOKEN" placeholder:"TOKEN" group:"Data"`
	EventKinds  string `help:"YAML file with the shop's own kinds of events and their fields, beside those of every shop." env:"HUIKE_EVENT_KINDS" placeholder:"FILE" type:"path" group:"Data"`
}

// openEvents opens where what happens in other channels comes in.
func (h *house) openEvents() error {
	own, err := event.ReadKinds(h.config.EventKinds)
	if err != nil {
		return err
	}
	told, err := h.readConnectors()
	if err != nil {
		return err
	}
	h.events = event.New(h.store, event.Config{Own: own, Members: told, Tags: h.tags, Trail: h.audit})
	h.pull()
	return h.openStream()
}

// events is where they come in over HTTP.
func (f *front) events() http.Handler { return f.house.events.Handler(f.house.config.EventsToken) }
