package wire

import (
	"time"

	"huike/audio"
)

const (
	// pauseAfter is how much later than its predecessors' sound a message may
	// come before the peer is taken to have paused, as a muted page does. Less
	// than this is the network's doing, and the jitter buffer's matter.
	pauseAfter = 300 * time.Millisecond
	// aheadLimit is how much sound a peer may send ahead of real time, as after
	// a stall. More is dropped.
	aheadLimit = time.Second
)

// Arrival says what became of sound that came.
type Arrival int

// The arrivals of a [Timeline].
const (
	InTime     Arrival = iota
	AfterPause         // the peer sent nothing for a while
	Ahead              // more sound than time has passed: drop it
)

// Timeline gives timestamps to sound that comes without, over a connection that
// loses nothing. It counts samples, and jumps where the peer sent none. Its zero
// value needs a Rate.
type Timeline struct {
	Rate     int       // hertz
	began    time.Time // when the first sample was taken, had it come at once
	received int64     // samples since began, pauses included
	stamp    uint32    // of the next packet
	dropped  int64     // samples that came ahead
}

// Arrived places n samples that came at now.
func (t *Timeline) Arrived(n int, now time.Time) Arrival {
	length := audio.Duration(n, t.Rate)
	if t.began.IsZero() {
		t.began = now.Add(-length)
	}
	late := now.Sub(t.began) - length - audio.Duration(int(t.received), t.Rate)
	switch {
	case late > pauseAfter:
		skipped := audio.Samples(late, t.Rate)
		t.received += int64(skipped + n)
		t.stamp += uint32(skipped)
		return AfterPause
	case late < -aheadLimit:
		t.dropped += int64(n)
		return Ahead
	default:
		t.received += int64(n)
		return InTime
	}
}

// Given returns the timestamp of the next n samples.
func (t *Timeline) Given(n int) uint32 {
	stamp := t.stamp
	t.stamp += uint32(n)
	return stamp
}

// Restart counts real time from the next sample on.
func (t *Timeline) Restart() { t.began, t.received = time.Time{}, 0 }
