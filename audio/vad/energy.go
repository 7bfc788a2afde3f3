package vad

import "math"

const (
	slotSamples = 160     // energy is measured over 10 ms
	slotRing    = 64      // x 10 ms = 640 ms: more than a window waits to be judged
	silence     = -90     // dBFS given to digital silence
	fullScale   = 32768.0 // of a 16-bit sample
)

// level is the energy of 10 ms of sound, in dBFS.
type level struct {
	all  float32 // over all frequencies
	high float32 // above 1 kHz
}

// meter measures levels. Its filter, a Butterworth high-pass of second order at
// 1 kHz, runs on from one slot to the next.
type meter struct {
	x1, x2, y1, y2 float32 // the samples before, in and out
}

// The filter's coefficients for a sampling rate of 16 kHz.
const (
	hpB0 = 0.7570762 // b1 = -2 b0, b2 = b0
	hpA1 = -1.4542435
	hpA2 = 0.5740619
)

// measure returns the level of one slot and whether it is digital silence.
func (m *meter) measure(pcm []int16) (l level, silent bool) {
	var all, high float32
	loudest := int16(0)
	x1, x2, y1, y2 := m.x1, m.x2, m.y1, m.y2
	for _, v := range pcm {
		if v > loudest || -v > loudest {
			loudest = max(v, -v)
		}
		x := float32(v)
		y := (hpB0*(x-2*x1+x2) - hpA2*y2) - hpA1*y1 // y1, which is there last, comes last
		x1, x2, y1, y2 = x, x1, y, y1
		all += x * x
		high += y * y
	}
	*m = meter{x1, x2, y1, y2}
	if loudest <= 1 {
		*m = meter{} // no denormal numbers
		return level{silence, silence}, true
	}
	return level{decibels(all, len(pcm)), decibels(high, len(pcm))}, false
}

// decibels turns a sum of squares of n samples into dBFS.
func decibels(sum float32, n int) float32 {
	const least = 1e-9 // dBFS silence as a mean square of full scale
	mean := sum / float32(n) / (fullScale * fullScale)
	if mean <= least {
		return silence
	}
	return float32(10 * math.Log10(float64(mean)))
}
