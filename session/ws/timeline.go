package ws

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

type arrival int

const (
	inTime     arrival = iota
	afterPause         // the peer sent nothing for a while
	ahead              // more sound than time has passed: drop it
)

// timeline gives timestamps to sound that comes without. It counts samples,
// and jumps where the peer sent none.
type timeline struct {
	rate     int       // hertz
	began    time.Time // when the first sample was taken, had it come at once
	received int64     // samples since began, pauses included
	stamp    uint32    // of the next packet
	dropped  int64     // samples that came ahead
}

// arrived places n samples that came at now.
func (t *timeline) arrived(n int, now time.Time) arrival {
	length := audio.Duration(n, t.rate)
	if t.began.IsZero() {
		t.began = now.Add(-length)
	}
	late := now.Sub(t.began) - length - audio.Duration(int(t.received), t.rate)
	switch {
	case late > pauseAfter:
		skipped := audio.Samples(late, t.rate)
		t.received += int64(skipped + n)
		t.stamp += uint32(skipped)
		return afterPause
	case late < -aheadLimit:
		t.dropped += int64(n)
		return ahead
	default:
		t.received += int64(n)
		return inTime
	}
}

// given returns the timestamp of the next n samples.
func (t *timeline) given(n int) uint32 {
	stamp := t.stamp
	t.stamp += uint32(n)
	return stamp
}
