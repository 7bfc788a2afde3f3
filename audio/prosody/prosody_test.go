package prosody_test

import (
	"fmt"
	"math"
	"testing"

	"huike/audio"
	"huike/audio/prosody"
	"huike/audio/vad"
)

// voice is a voice of so many syllables, each of length seconds, at a pitch and a level
// in dBFS.
func voice(syllables int, length, hertz, dbfs float64) []int16 {
	var pcm []int16
	amplitude := math.Pow(10, dbfs/20) * 32767 * 1.8
	for range syllables {
		n := int(length * audio.Rate)
		for i := range n {
			x := 0.0
			for k := 1.0; k < 6; k++ { // as a voice, with its overtones
				x += math.Sin(2*math.Pi*hertz*k*float64(i)/audio.Rate) / k
			}
			envelope := math.Sin(math.Pi * float64(i) / float64(n))
			pcm = append(pcm, int16(min(max(amplitude*x/2*envelope, -32000), 32000)))
		}
	}
	return pcm
}

func measure(pcm []int16) prosody.Measure { return prosody.Of(pcm, vad.ToneOf(pcm)) }

func TestItMeasuresPitchPaceAndLevel(t *testing.T) {
	low, high := measure(voice(12, 0.2, 150, -28)), measure(voice(18, 0.13, 300, -20))
	if d := high.Pitch - low.Pitch; math.Abs(d-12) > 0.7 {
		t.Errorf("an octave is %.1f semitones", d)
	}
	if d := high.Level - low.Level; math.Abs(d-8) > 1.5 {
		t.Errorf("8 dB are %.1f", d)
	}
	if math.Abs(low.Pace-5) > 0.8 || math.Abs(high.Pace-7.7) > 1 {
		t.Errorf("paces of 5 and 7.7 syllables a second are %.1f and %.1f", low.Pace, high.Pace)
	}
	if m := measure(make([]int16, audio.Rate)); m != (prosody.Measure{}) {
		t.Errorf("silence: %+v", m)
	}
	if m := measure(nil); m != (prosody.Measure{}) {
		t.Errorf("nothing: %+v", m)
	}
}

func TestAChangeIsCountedFromTheCallersOwnBeginning(t *testing.T) {
	for _, c := range []struct {
		name         string
		then         []int16
		anger, hurry [2]float64 // from, to
	}{
		{"the same is no sign", voice(12, 0.2, 200, -20), [2]float64{0, 0.1}, [2]float64{0, 0.1}},
		{"louder and higher is anger", voice(12, 0.2, 262, -12), [2]float64{0.5, 1}, [2]float64{0, 0.2}},
		{"nearer to the telephone is little", voice(12, 0.2, 200, -11), [2]float64{0, 0.25}, [2]float64{0, 0.2}},
		{"faster is hurry", voice(18, 0.13, 200, -20), [2]float64{0, 0.1}, [2]float64{0.7, 1}},
		{"fainter and lower is neither", voice(10, 0.25, 170, -28), [2]float64{0, 0}, [2]float64{0, 0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var caller prosody.Caller
			if first := caller.Hear(measure(voice(12, 0.2, 200, -20))); first.Known || first.Anger() != 0 {
				t.Errorf("the beginning has changed: %+v", first)
			}
			change := caller.Hear(measure(c.then))
			if a := change.Anger(); a < c.anger[0] || a > c.anger[1] {
				t.Errorf("anger %.2f, want %v: %+v", a, c.anger, change)
			}
			if h := change.Hurry(); h < c.hurry[0] || h > c.hurry[1] {
				t.Errorf("hurry %.2f, want %v: %+v", h, c.hurry, change)
			}
		})
	}
}

func TestAShortAnswerTellsNothing(t *testing.T) {
	var caller prosody.Caller
	caller.Hear(measure(voice(12, 0.2, 200, -30)))
	if c := caller.Hear(measure(voice(1, 0.2, 300, -10))); c.Known {
		t.Errorf("a yes: %+v", c)
	}
}

func BenchmarkOf(b *testing.B) {
	pcm := voice(25, 0.2, 200, -20) // 5 s
	b.ReportAllocs()
	for b.Loop() {
		measure(pcm)
	}
}

func Example() {
	var caller prosody.Caller
	caller.Hear(measure(voice(12, 0.2, 200, -25)))
	change := caller.Hear(measure(voice(12, 0.2, 280, -13)))
	fmt.Println(change.Known, change.Anger() > 0.5, change.Hurry() > 0.5)
	// Output: true true false
}
