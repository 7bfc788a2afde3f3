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
	// heldMost is how much more may come when nothing came before it: a stalled
	// connection looks like a pause, until all that it has held back comes at once.
	// With aheadLimit it is what the jitter buffer has room for.
	heldMost = 9 * time.Second
	heldFor  = 10 * time.Second // after the pause, in which that must come
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
// loses nothing. It counts samples, and jumps where the peer sent none, but for what
// comes then of the time that was jumped over. Its zero value needs a Rate.
type Timeline struct {
	Rate     int       // hertz
	began    time.Time // when the first sample was taken, had it come at once
	received int64     // samples since began, pauses included
	stamp    uint32    // of the next packet
	dropped  int64     // samples that came ahead
	held     int64     // samples that the connection may still hold of the latest pauses
	until    time.Time // when it holds none any more
}

// Arrived places n samples that came at now.
func (t *Timeline) Arrived(n int, now time.Time) Arrival {
	length := audio.Duration(n, t.Rate)
	if t.began.IsZero() {
		t.began = now.Add(-length)
	}
	late := now.Sub(t.began) - length - audio.Duration(int(t.received), t.Rate)
	if now.After(t.until) {
		t.held = 0
	}
	switch {
	case late > pauseAfter:
		skipped := audio.Samples(late, t.Rate)
		t.received += int64(skipped + n)
		t.stamp += uint32(skipped)
		t.held, t.until = min(t.held+int64(skipped), int64(audio.Samples(heldMost, t.Rate))), now.Add(heldFor)
		return AfterPause
	case late < -length/2 && t.held >= int64(n): // the pause was a stall: its time is counted already
		t.held -= int64(n)
		return InTime
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
func (t *Timeline) Restart() { t.began, t.received, t.held = time.Time{}, 0, 0 }
