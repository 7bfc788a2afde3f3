// Package prosody tells how something was said: how loud, how high, how fast, and how
// that has changed since the caller began. It knows no words and no feelings of its own
// accord: [Change.Anger] and [Change.Hurry] say what a change may be a sign of, and what
// that is worth beside the words is for others to decide.
package prosody

import (
	"math"
	"time"

	"huike/audio"
	"huike/audio/vad"
)

// Measure is how a stretch of speech sounds.
type Measure struct {
	Speech time.Duration // that was spoken in it, pauses left out
	Level  float64       // dBFS, mean level
	Pitch  float64       // median of the voice, in semitones; 0: there is none
	Pace   float64       // syllables a second of speech: peaks of loudness
}

const (
	hop   = audio.Rate / 50 // samples, 20 ms
	under = 30              // dB below the loudest that still is speech
	faint = -60.0           // dBFS below which nothing is
)

// Of measures speech, mono at [audio.Rate], which it only reads, and whose tone is
// known. Without speech the measure is zero.
func Of(pcm []int16, tone vad.Tone) Measure {
	levels := make([]float64, len(pcm)/hop)
	loudest := faint
	for i := range levels {
		levels[i] = level(pcm[i*hop : (i+1)*hop])
		loudest = max(loudest, levels[i])
	}
	threshold := max(loudest-under, faint)
	spoken := 0
	for _, l := range levels {
		if l > threshold {
			spoken++
		}
	}
	if spoken == 0 {
		return Measure{}
	}
	length := audio.Duration(spoken*hop, audio.Rate)
	return Measure{
		Speech: length, Level: float64(tone.Level), Pitch: float64(tone.Pitch),
		Pace: float64(peaks(levels, threshold)) / length.Seconds(),
	}
}

func level(pcm []int16) float64 {
	sum := 0.0
	for _, x := range pcm {
		sum += float64(x) * float64(x)
	}
	return 10 * math.Log10(sum/float64(len(pcm))/(32768*32768)+1e-10)
}

// peaks counts the syllables: tops of the loudness, smoothed, with a dip of 2 dB
// between them.
func peaks(levels []float64, threshold float64) int {
	const dip = 2.0
	n, low, high, rising := 0, math.Inf(1), math.Inf(-1), true
	for i := range levels {
		sum, k := 0.0, 0
		for j := max(i-1, 0); j <= min(i+1, len(levels)-1); j++ {
			sum, k = sum+levels[j], k+1
		}
		x := sum / float64(k)
		switch {
		case rising:
			if high = max(high, x); x < high-dip {
				if high > threshold+dip {
					n++
				}
				rising, low = false, x
			}
		default:
			if low = min(low, x); x > low+dip {
				rising, high = true, x
			}
		}
	}
	if rising && high > threshold+dip {
		n++
	}
	return n
}

// Change is how a turn differs from how its caller began.
type Change struct {
	Known  bool    // there was enough to compare
	Louder float64 // dB
	Higher float64 // semitones
	Faster float64 // factor
}

// Caller remembers how a caller began. Its zero value is ready, for one goroutine.
type Caller struct {
	sum   Measure // weighted by seconds of speech
	begun float64 // seconds
}

const (
	beginning = 6.0 // seconds of speech that a caller is taken to begin with
	enough    = 1.5 // that something can be compared with
	least     = 400 * time.Millisecond
)

// Hear compares a turn with how its caller began, and counts it to the beginning as
// long as that lasts. A turn that is too short to
// tell, or has no voice, is neither.
func (c *Caller) Hear(m Measure) Change {
	if m.Speech < least || m.Pitch == 0 {
		return Change{}
	}
	var change Change
	if c.begun >= enough {
		change = Change{
			Known: true, Louder: m.Level - c.sum.Level/c.begun, Higher: m.Pitch - c.sum.Pitch/c.begun, Faster: 1,
		}
		if pace := c.sum.Pace / c.begun; pace > 0 {
			change.Faster = m.Pace / pace
		}
	}
	if c.begun < beginning {
		w := m.Speech.Seconds()
		c.begun += w
		c.sum.Level += w * m.Level
		c.sum.Pitch += w * m.Pitch
		c.sum.Pace += w * m.Pace
	}
	return change
}

// Anger is how much a change is like a voice that is raised, 0 to 1: louder by 6 dB and
// higher by three semitones is half. One of the two alone is a quarter at most: people
// come nearer to their telephone, and smile.
func (c Change) Anger() float64 {
	if !c.Known {
		return 0
	}
	louder := min(max(c.Louder/12, 0), 1)
	higher := min(max(c.Higher/6, 0), 1)
	return max(math.Sqrt(louder*higher), 0.25*max(louder, higher))
}

// Hurry is how much a change is like somebody who has no time, 0 to 1: half again as
// fast is 1.
func (c Change) Hurry() float64 {
	if !c.Known {
		return 0
	}
	return min(max((c.Faster-1.1)/0.4, 0), 1)
}
