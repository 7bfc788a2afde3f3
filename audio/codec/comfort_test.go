package codec_test

import (
	"math"
	"testing"

	"huike/audio"
	"huike/audio/codec"
)

// noiseOf returns two seconds of a payload's noise, after half a second.
func noiseOf(t *testing.T, payload ...byte) []int16 {
	t.Helper()
	var c codec.Comfort
	if c.Known() || !c.Hear(payload) || !c.Known() {
		t.Fatal("the payload was not heard")
	}
	pcm := make([]int16, 5*audio.Rate/2)
	for i := 0; i < len(pcm); i += audio.FrameSamples {
		c.Fill(pcm[i : i+audio.FrameSamples])
	}
	return pcm[audio.Rate/2:]
}

func power(pcm []int16, lag int) (sum float64) {
	for i := lag; i < len(pcm); i++ {
		sum += float64(pcm[i]) * float64(pcm[i-lag])
	}
	return sum / float64(len(pcm)-lag)
}

func TestComfortNoiseHasItsLevelAndColour(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		payload []byte
		level   float64 // dBov
		colour  float64 // correlation of neighbours at 8 kHz
	}{
		{"white at -40 dBov", []byte{40}, -40, 0},
		{"white at -60 dBov", []byte{60}, -60, 0},
		{"a dull room", []byte{45, 127 - 102}, -45, 102 * 258.0 / 32768},
		{"a hissing one", []byte{45, 127 + 64}, -45, -64 * 258.0 / 32768},
		{"two coefficients", []byte{50, 127 - 64, 127 + 32}, -50, 64 * 258.0 / 32768},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			pcm := noiseOf(t, c.payload...)
			// What is missing of a whole band are the last 250 Hz of 4 kHz.
			if level := 20 * math.Log10(math.Sqrt(power(pcm, 0))/32768); math.Abs(level-c.level) > 1 {
				t.Errorf("%.1f dBov: want %.1f", level, c.level)
			}
			if colour := power(pcm, 2) / power(pcm, 0); math.Abs(colour-c.colour) > 0.12 {
				t.Errorf("neighbours correlate by %.2f: want %.2f", colour, c.colour)
			}
		})
	}
}

func TestComfortNoiseOfOddLengths(t *testing.T) {
	t.Parallel()
	var c codec.Comfort
	if c.Hear(nil) || c.Known() {
		t.Error("an empty payload was heard")
	}
	c.Hear([]byte{30})
	for n := range 700 {
		pcm := make([]int16, n)
		c.Fill(pcm)
		if n > 40 && power(pcm, 0) == 0 {
			t.Errorf("%d samples are silent", n)
		}
	}
}

// FuzzComfort checks that every payload makes a noise.
func FuzzComfort(f *testing.F) {
	f.Add([]byte{40})
	f.Add([]byte{0, 0, 254, 255, 127, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
	f.Fuzz(func(t *testing.T, payload []byte) {
		var c codec.Comfort
		if !c.Hear(payload) {
			return
		}
		pcm := make([]int16, 50*audio.FrameSamples)
		c.Fill(pcm)
		if loud := math.Sqrt(power(pcm, 0)); loud > 32768 || !c.Known() {
			t.Errorf("root mean square %.0f", loud)
		}
	})
}

func BenchmarkComfort(b *testing.B) {
	b.ReportAllocs()
	var c codec.Comfort
	c.Hear([]byte{50, 100, 120, 130, 127})
	pcm := make([]int16, audio.FrameSamples)
	for b.Loop() {
		c.Fill(pcm)
	}
}
