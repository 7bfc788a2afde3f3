package main

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"

	"huike/member"
	eventstream "huike/member/event/stream"
)

// streamConfig is what events from a Redis Stream need.
type streamConfig struct {
	EventsRedis  string `help:"Redis whose stream events are read from; default: none are. The stream is read as one of a consumer group, so several servers share it." env:"HUIKE_EVENTS_REDIS" placeholder:"URL" group:"Data"`
	EventsStream string `help:"The stream's key." default:"huike:events" env:"HUIKE_EVENTS_STREAM" group:"Data"`
	EventsGroup  string `help:"The consumer group." default:"huike" env:"HUIKE_EVENTS_GROUP" group:"Data"`
}

// openStream has events taken from a stream, where one is named.
func (h *house) openStream() error {
	if h.config.EventsRedis == "" {
		return nil
	}
	client, closer, err := member.OpenRedis(h.config.EventsRedis)
	if err != nil {
		return errors.Join(errors.New("--events-redis"), err)
	}
	h.closeWith(closer)
	h.stream = eventstream.Eraser{Redis: client, Stream: h.config.EventsStream, Graves: h.store}
	source := eventstream.New(client, h.events, eventstream.Config{Stream: h.config.EventsStream, Group: h.config.EventsGroup, Log: h.log})
	h.runWith(source.Run)
	count := func(name, help string, value func(eventstream.Stats) int64) prometheus.Collector {
		return prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, func() float64 { return float64(value(source.Stats())) })
	}
	h.registry.MustRegister(
		count("huike_stream_accepted_total", "Events of the stream that were taken.", func(s eventstream.Stats) int64 { return s.Accepted }),
		count("huike_stream_duplicate_total", "Events of the stream that had been taken before.", func(s eventstream.Stats) int64 { return s.Duplicate }),
		count("huike_stream_refused_total", "Events of the stream that went to the dead letters.", func(s eventstream.Stats) int64 { return s.Refused }),
		count("huike_stream_claimed_total", "Entries claimed from consumers that had left them.", func(s eventstream.Stats) int64 { return s.Claimed }),
		count("huike_stream_failures_total", "Times that Redis or the store did not answer; each was tried again.", func(s eventstream.Stats) int64 { return s.Failures }),
	)
	return nil
}
