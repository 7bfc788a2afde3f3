package session

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"huike/audio"
	"huike/audio/playout"
	"huike/session/crash"
)

// ErrStopped ends a call whose metronome has stopped before it.
var ErrStopped = errors.New("the metronome has stopped")

// A Metronome beats time for the media loops of all calls of a process. It has as many
// hands as there are processors; each is a goroutine that sleeps until a beat and then
// steps, one after the other, all of its calls that are due. A timer and a wake-up for
// each tick of each call would cost as much as a quiet tick itself. No tick waits for
// anything, so no call waits for another for longer than its sound takes.
type Metronome struct{ hands []*hand }

// NewMetronome returns a Metronome with that many hands; 0 is one for each processor
// that Go may use.
func NewMetronome(hands int) *Metronome {
	if hands <= 0 {
		hands = runtime.GOMAXPROCS(0)
	}
	m := &Metronome{}
	for range hands {
		m.hands = append(m.hands, &hand{
			began: onBeat(time.Now()), wake: make(chan struct{}, 1), ready: make(chan *playout.Queue, readyMost), stopped: make(chan struct{}),
			of: map[*playout.Queue]*player{},
		})
	}
	return m
}

// Run beats until ctx ends, and returns its error. Calls that are carried still end
// with [ErrStopped].
func (m *Metronome) Run(ctx context.Context) error {
	var hands errgroup.Group
	for _, h := range m.hands[1:] {
		hands.Go(func() error { h.run(ctx); return nil })
	}
	m.hands[0].run(ctx)
	return errors.Join(hands.Wait(), ctx.Err())
}

// carry ticks a call's media loop until ctx ends, or until it has an error, which is
// returned. Nothing touches the call's sound afterwards.
func (m *Metronome) carry(ctx context.Context, r *live) error {
	h := m.hands[0]
	for _, other := range m.hands[1:] {
		if other.carried.Load() < h.carried.Load() {
			h = other
		}
	}
	h.carried.Add(1)
	defer h.carried.Add(-1)
	p := &player{call: r, zero: r.began.Sub(h.began), over: make(chan error, 1), out: make(chan struct{})}
	r.session.media.queue.Tell(h.ready)
	h.ask(func() { h.seat(p) })
	select {
	case err := <-p.over:
		return err
	case <-ctx.Done():
	case <-h.stopped:
		if ctx.Err() == nil {
			return ErrStopped
		}
		return nil
	}
	h.ask(func() { h.unseat(p); close(p.out) })
	select {
	case <-p.out:
	case <-h.stopped:
	}
	return nil
}

// readyMost is how many calls may begin to sound within a beat of one hand; those that
// are more begin with their next tick.
const readyMost = 256

// hand is one of a metronome's goroutines and what it ticks.
type hand struct {
	began   time.Time    // 0 of the times below
	carried atomic.Int32 // calls

	wake    chan struct{}       // capacity 1: something is asked for
	ready   chan *playout.Queue // whose sound breaks a silence
	stopped chan struct{}       // closed when run returns

	mu    sync.Mutex
	asked []func() // to be done between two ticks

	// The goroutine's own.
	seats []seat
	of    map[*playout.Queue]*player
}

// seat is when a player is due, beside it, so that looking for who is due looks at
// nothing else.
type seat struct {
	due    time.Duration
	player *player
}

// player is one call's media loop.
type player struct {
	call   *live
	zero   time.Duration // of the call's time
	seat   int
	begins bool          // the next tick begins to sound
	over   chan error    // capacity 1: why it is ticked no more
	out    chan struct{} // closed when it is ticked no more
}

// ask has the hand's goroutine do f before its next tick.
func (h *hand) ask(f func()) {
	h.mu.Lock()
	h.asked = append(h.asked, f)
	h.mu.Unlock()
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

// do does what was asked for.
func (h *hand) do() {
	h.mu.Lock()
	asked := h.asked
	h.asked = nil
	h.mu.Unlock()
	for _, f := range asked {
		f()
	}
}

func (h *hand) now() time.Duration { return time.Since(h.began) }

func (h *hand) run(ctx context.Context) {
	defer close(h.stopped)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-h.wake:
			h.do()
		case queue := <-h.ready:
			h.begin(queue)
		}
		timer.Reset(h.beat())
	}
}

// seat has a player ticked from the next PTime on.
func (h *hand) seat(p *player) {
	p.seat = len(h.seats)
	h.seats = append(h.seats, seat{p.zero + nextBeat(p.call.Now()+audio.PTime), p})
	h.of[p.call.session.media.queue] = p
}

// unseat has it ticked no more.
func (h *hand) unseat(p *player) {
	if queue := p.call.session.media.queue; h.of[queue] == p {
		delete(h.of, queue)
		last := len(h.seats) - 1
		h.seats[p.seat] = h.seats[last]
		h.seats[p.seat].player.seat = p.seat
		h.seats[last] = seat{}
		h.seats = h.seats[:last]
	}
}

// begin lets sound that breaks a silence wait for the next beat alone. The call's ticks
// go on from there: the second packet follows the first by a PTime.
func (h *hand) begin(queue *playout.Queue) {
	if p := h.of[queue]; p != nil && p.call.session.media.begins() {
		p.begins = true
		h.seats[p.seat].due = p.zero + nextBeat(p.call.Now())
	}
}

// beat ticks those that are due, and returns how long it is until the next one is.
func (h *hand) beat() time.Duration {
	now, next := h.now(), time.Hour
	for i := 0; i < len(h.seats); i++ {
		s := &h.seats[i]
		if s.due <= now {
			if err := s.player.tick(); err != nil {
				s.player.over <- err
				h.unseat(s.player)
				i--
				continue
			}
			now = h.now()
			for s.due <= now { // more than once when this tick is late
				s.due += audio.PTime
			}
		}
		next = min(next, s.due)
	}
	return max(next-now, 0)
}

// tick is one PTime of the call. A panic in it ends this call alone.
func (p *player) tick() (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = crash.Error("media", value)
		}
	}()
	begins := p.begins
	p.begins = false
	return p.call.tick(begins)
}
