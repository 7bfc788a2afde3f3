package syllable

import (
	"math"
	"math/rand/v2"
)

const (
	decay   = 2400  // samples, 150 ms: after which the room's sound has fallen by 60 dB
	wet     = -18.0 // decibels: the room's sound against what comes straight
	arrival = 80    // samples, 5 ms: the first wall
	echoes  = 112   // reflections within decay
	damping = 0.5   // of a one-pole low-pass: walls swallow what is high
)

// room is the small room in which the voice is heard. The recordings have none and
// are cut off hard, which the ear takes for a line that is gated; its faint decay,
// 18 dB below the voice, closes the cuts. The reflections are velvet noise: sparse, of
// one size but for the decay (Karjalainen & Järveläinen, "Reverberation modeling using
// velvet noise", 2007).
type room struct {
	taps  []reflection
	past  []float64 // the last decay samples, and room for what comes
	added []float64
	muted float64 // the low-pass's state
}

type reflection struct {
	after int // samples
	gain  float64
}

func newRoom() *room {
	r := &room{taps: make([]reflection, echoes), past: make([]float64, decay)}
	noise := rand.New(rand.NewPCG(3, 4)) //nolint:gosec // the same text must sound the same
	grid := float64(decay-arrival) / echoes
	var energy float64
	for k := range r.taps {
		at := arrival + int((float64(k)+noise.Float64())*grid)
		gain := math.Pow(10, -3*float64(at)/decay)
		if noise.IntN(2) == 0 {
			gain = -gain
		}
		r.taps[k] = reflection{at, gain}
		energy += gain * gain
	}
	for k := range r.taps {
		r.taps[k].gain *= math.Pow(10, wet/20) / math.Sqrt(energy)
	}
	return r
}

// heard returns pcm as it sounds in the room, delayed by nothing.
func (r *room) heard(pcm []int16) []int16 {
	for _, x := range pcm {
		r.past = append(r.past, float64(x))
	}
	r.added = append(r.added[:0], make([]float64, len(pcm))...)
	for _, t := range r.taps {
		from := r.past[decay-t.after:][:len(pcm)]
		for i, x := range from {
			r.added[i] += t.gain * x
		}
	}
	out := make([]int16, len(pcm))
	for i, x := range pcm {
		r.muted += damping * (r.added[i] - r.muted)
		out[i] = int16(math.Round(min(max(float64(x)+r.muted, math.MinInt16), math.MaxInt16)))
	}
	r.past = append(r.past[:0], r.past[len(pcm):]...)
	return out
}
