package tts

import (
	"context"
	"fmt"
	"math"
	"time"

	"huike/audio"
)

// Stub is a voice for load tests. It says every text at once as the same
// sound, a hum of 200 Hz with the loudness of speech, and costs nothing.
type Stub struct {
	Length time.Duration // of the sound; 0 means 2 s
}

// String implements [Voice].
func (s Stub) String() string { return fmt.Sprintf("stub/%v", s.length()) }

// Synthesize implements [Voice].
func (s Stub) Synthesize(context.Context, string) ([]int16, error) {
	const (
		hertz     = 200
		amplitude = 0.14 * 32767 // RMS of -20 dBFS
	)
	pcm := make([]int16, audio.Samples(s.length(), audio.Rate))
	for i := range pcm {
		pcm[i] = int16(amplitude * math.Sin(2*math.Pi*hertz*float64(i)/audio.Rate))
	}
	return pcm, nil
}

func (s Stub) length() time.Duration {
	if s.Length <= 0 {
		return 2 * time.Second
	}
	return s.Length
}
