package session

import (
	"time"

	"huike/audio"
)

// beat is what the ticks of all calls are laid on, so that those of many calls come
// together: the machine wakes 400 times a second for them, however many there are,
// and not 50 times for each. A first word waits half of it on average.
const beat = audio.PTime / 8

// onBeat returns the last beat at or before a time.
func onBeat(at time.Time) time.Time {
	return at.Add(-time.Duration(at.UnixNano() % int64(beat)))
}

// nextBeat returns the first beat at or after a time of a call that began on one.
func nextBeat(at time.Duration) time.Duration { return (at + beat - 1).Truncate(beat) }

// poller is a leg whose packets the media loop takes itself each PTime, so that
// nothing else in the call is woken by them. It is no [Leg]'s duty: the others have a
// goroutine that waits in ReadPacket.
type poller interface {
	// Poll fills p with the next packet that has come, if one has, and never waits.
	// The packet came age ago; its payload is valid until the next Poll. The error is
	// that of ReadPacket.
	Poll(p *audio.Packet) (age time.Duration, ok bool, err error)
}

// pollMost is how many packets one tick takes: a flood to one call must not hold up the
// others, and what a stall has kept back comes with the ticks that follow.
const pollMost = 128

// poll takes the packets that have come by call time now to the jitter buffer.
func (r *live) poll(now time.Duration) error {
	for n := 0; r.polled != nil && n < pollMost; n++ {
		age, ok, err := r.polled.Poll(&r.packet)
		if err != nil {
			if r.ctx.Err() != nil {
				return r.ctx.Err()
			}
			return errHungUp
		}
		if !ok {
			break
		}
		r.session.media.listener().Push(&r.packet, max(now-age, 0))
	}
	return nil
}
