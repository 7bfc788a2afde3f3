// Package robot is a caller made of recordings: it speaks, waits for the answer,
// interrupts, presses keys, and takes every time at the packet, where the caller
// would hear it. It is the other end of the line, for huike call and huike load;
// nothing of the server is in it.
//
// A [Robot] has two goroutines while [Robot.Run] runs: one sends a packet every
// 20 ms, one reads what the agent says. The script runs on the caller's own.
package robot

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"huike/audio"
	"huike/audio/codec"
)

// Leg is the caller's end of a call, as webrtc.Dial and ws.Dial return it.
type Leg interface {
	Format() audio.Format
	ReadPacket(p *audio.Packet) error
	WritePacket(p *audio.Packet) error
	Messages() <-chan []byte
	Send(message []byte) error
	Close(reason string) error
}

// pause is how long the agent must be silent to have finished or been stopped.
const pause = 600 * time.Millisecond

// Robot is one caller.
type Robot struct {
	leg  Leg
	idle [][]byte // packets of a quiet room, sent in turn; none sends nothing, as DTX does
	hear func(payload []byte, timestamp uint32)

	hungUp atomic.Bool

	mu      sync.Mutex
	speech  [][]byte      // what is still to be said
	said    chan struct{} // closed when speech has been sent; nil when there is none
	sent    time.Time     // when the last packet of speech was sent
	began   time.Time     // when the agent's latest stretch of sound began
	latest  time.Time     // when the latest packet of it came
	arrived chan struct{} // closed and renewed with each stretch of sound that begins
	late    int
	ticks   int
}

// New returns a robot on leg. Idle packets are what it sends while it does not
// speak; hear, if not nil, is given each of the agent's packets, on the reading
// goroutine.
func New(leg Leg, idle [][]byte, hear func(payload []byte, timestamp uint32)) *Robot {
	return &Robot{leg: leg, idle: idle, hear: hear, arrived: make(chan struct{})}
}

// ErrGone says that the server ended the call.
var ErrGone = errors.New("the call has ended")

// Run sends and reads until script returns or ctx ends, then hangs up. It returns script's
// error, or ErrGone when the call ended before.
func (r *Robot) Run(ctx context.Context, script func(ctx context.Context) error) error {
	group, ctx := errgroup.WithContext(ctx)
	context.AfterFunc(ctx, func() { _ = r.leg.Close("hung up") }) // so that nobody reads for ever
	group.Go(func() error { return r.gone(r.send(ctx)) })
	group.Go(func() error { return r.gone(r.read()) })
	group.Go(func() error {
		err := script(ctx)
		if ctx.Err() != nil {
			return ErrGone
		}
		r.hungUp.Store(true)
		if closed := r.leg.Close("hung up"); err == nil {
			err = closed
		}
		if err == nil {
			err = errDone
		}
		return err
	})
	if err := group.Wait(); !errors.Is(err, errDone) {
		return err
	}
	return nil
}

// gone is err, unless the leg is gone because the robot itself has hung up.
func (r *Robot) gone(err error) error {
	if r.hungUp.Load() {
		return errDone
	}
	return err
}

// errDone ends the goroutines of a robot whose script has ended.
var errDone = errors.New("done")

// send writes one packet every PTime: speech, or the quiet room.
func (r *Robot) send(ctx context.Context) error {
	ticker := time.NewTicker(audio.PTime)
	defer ticker.Stop()
	stamp := uint32(audio.Samples(audio.PTime, r.leg.Format().ClockRate))
	var p audio.Packet
	began := time.Now()
	for n := 0; ; {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		due := int(time.Since(began)/audio.PTime) - n
		r.mu.Lock()
		r.ticks += due
		r.late += max(due-2, 0)
		r.mu.Unlock()
		for range due {
			n++
			p.Timestamp += stamp
			payload, last := r.next(n)
			if payload == nil {
				continue
			}
			p.Payload = payload
			if r.leg.WritePacket(&p) != nil {
				return ErrGone
			}
			p.Sequence++
			if last != nil {
				r.mu.Lock()
				r.sent = time.Now()
				r.mu.Unlock()
				close(last)
			}
		}
	}
}

// next returns the packet that is due, and what to close once it is sent if it is
// the last of an utterance.
func (r *Robot) next(n int) (payload []byte, last chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.speech) == 0 {
		if len(r.idle) == 0 {
			return nil, nil
		}
		return r.idle[n%len(r.idle)], nil
	}
	payload = r.speech[0]
	r.speech = r.speech[1:]
	if len(r.speech) == 0 {
		last, r.said = r.said, nil
	}
	return payload, last
}

// read takes the agent's packets and notes when its sound begins and goes on.
func (r *Robot) read() error {
	var p audio.Packet
	for {
		if err := r.leg.ReadPacket(&p); err != nil {
			return ErrGone
		}
		now := time.Now()
		if r.hear != nil {
			r.hear(p.Payload, p.Timestamp)
		}
		if quiet(r.leg.Format(), p.Payload) {
			continue
		}
		r.mu.Lock()
		if now.Sub(r.latest) > pause {
			r.began = now
			close(r.arrived)
			r.arrived = make(chan struct{})
		}
		r.latest = now
		r.mu.Unlock()
	}
}

// quiet reports whether a payload is the silence that follows the agent's sound.
func quiet(format audio.Format, payload []byte) bool {
	if format.Name == codec.Opus.Name {
		return len(payload) <= 8
	}
	nothing := byte(0)
	switch format {
	case codec.PCMU:
		nothing = 0xff
	case codec.PCMA:
		nothing = 0xd5
	default:
	}
	for _, b := range payload {
		if b != nothing {
			return false
		}
	}
	return true
}

// Late returns how many of the robot's own ticks came late, and all of them: a
// robot that is late measures itself.
func (r *Robot) Late() (late, ticks int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.late, r.ticks
}
