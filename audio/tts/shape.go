package tts

import (
	"fmt"
	"math"
)

const (
	loudness = -20.0 // dBFS, RMS of a voice's active speech as a caller hears it
	quiet    = -52.0 // dBFS, RMS below which a block at that loudness is silence
	block    = 80    // samples, 5 ms: the step in which silence is measured
	lead     = 160   // samples, 10 ms of silence left before the sound
	tail     = 960   // samples, 60 ms left behind it
	knee     = 0.7   // of full scale: above it peaks are bent, not cut
	fullFix  = 32767.0
)

// A Shaper trims silence off both ends of a voice's sound, brings it to -20 dBFS and
// bends peaks, as the sound arrives. It is for one text and one goroutine.
type Shaper struct {
	gain    float64 // factor; 0 means: measure the whole sound first
	held    []int16 // not yet handed on: less than a block, or silence that may be the last
	checked int     // samples at the front of held that are known to be quiet
	begun   bool
	dropped int // samples cut off at the front
	out     []int16
}

// NewShaper returns a Shaper for a voice whose active speech has this RMS in dBFS; 0
// means that it is not known: nothing is emitted before the end then.
func NewShaper(level float64) *Shaper {
	s := &Shaper{}
	if level != 0 {
		s.gain = math.Pow(10, (loudness-level)/20)
	}
	return s
}

// Give takes a piece of sound, which it does not keep, and emits what is ready, valid
// until emit returns.
func (s *Shaper) Give(pcm []int16, emit func([]int16) error) error {
	if ready := s.push(pcm); len(ready) > 0 {
		return emit(ready)
	}
	return nil
}

// Dropped is how many samples were cut off at the front so far: what the voice tells
// of times is late by them.
func (s *Shaper) Dropped() int { return s.dropped }

// Finish emits what is left. A voice that was given a text and made no sound
// is at fault.
func (s *Shaper) Finish(name string, emit func([]int16) error) error {
	ready := s.end()
	if !s.begun {
		return fmt.Errorf("%s made no sound: check that it runs by hand", name)
	}
	if len(ready) == 0 {
		return nil
	}
	return emit(ready)
}

// push takes a piece of sound and returns what is ready, valid until the next
// call, perhaps nothing.
func (s *Shaper) push(pcm []int16) []int16 {
	s.held = append(s.held, pcm...)
	s.out = s.out[:0]
	if s.gain == 0 {
		return nil
	}
	for len(s.held)-s.checked >= block {
		next := s.held[s.checked : s.checked+block]
		if power(next)*s.gain*s.gain < decibel(quiet) {
			s.checked += block
			continue
		}
		s.release(s.checked+block, s.held)
	}
	// Before the sound begins nothing but the lead is worth keeping.
	if !s.begun && s.checked > lead {
		drop := s.checked - lead
		s.held = append(s.held[:0], s.held[drop:]...)
		s.checked = lead
		s.dropped += drop
	}
	return s.out
}

// release hands on the first n samples held: silence that turned out to lie
// within the sound, and the block that followed.
func (s *Shaper) release(n int, held []int16) {
	from := 0
	if !s.begun {
		from = max(0, s.checked-lead)
		s.begun = true
		s.dropped += from
	}
	for _, x := range held[from:n] {
		s.out = append(s.out, bend(float64(x)*s.gain))
	}
	s.held = append(s.held[:0], held[n:]...)
	s.checked = 0
}

// end returns what is still held but for the silence behind the sound, valid
// until the next call.
func (s *Shaper) end() []int16 {
	if s.gain == 0 {
		s.gain = math.Pow(10, loudness/20) / math.Sqrt(active(s.held))
		whole := s.held
		s.held = nil
		first := append([]int16(nil), s.push(whole)...)
		return append(first, s.end()...)
	}
	s.out = s.out[:0]
	if s.begun {
		s.release(min(len(s.held), tail), s.held)
	}
	return s.out
}

// power returns the mean square of pcm, where full scale is 1.
func power(pcm []int16) float64 {
	var sum float64
	for _, x := range pcm {
		sum += float64(x) * float64(x)
	}
	return sum / (32768 * 32768) / float64(len(pcm))
}

// active returns the mean square of the blocks in which somebody speaks: those
// that are at most 30 dB below the loudest. It is never 0.
func active(pcm []int16) float64 {
	var loudest float64
	for at := 0; at+block <= len(pcm); at += block {
		loudest = max(loudest, power(pcm[at:at+block]))
	}
	var sum float64
	n := 0
	for at := 0; at+block <= len(pcm); at += block {
		if p := power(pcm[at : at+block]); p >= loudest*decibel(-30) && p > 0 {
			sum += p
			n++
		}
	}
	if n == 0 {
		return 1
	}
	return sum / float64(n)
}

// decibel returns the power ratio of db decibels.
func decibel(db float64) float64 { return math.Pow(10, db/10) }

// bend rounds to a sample; what rises above the knee is pressed below full
// scale without an edge.
func bend(x float64) int16 {
	const over = 1 - knee
	magnitude := math.Abs(x) / fullFix
	if magnitude > knee {
		magnitude = knee + over*math.Tanh((magnitude-knee)/over)
		x = math.Copysign(magnitude*fullFix, x)
	}
	return int16(math.Round(x))
}
