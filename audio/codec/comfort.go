package codec

import (
	"math"

	"huike/audio"
)

// maxOrder is how many reflection coefficients of a comfort noise payload are
// heard; more say nothing about a room.
const maxOrder = 12

// Comfort makes the noise that a comfort noise payload describes (RFC 3389): as
// loud, and of the same colour. Its zero value has been told of none. It is for one
// goroutine and allocates nothing.
type Comfort struct {
	known   bool
	loud    float64           // root mean square that the first coefficient's filter is fed
	order   int               // of the filter
	shape   [maxOrder]float64 // its taps: of an all-pole filter at 8 kHz
	past    [maxOrder]float64 // what came out of it, the newest first
	random  uint32
	samples [audio.FrameSamples / 2]int16 // at 8 kHz
	double  doubler
}

// Hear takes note of a payload, whose noise is made from now on. It returns false,
// and goes on as before, if the payload is empty.
func (c *Comfort) Hear(payload []byte) bool {
	if len(payload) == 0 {
		return false
	}
	level := float64(payload[0] & 0x7f) // in -dBov: 0 is a square wave as loud as can be
	c.known, c.order = true, min(len(payload)-1, maxOrder)
	power := 1.0 // that the filter loses
	var before [maxOrder]float64
	for m, quantised := range payload[1 : 1+c.order] { // from reflections to taps (Levinson)
		k := 258 * (float64(min(quantised, 254)) - 127) / 32768
		copy(before[:], c.shape[:m])
		for i, tap := range before[:m] {
			c.shape[i] = tap + k*before[m-1-i]
		}
		c.shape[m] = k
		power *= 1 - k*k
	}
	c.loud = -math.MinInt16 * math.Pow(10, -level/20) * math.Sqrt(power)
	return true
}

// Known tells whether there was a payload.
func (c *Comfort) Known() bool { return c.known }

// Fill fills pcm, samples at [audio.Rate], with what follows of the noise. Of an odd
// number the last one is as the one before it.
func (c *Comfort) Fill(pcm []int16) {
	for len(pcm) > 1 {
		n := min(len(pcm)/2, len(c.samples))
		for i := range n {
			c.samples[i] = c.next()
		}
		c.double.Resample(pcm[:0:2*n], c.samples[:n])
		if pcm = pcm[2*n:]; len(pcm) == 1 {
			pcm[0] = c.samples[n-1]
		}
	}
}

// next makes one sample at 8 kHz.
func (c *Comfort) next() int16 {
	c.random = c.random*1664525 + 1013904223
	v := c.loud * math.Sqrt(3) * float64(int32(c.random)) / math.MaxInt32
	for i := range c.order {
		v -= c.shape[i] * c.past[i]
	}
	copy(c.past[1:], c.past[:maxOrder-1])
	c.past[0] = v
	return round(float32(v))
}
