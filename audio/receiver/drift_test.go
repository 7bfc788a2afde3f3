package receiver_test

import (
	"fmt"
	"testing"
	"time"

	"huike/audio"
	"huike/audio/codec"
	"huike/audio/receiver"
)

// TestDriftInMidSpeech is a sender whose clock is as wrong as a crystal's may be,
// and who never pauses: the sound is stretched to its clock, and nothing is made
// up, left out or waited for longer and longer.
func TestDriftInMidSpeech(t *testing.T) {
	t.Parallel()
	const ppm = 500
	for _, test := range []struct {
		format audio.Format
		length time.Duration
	}{{codec.Opus, time.Minute}, {codec.PCMU, 4 * time.Minute}} {
		for _, drift := range []float64{ppm, -ppm} {
			for _, config := range []receiver.Config{{}, {CatchesUp: true}} {
				t.Run(fmt.Sprint(test.format, drift, config.CatchesUp), func(t *testing.T) {
					t.Parallel()
					far := time.Duration(float64(test.length) * ppm * 1e-6)
					way := func(n int) (time.Duration, bool) {
						return far + 30*ms - time.Duration(float64(n)*float64(audio.PTime)*drift*1e-6), true
					}
					h := line{test.format, config, voice(audio.Samples(test.length, audio.Rate)), way}.listen(t)
					s := h.Stats()
					lacks := uint64(0) // what a slow clock leaves out is made up for who is never stretched to
					if config.CatchesUp && drift < 0 {
						lacks = uint64(audio.Samples(far+audio.PTime, audio.Rate))
					}
					if s.ConcealedSamples > lacks || s.PacketsDiscarded != 0 {
						t.Errorf("%d samples concealed, %d packets dropped", s.ConcealedSamples, s.PacketsDiscarded)
					}
					if s.PlayoutDelay() > 30*ms || h.longest > 45*ms {
						t.Errorf("waited %v on average, %v at most", s.PlayoutDelay(), h.longest)
					}
					if moved := audio.Duration(int(s.InsertedSamplesForDeceleration+s.RemovedSamplesForAcceleration), audio.Rate); moved > 2*far+2*audio.PTime {
						t.Errorf("%v were put in or taken out of %v for a drift of %v", moved, test.length, far)
					}
				})
			}
		}
	}
}
