package webrtc

import (
	"errors"
	"slices"
	"time"

	"github.com/pion/rtp"

	"huike/audio"
	"huike/audio/dtmf"
)

// ErrKeys is returned by SendKeys when the peer takes no keys, or is still being
// sent others.
var ErrKeys = errors.New("webrtc: the peer takes no keys now")

const keysLimit = 64 // keys of one SendKeys: 14 s

// SendKeys presses keys, of "0123456789*#ABCD", towards the peer as RFC 4733
// events, one after the other, and returns at once; sound that is written
// meanwhile is lost. It returns [ErrKeys] where telephone-event/48000 was not
// agreed upon.
func (l *Leg) SendKeys(keys string) error {
	if len(keys) > keysLimit {
		return ErrKeys
	}
	steps, err := dtmf.Steps(keys, dtmf.Config{ClockRate: clockRate})
	if err != nil {
		return err
	}
	return l.out.press(slices.Collect(steps), l.types.Load().key48)
}

// press sends the steps in their time, on a timer's goroutine.
func (t *track) press(steps []dtmf.Step, pt uint8) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if pt == 0 || len(steps) == 0 || t.pressing || t.bound.Load() == nil {
		return ErrKeys
	}
	t.pressing = true
	began := time.Now()
	start := t.last.Timestamp
	if !t.sentAt.IsZero() {
		start += uint32(began.Sub(t.sentAt) * clockRate / time.Second)
	}
	var timer *time.Timer
	step := func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if timer == nil || t.pressStep(&steps[0], pt, start) != nil || len(steps) == 1 {
			t.pressing = false
			return
		}
		steps = steps[1:]
		timer.Reset(steps[0].At - time.Since(began))
	}
	timer = time.AfterFunc(steps[0].At, step)
	return nil
}

// pressStep sends one event packet, which takes a sequence number of its own. mu
// is held.
func (t *track) pressStep(step *dtmf.Step, pt uint8, start uint32) error {
	to := t.bound.Load()
	t.seq++
	t.header = rtp.Header{
		Version: 2, Marker: step.Marker, PayloadType: pt, SSRC: to.ssrc,
		SequenceNumber: t.last.Sequence + 1, Timestamp: start + step.Timestamp,
	}
	return t.write(to, step.Payload[:])
}

// write sends t.header with a payload, and counts it. mu is held.
func (t *track) write(to *binding, payload []byte) error {
	if err := t.put(to, &t.header, payload); err != nil {
		return err
	}
	t.last = audio.Packet{
		SSRC: to.ssrc, Sequence: t.header.SequenceNumber, Timestamp: t.header.Timestamp,
		Marker: t.header.Marker, PayloadType: t.header.PayloadType, Payload: payload,
	}
	t.control.sent(&t.last)
	t.last.Payload = nil
	return nil
}
