package stretch

import (
	"math"

	"huike/audio"
)

const (
	memory = 3 * audio.FrameSamples // 60 ms of what was heard

	// Made-up sound is as loud as what it goes on from for 20 ms and then fades:
	// after 120 ms nothing but the room's noise is left.
	fadeAfter = audio.FrameSamples
	fadeOver  = 5 * audio.FrameSamples

	joint = audio.Rate / 200 // 5 ms, over which made-up and real sound are faded into one another
)

// A Concealer makes up sound for what is missing, by what the sound before was
// like: it goes on with its last pitch periods, fades, and leaves the noise of
// the room. It is for one stream and one goroutine, and allocates nothing.
type Concealer struct {
	heard   [memory]int16 // the newest last
	pattern [2 * maxPeriod]int16
	period  int     // length of pattern; 0 when nothing has been made up since the last sound
	made    int     // samples made up since
	from    float64 // what the first made-up sample lacks to go on from the last one
	noise   float64 // root mean square of the room
	random  uint32
	dull    float64 // state of the noise's low-pass
	last    int16   // sample put out last
}

// Heard tells what has been put out that was not made up.
func (c *Concealer) Heard(pcm []int16) {
	if len(pcm) == 0 {
		return
	}
	if len(pcm) >= memory {
		copy(c.heard[:], pcm[len(pcm)-memory:])
	} else {
		copy(c.heard[:], c.heard[len(pcm):])
		copy(c.heard[memory-len(pcm):], pcm)
	}
	c.last = pcm[len(pcm)-1]
	c.period, c.made = 0, 0
	// The room's noise is what is left when nobody speaks: it falls at once and
	// rises slowly, by 6 dB in about 2 s of frames of 20 ms.
	if loud := rms(pcm); loud < c.noise {
		c.noise = loud
	} else {
		c.noise = min(c.noise*1.007+0.01, loud)
	}
}

// Conceal fills pcm with what may have been there. To be called piece by piece
// as long as nothing comes.
func (c *Concealer) Conceal(pcm []int16) {
	if c.period == 0 {
		c.begin()
	}
	for i := range pcm {
		pcm[i] = c.next()
	}
	if len(pcm) > 0 {
		c.last = pcm[len(pcm)-1]
	}
}

// Fade fades what another concealment has made, such as a codec's own, in the
// way in which Conceal does, and adds the room's noise.
func (c *Concealer) Fade(pcm []int16) {
	if c.period == 0 {
		c.begin()
	}
	for i := range pcm {
		gain := c.gain()
		c.made++
		pcm[i] = clip(gain*float64(pcm[i]) + (1-gain)*c.murmur())
	}
	if len(pcm) > 0 {
		c.last = pcm[len(pcm)-1]
	}
}

// Merge fades made-up sound into pcm, which follows it. Where nothing was made
// up it does nothing. The caller tells Heard of pcm after that.
func (c *Concealer) Merge(pcm []int16) {
	if c.made == 0 {
		return
	}
	n := min(joint, len(pcm))
	step := float64(c.last) - float64(c.peek())
	for i := range n {
		on := float64(c.next()) + step*math.Pow(0.94, float64(i))
		part := float64(i+1) / float64(n+1)
		pcm[i] = clip((1-part)*on + part*float64(pcm[i]))
	}
	c.made = 0
	c.period = 0
}

// Splice does what Merge does also where nothing was made up: pcm does not go on
// from what was heard last, because something between was left out.
func (c *Concealer) Splice(pcm []int16) {
	if c.made == 0 {
		c.begin()
		c.made = 1
	}
	c.Merge(pcm)
}

// begin finds the pattern that is repeated: whole periods, 10 ms of them or
// more, so that a voice does not become a buzz.
func (c *Concealer) begin() {
	period := c.findPeriod()
	for period < audio.FrameSamples/2 {
		period += period
	}
	c.period = min(period, len(c.pattern))
	copy(c.pattern[:c.period], c.heard[memory-c.period:])
	// The end of the pattern leads back to its beginning.
	before := c.heard[memory-c.period-minPeriod : memory-c.period]
	fade(c.pattern[c.period-minPeriod:c.period], before)
	c.made = 0
	slope := float64(c.heard[memory-1]) - float64(c.heard[memory-2])
	c.from = float64(c.heard[memory-1]) + slope/2 - float64(c.pattern[0])
}

// findPeriod returns how far back what was heard last is most like itself: by
// likeness, whose energies are carried on from one place to the next.
func (c *Concealer) findPeriod() int {
	const at = memory - overlap - maxPeriod/2
	tail := c.heard[at:]
	own, energy := product(tail, tail), product(c.heard[at-minPeriod:memory-minPeriod], c.heard[at-minPeriod:])
	best, period := 0.3, audio.FrameSamples // what has no pitch is noise: the longer the pattern, the better
	for p := minPeriod; p <= at; p += 2 {
		if l := cosine(product(tail, c.heard[at-p:]), own, energy); l > best+0.005 {
			best, period = l, p
		}
		if p+2 <= at {
			energy += product(c.heard[at-p-2:at-p], c.heard[at-p-2:]) - product(c.heard[memory-p-2:memory-p], c.heard[memory-p-2:])
		}
	}
	return period
}

// next makes up one sample.
func (c *Concealer) next() int16 {
	v := c.peek()
	c.made++
	return v
}

func (c *Concealer) peek() int16 {
	gain := c.gain()
	v := float64(c.pattern[c.made%c.period])
	if c.made < 2*minPeriod {
		v += c.from * math.Pow(0.9, float64(c.made))
	}
	return clip(gain*v + (1-gain)*c.murmur())
}

// gain is how loud made-up sound still is.
func (c *Concealer) gain() float64 {
	return min(1, max(0, 1-float64(c.made-fadeAfter)/fadeOver))
}

// murmur is one sample of noise as loud as the room, without its highest part.
func (c *Concealer) murmur() float64 {
	const dullness = 0.7
	c.random = c.random*1664525 + 1013904223
	white := float64(int32(c.random)) / math.MaxInt32 * math.Sqrt(3) // of root mean square 1
	c.dull = dullness*c.dull + math.Sqrt(1-dullness*dullness)*white
	return c.noise * c.dull
}

func clip(v float64) int16 {
	return int16(max(math.MinInt16, min(math.MaxInt16, math.Round(v))))
}

// Murmur fills pcm with the noise of the room, in a pause of the sender: with noise,
// as long as pcm, if the sender has told what its room is like, else, where noise is
// nil, with what was heard of it.
func (c *Concealer) Murmur(pcm, noise []int16) {
	if c.period == 0 {
		c.begin()
	}
	for i := range pcm {
		gain := max(0, 1-float64(c.made)/(2*joint)) * c.gain()
		var room float64
		if noise == nil {
			room = c.murmur()
		} else {
			room = float64(noise[i])
		}
		pcm[i] = clip(gain*float64(c.pattern[c.made%c.period]) + (1-gain)*room)
		c.made++
	}
	if len(pcm) > 0 {
		c.last = pcm[len(pcm)-1]
	}
}
