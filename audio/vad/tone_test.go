package vad_test

import (
	"math"
	"testing"

	"huike/audio"
	"huike/audio/vad"
)

// hum is a voice of two harmonics whose pitch goes from one frequency to another, and
// whose level falls by that many dB to its end; a tenth of a second of silence is on
// both sides.
func hum(from, to, falls, seconds float64) []int16 {
	n := int(seconds * audio.Rate)
	pcm := make([]int16, n+audio.Rate/5)
	phase := 0.0
	for i := range n {
		share := float64(i) / float64(n)
		phase += (from + (to-from)*share) / audio.Rate
		gain := 6000 * math.Pow(10, -falls*share/20)
		pcm[audio.Rate/10+i] = int16(gain * (math.Sin(2*math.Pi*phase) + 0.6*math.Sin(4*math.Pi*phase)))
	}
	return pcm
}

func TestToneTellsHowAVoiceEnds(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		pcm  []int16
		want func(vad.Tone) bool
	}{
		{"a level voice has its pitch, and neither falls nor rises", hum(120, 120, 0, 1), func(t vad.Tone) bool {
			return near(t.Pitch, 15.16, 0.3) && near(t.End, 0, 0.3) && near(t.Slope, 0, 1) && t.Voiced > 0.9 && near(t.Length, 1, 0.05)
		}},
		{"a voice that falls by five semitones a second falls", hum(200, 150, 0, 1), func(t vad.Tone) bool {
			return t.End < -1.5 && near(t.Slope, -5.5, 1.5) && t.Low < 1
		}},
		{"one that rises rises", hum(150, 200, 0, 1), func(t vad.Tone) bool { return t.End > 1.5 && t.Slope > 3 && t.Low > 2 }},
		{"one that dies away is quieter at its end", hum(120, 120, 20, 1), func(t vad.Tone) bool { return t.Fall < -8 && t.Fade < -10 }},
		{"silence has no tone", make([]int16, audio.Rate), func(t vad.Tone) bool { return t == vad.Tone{} }},
		{"nor has nothing", nil, func(t vad.Tone) bool { return t == vad.Tone{} }},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if tone := vad.ToneOf(test.pcm); !test.want(tone) {
				t.Errorf("%+v", tone)
			}
		})
	}
}

func near(got, want, by float32) bool { return math.Abs(float64(got-want)) <= float64(by) }

func TestLoudnessIsThatOfTheTone(t *testing.T) {
	t.Parallel()
	for _, pcm := range [][]int16{hum(120, 150, 6, 1), hum(120, 120, 0, 5), make([]int16, audio.Rate), nil} {
		whole := vad.ToneOf(pcm)
		want := vad.Tone{Fall: whole.Fall, Fade: whole.Fade, Bright: whole.Bright, Level: whole.Level, Length: whole.Length}
		if got := vad.LoudnessOf(pcm); got != want {
			t.Errorf("%d samples: %+v, want %+v", len(pcm), got, want)
		}
	}
}

// What is said so far is measured every 300 ms.
func BenchmarkLoudnessOf(b *testing.B) {
	pcm := hum(120, 150, 6, 5)
	b.ReportAllocs()
	for b.Loop() {
		vad.LoudnessOf(pcm)
	}
}

// The tone of a turn is measured in each of its pauses.
func BenchmarkToneOf(b *testing.B) {
	pcm := hum(120, 150, 6, 5)
	for b.Loop() {
		vad.ToneOf(pcm)
	}
}
