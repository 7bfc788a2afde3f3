package rtp

import (
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"huike/audio"
	"huike/audio/dtmf"
)

// ErrKeys is the error, wrapped, of keys that the other side does not take as
// RFC 4733 events.
var ErrKeys = errors.New("no telephone events agreed upon")

// maxKeys is how many keys may wait to be sent.
const maxKeys = 64

// presses are the keys to send.
type presses struct {
	mu      sync.Mutex
	queue   string
	running bool
}

// SendKeys presses keys, of 0123456789*#ABCD, as RFC 4733 events, 120 ms each and
// 100 ms apart, behind those that wait already. It returns at once; sound is left
// out while a key is being sent. The error wraps ErrKeys where the other side
// takes none, or is net.ErrClosed.
func (e *Endpoint) SendKeys(keys string) error {
	a := e.agreed.Load()
	switch {
	case a == nil || a.keyType == 0 || a.held():
		return ErrKeys
	case keys == "":
		return nil
	}
	if _, err := dtmf.Steps(keys, dtmf.Config{ClockRate: a.keyRate}); err != nil {
		return fmt.Errorf("send keys: %w", err)
	}
	p := &e.presses
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.queue)+len(keys) > maxKeys {
		return fmt.Errorf("%d keys wait: want no more than %d", len(p.queue)+len(keys), maxKeys)
	}
	if e.closed() {
		return net.ErrClosed
	}
	p.queue += keys
	if !p.running {
		p.running = true
		e.work(e.press)
	}
	return nil
}

// press sends what is in the queue, and ends.
func (e *Endpoint) press() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	<-timer.C
	for {
		e.presses.mu.Lock()
		keys := e.presses.queue
		e.presses.queue, e.presses.running = "", keys != ""
		e.presses.mu.Unlock()
		if keys == "" || !e.pressAll(keys, timer) {
			return
		}
	}
}

// pressAll sends a row of keys; false if the endpoint was closed meanwhile. Keys that
// the other side has ceased to take are left out.
func (e *Endpoint) pressAll(keys string, timer *time.Timer) bool {
	a := e.agreed.Load()
	if a.keyType == 0 || a.held() {
		return true
	}
	steps, err := dtmf.Steps(keys, dtmf.Config{ClockRate: a.keyRate})
	if err != nil {
		return true // was checked
	}
	begun := e.now()
	e.out.mu.Lock()
	base := e.out.stamp + uint32(audio.Samples(begun-e.out.at, a.format.ClockRate))
	e.out.mu.Unlock()
	for step := range steps {
		timer.Reset(begun + step.At - e.now())
		select {
		case <-e.done:
			return false
		case <-timer.C:
		}
		e.pressStep(a, base, &step)
	}
	select { // the pause behind the last key
	case <-e.done:
		return false
	case <-after(timer, gapBehind):
		return true
	}
}

// pressStep sends one packet of a row of keys that begins at base.
func (e *Endpoint) pressStep(a *agreement, base uint32, step *dtmf.Step) {
	to := e.path.target()
	e.out.mu.Lock()
	defer e.out.mu.Unlock()
	e.out.pressing = !step.Last
	e.send(a, to, audio.Packet{
		Timestamp: base + uint32(uint64(step.Timestamp)*uint64(a.format.ClockRate)/uint64(a.keyRate)),
		Marker:    step.Marker, PayloadType: a.keyType, Payload: step.Payload[:],
	}, e.now())
}

// gapBehind is the pause before keys that came in meanwhile.
const gapBehind = 60 * time.Millisecond

func after(timer *time.Timer, d time.Duration) <-chan time.Time {
	timer.Reset(d)
	return timer.C
}
