package main

import (
	"net/http"

	"huike/member/event"
)

// eventsConfig is what the way in for events needs.
type eventsConfig struct {
	EventsToken string `help:"What a source shows to POST /v1/events (Authorization: Bearer); default: nobody may." env:"HUIKE_EVENTS_TOKEN" placeholder:"TOKEN" group:"Data"`
}

// events is where what happens in other channels comes in.
func (f *front) events() http.Handler {
	c := event.Config{Members: f.house.members, Tags: f.house.tags, Trail: f.house.audit}
	return event.New(f.house.store, c).Handler(f.house.config.EventsToken)
}
