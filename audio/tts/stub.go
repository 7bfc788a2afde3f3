package tts

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"

	"huike/audio"
)

// Stub is a voice for load tests. It says every text at once as the same
// sound, a hum of 200 Hz with the loudness of speech, and costs nothing: all its clips
// share one sound, so that what a load test measures is the calls.
type Stub struct {
	Length time.Duration // of the sound; 0 means 2 s
}

// String implements [Voice].
func (s Stub) String() string { return fmt.Sprintf("stub/%v", s.length()) }

// Synthesize implements [Voice].
func (s Stub) Synthesize(context.Context, string) ([]int16, error) {
	samples := audio.Samples(s.length(), audio.Rate)
	if hummed, ok := hums.Load(samples); ok {
		if pcm, ok := hummed.([]int16); ok {
			return pcm, nil
		}
	}
	pcm := hum(samples)
	hums.Store(samples, pcm)
	return pcm, nil
}

var hums sync.Map //nolint:gochecknoglobals // from how many samples to a sound of so many, which nobody changes

func hum(samples int) []int16 {
	const (
		hertz     = 200
		amplitude = 0.14 * 32767 // RMS of -20 dBFS
	)
	pcm := make([]int16, samples)
	for i := range pcm {
		pcm[i] = int16(amplitude * math.Sin(2*math.Pi*hertz*float64(i)/audio.Rate))
	}
	return pcm
}

func (s Stub) length() time.Duration {
	if s.Length <= 0 {
		return 2 * time.Second
	}
	return s.Length
}
