package enhance

import (
	"math"
	"slices"

	"huike/audio"
)

const (
	// target is the level of speech that recognisers are trained on, in dBFS.
	target = -22.0
	// mostGain is how much a faint caller is raised at most, in dB. What is fainter
	// still is taken for noise.
	mostGain = 30.0
	// faint is how far below target a caller is before anything is changed, in dB:
	// recognisers hear loud callers as well as others.
	faint = 10.0
	// knee is where the limiter begins to bend peaks, as a part of full scale.
	knee = 0.8
	full = 32767.0
)

// Level raises a stretch of faint speech, 16 kHz mono, to the level on which
// recognisers are trained, in place, and returns the gain in dB. The loudest tenth of its frames
// decides, so that pauses do not count; peaks are bent, not cut.
func Level(pcm []int16) (gain float64) {
	loud := active(pcm)
	if loud == 0 {
		return 0
	}
	gain = min(target-20*math.Log10(loud/full), mostGain)
	if gain < faint {
		return 0
	}
	factor := math.Pow(10, gain/20)
	for i, v := range pcm {
		pcm[i] = limit(float64(v) * factor)
	}
	return gain
}

// active is the RMS of the frame that a tenth of all are louder than.
func active(pcm []int16) float64 {
	var levels []float64
	for from := 0; from+audio.FrameSamples <= len(pcm); from += audio.FrameSamples {
		sum := 0.0
		for _, v := range pcm[from : from+audio.FrameSamples] {
			sum += float64(v) * float64(v)
		}
		levels = append(levels, math.Sqrt(sum/audio.FrameSamples))
	}
	if len(levels) == 0 {
		return 0
	}
	slices.Sort(levels)
	return levels[len(levels)*9/10]
}

// limit bends what is above the knee so that nothing is above full scale.
func limit(v float64) int16 {
	const bend = (1 - knee) * full
	if over := math.Abs(v) - knee*full; over > 0 {
		v = math.Copysign(knee*full+bend*math.Tanh(over/bend), v)
	}
	return int16(v)
}
