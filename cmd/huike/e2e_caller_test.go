package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"huike/cmd/huike/robot"
	"huike/dialog"
	"huike/session/journal"
)

// caller is a caller with a script in the test: it speaks, types and presses keys,
// and waits for what its call tells it.
type caller struct {
	t     *testing.T
	robot *robot.Robot
	leg   robot.Leg
	hung  chan struct{} // closed to hang up
	once  sync.Once
	ended chan struct{} // closed when the call is over

	mu     sync.Mutex
	events []journal.Event
	more   chan struct{} // closed and renewed with each event
	seen   int           // events that wait has passed
}

// dial calls the server, by WebSocket or by WebRTC.
func (s *server) dial(t *testing.T, scheme, lang, as string) (*caller, error) {
	t.Helper()
	place := callCommand{URL: scheme + "://" + s.address, Lang: lang, As: as, Rate: 16000}
	leg, err := place.dial(t.Context(), streams{io.Discard, io.Discard})
	if err != nil {
		return nil, err
	}
	idle, err := robot.Room(leg.Format())
	if err != nil {
		return nil, errors.Join(err, leg.Close("failed"))
	}
	c := &caller{
		t: t, leg: leg, robot: robot.New(leg, idle, nil), hung: make(chan struct{}), ended: make(chan struct{}), more: make(chan struct{}),
	}
	go c.listen()
	go func() {
		defer close(c.ended)
		_ = c.robot.Run(context.WithoutCancel(t.Context()), func(ctx context.Context) error {
			select {
			case <-c.hung:
			case <-ctx.Done():
			}
			return nil
		})
	}()
	t.Cleanup(func() { c.hangUp() })
	return c, nil
}

// call calls the server, which must answer.
func (s *server) call(t *testing.T, scheme, lang, as string) *caller {
	t.Helper()
	c, err := s.dial(t, scheme, lang, as)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *caller) listen() {
	for message := range c.leg.Messages() {
		var ev journal.Event
		if json.Unmarshal(message, &ev) != nil {
			continue
		}
		c.mu.Lock()
		c.events = append(c.events, ev)
		close(c.more)
		c.more = make(chan struct{})
		c.mu.Unlock()
	}
}

// wait returns the next event that fits. Those before it are passed over for good.
func (c *caller) wait(what string, fits func(journal.Event) bool) journal.Event {
	c.t.Helper()
	late := time.NewTimer(limit)
	defer late.Stop()
	for {
		c.mu.Lock()
		more := c.more
		for c.seen < len(c.events) {
			ev := c.events[c.seen]
			c.seen++
			if fits(ev) {
				c.mu.Unlock()
				return ev
			}
		}
		c.mu.Unlock()
		select {
		case <-more:
		case <-late.C:
			c.t.Fatalf("waited %v for %s; the call told:\n%s", limit, what, c.story())
		}
	}
}

// hears waits until the agent says words.
func (c *caller) hears(words string) {
	c.t.Helper()
	c.wait("the agent to say "+words, func(ev journal.Event) bool {
		return ev.Type == journal.TypeCaption && ev.Party == dialog.Agent && strings.Contains(ev.Text, words)
	})
}

// quiet waits until the agent has stopped.
func (c *caller) quiet() {
	c.t.Helper()
	c.wait("the agent to stop", func(ev journal.Event) bool {
		return ev.Type == journal.TypeSpeech && ev.Party == dialog.Agent && !ev.On
	})
}

// handoff waits for a state of the handoff.
func (c *caller) handoff(state string) journal.Event {
	c.t.Helper()
	return c.wait("the handoff to be "+state, func(ev journal.Event) bool {
		return ev.Type == journal.TypeHandoff && ev.State == state
	})
}

// over waits for the end of the call.
func (c *caller) over() journal.Event {
	c.t.Helper()
	return c.wait("the end", func(ev journal.Event) bool { return ev.Type == journal.TypeEnded })
}

// says speaks text with a synthetic voice.
func (c *caller) says(lang, text string) {
	c.t.Helper()
	u, err := robot.Encode(c.leg.Format(), text, spoken(c.t, lang, text))
	if err != nil {
		c.t.Fatal(err)
	}
	if _, _, err := c.robot.Say(c.t.Context(), u); err != nil {
		c.t.Fatal(err)
	}
}

func (c *caller) types(text string) {
	c.t.Helper()
	if err := c.robot.Type(text); err != nil {
		c.t.Fatal(err)
	}
}

func (c *caller) presses(keys string) {
	c.t.Helper()
	if err := c.robot.Press(keys); err != nil {
		c.t.Fatal(err)
	}
}

// hangUp ends the call and waits for its end.
func (c *caller) hangUp() {
	c.once.Do(func() { close(c.hung) })
	<-c.ended
}

// all returns the events so far.
func (c *caller) all() []journal.Event {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.events)
}

// agent returns all that the agent has said so far.
func (c *caller) agent() []string {
	var said []string
	for _, ev := range c.all() {
		if ev.Type == journal.TypeCaption && ev.Party == dialog.Agent {
			said = append(said, ev.Text)
		}
	}
	return said
}

// story is the call's events, for a person who reads why a test failed.
func (c *caller) story() string {
	var b strings.Builder
	for _, ev := range c.all() {
		text, _ := json.Marshal(ev)
		b.Write(append(text, '\n'))
	}
	return b.String()
}
