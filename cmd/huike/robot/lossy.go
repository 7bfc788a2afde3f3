package robot

import (
	"math/rand/v2"
	"sync/atomic"
	"time"

	"huike/audio"
)

// Lossy is a leg whose packets do not all arrive: some are lost at random, and all
// of a gap are.
type Lossy struct {
	Leg
	Share  float64 // lost, 0 to 1
	Random *rand.Rand
	until  atomic.Int64 // end of the gap, in Unix nanoseconds
}

// Gap loses everything that is sent from now on for that long.
func (l *Lossy) Gap(d time.Duration) { l.until.Store(time.Now().Add(d).UnixNano()) }

// WritePacket sends the packet, or loses it.
func (l *Lossy) WritePacket(p *audio.Packet) error {
	if time.Now().UnixNano() < l.until.Load() || l.Random.Float64() < l.Share {
		return nil
	}
	return l.Leg.WritePacket(p)
}
