package session

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"huike/audio"
	"huike/audio/codec"
	"huike/audio/playout"
)

// counted is a leg that counts how often it is polled, and what it is sent.
type counted struct {
	sink
	polls, sent atomic.Int32
	fail        atomic.Pointer[func() error]
	flood       atomic.Pointer[func(*audio.Packet)] // more comes than can be taken
}

func (c *counted) Poll(p *audio.Packet) (time.Duration, bool, error) {
	c.polls.Add(1)
	if flood := c.flood.Load(); flood != nil {
		(*flood)(p)
		return 0, true, nil
	}
	if fail := c.fail.Load(); fail != nil {
		return 0, false, (*fail)()
	}
	return 0, false, nil
}

func (c *counted) WritePacket(*audio.Packet) error { c.sent.Add(1); return nil }

// failWith has the next poll do that.
func (c *counted) failWith(f func() error) { c.fail.Store(&f) }

// ring carries a call of nothing but its media on m until ctx ends, and tells how it ended.
func ring(t *testing.T, ctx context.Context, m *Metronome) (*counted, *live, <-chan error) { //nolint:revive // t is always first
	t.Helper()
	leg := &counted{sink: sink{codec.PCMU}}
	config := &Config{
		Recognizer: &listener{}, Speaker: &speaker{}, Detector: house.detector, Flow: house.flow, Wording: house.wording,
		Log: slog.New(slog.DiscardHandler),
	}
	s, err := newSession(config, Caller{Lang: "en"}, leg, kept{}, playout.New())
	if err != nil {
		t.Fatal(err)
	}
	s.media.post = func(event) {}
	r := &live{session: s, ctx: ctx, began: onBeat(time.Now()), polled: leg}
	over := make(chan error, 1)
	go func() { over <- m.carry(ctx, r) }()
	return leg, r, over
}

func TestMetronomeTicksEveryCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		m := NewMetronome(2)
		stopped := make(chan error, 1)
		go func() { stopped <- m.Run(ctx) }()
		legs, lives, overs := make([]*counted, 5), make([]*live, 5), make([]<-chan error, 5)
		hangUp := make([]context.CancelFunc, 5)
		for i := range legs {
			var call context.Context
			call, hangUp[i] = context.WithCancel(t.Context())
			legs[i], lives[i], overs[i] = ring(t, call, m)
			<-time.After(7 * time.Millisecond)
		}
		since := func(what string, want ...int32) {
			t.Helper()
			for _, leg := range legs {
				leg.polls.Store(0)
			}
			<-time.After(time.Second)
			synctest.Wait()
			for i, leg := range legs {
				if got := leg.polls.Load(); got != want[i] {
					t.Errorf("%s: call %d was ticked %d times in a second, want %d", what, i, got, want[i])
				}
			}
		}
		<-time.After(audio.PTime + time.Millisecond) // no tick falls on the edge of a second
		since("five calls", 50, 50, 50, 50, 50)

		legs[0].failWith(func() error { panic("of one call") }) //nolint:forbidigo // which its call alone must feel
		if err := <-overs[0]; err == nil || !strings.Contains(err.Error(), "media") {
			t.Errorf("a panic ended its call with %v", err)
		}
		legs[1].failWith(func() error { return io.EOF })
		if err := <-overs[1]; !errors.Is(err, errHungUp) {
			t.Errorf("a peer that is gone ended its call with %v", err)
		}
		hangUp[2]()
		if err := <-overs[2]; err != nil {
			t.Errorf("a call that ended by itself ended with %v", err)
		}
		since("two of them", 0, 0, 0, 50, 50)

		lives[3].session.media.queue.Begin(1)
		lives[3].session.media.queue.Append(ctx, 1, 0, playout.Item{Payload: []byte{1}})
		legs[3].sent.Store(0)
		<-time.After(beat)
		synctest.Wait()
		if legs[3].sent.Load() != 1 {
			t.Error("the first sound after a silence waited for more than a beat")
		}
		since("one that has begun to speak", 0, 0, 0, 50, 50)

		flood := func(p *audio.Packet) { *p = audio.Packet{Payload: make([]byte, 160)} }
		legs[4].flood.Store(&flood)
		since("one that is flooded", 0, 0, 0, 50, 50*pollMost)

		stop()
		if err := <-overs[3]; !errors.Is(err, ErrStopped) {
			t.Errorf("a metronome that stopped ended a call with %v", err)
		}
		<-overs[4]
		if err := <-stopped; !errors.Is(err, context.Canceled) {
			t.Errorf("Run: %v", err)
		}
		for _, end := range hangUp {
			end()
		}
	})
}
