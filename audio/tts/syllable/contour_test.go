package syllable

import (
	"math"
	"slices"
	"testing"
)

// TestTheSoundItselfKeepsItsTone follows the pitch of what is said, not of what was
// asked for: no step over two semitones in 10 ms within a tone, and none outside the
// range of the syllable's own recording, moved as the phrase moves it.
func TestTheSoundItselfKeepsItsTone(t *testing.T) {
	v := installed(t, Config{})
	said := 0
	for _, text := range sentences {
		for _, p := range pieces(text) {
			b := &breath{sounds: p.sounds, config: v.config}
			for i, s := range p.sounds {
				u, own, err := v.find(s)
				if err != nil || u == nil {
					t.Fatalf("%s%d: %v, no recording", s.base, s.tone, err)
				}
				if !own || s.tone == 5 {
					continue
				}
				asked := b.contour(i, u)
				heard := pitchOf(u.say(asked, 1), u)
				low, high := slices.Min(u.contour)-1, slices.Max(u.contour)+1
				for k := 2; k < len(heard); k++ {
					if heard[k] == 0 || heard[k-2] == 0 {
						continue
					}
					if d := math.Abs(heard[k] - heard[k-2]); d > 2 {
						t.Errorf("%s: %s%d jumps by %.1f semitones at %d ms", text, s.base, s.tone, d, 5*k)
					}
					if heard[k] < low || heard[k] > high {
						t.Errorf("%s: %s%d is at %.1f semitones, its recording between %.1f and %.1f", text, s.base, s.tone, heard[k], low, high)
					}
					said++
				}
			}
		}
	}
	if said < 1500 {
		t.Errorf("%d steps followed, want 1500", said)
	}
}

// pitchOf follows the pitch of pcm in semitones, 0 where it has none, inside the voice
// of u: the 20 ms at each end, where the tracker sees another sound too, are left out.
func pitchOf(pcm []float64, u *unit) []float64 {
	padded := make([]float64, len(pcm)+2*longLag+2*window)
	copy(padded[longLag+window/2:], pcm)
	pitch := track(padded)[(longLag+window/2)/hop:]
	drain(pitch)
	out := make([]float64, 0, len(pitch))
	for k := u.first/hop + 4; k < min(u.marks[len(u.marks)-1]/hop-4, len(pitch)); k++ {
		if pitch[k] == noVoice {
			out = append(out, 0)
			continue
		}
		out = append(out, semitones(pitch[k]))
	}
	return out
}
