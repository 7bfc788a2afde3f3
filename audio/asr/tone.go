package asr

import "math"

const (
	tonal   = 28.0 // dB by which a sound is foretold over which it is a tone
	steady  = 1.0  // dB that its level moves by, but at its ends
	faint   = 20.0 // dB below the loudest: quiet around it
	foretel = 4    // samples that tell the next: two sines and no more
	toneLen = 320  // samples, 20 ms
)

// isTone reports whether pcm is one or two steady tones, as of a telephone's keys or
// its exchange, and no voice: four samples foretell the next (Prony, 1795), and it is as
// loud all along. The digits' model, which knows no tones, would hear "two" in them.
func isTone(pcm []int16) bool {
	top := math.Inf(-1)
	for at := 0; at+toneLen <= len(pcm); at += toneLen {
		top = max(top, loudest(pcm[at:at+toneLen]))
	}
	sounding, tones := 0, 0
	for at := 0; at+toneLen <= len(pcm); at += toneLen {
		part := pcm[at : at+toneLen]
		level := loudest(part)
		if level < top-faint {
			continue
		}
		sounding++
		if level > top-steady && foretold(part) > tonal {
			tones++
		}
	}
	return tones >= 3 && 5*tones >= 3*sounding
}

// foretold is how many decibels of pcm linear prediction by its covariance takes away,
// 0 where there is next to no sound.
func foretold(pcm []int16) float64 {
	var c [foretel + 1][foretel + 1]float64
	for n := foretel; n < len(pcm); n++ {
		for i := range c {
			for j := range c {
				c[i][j] += float64(pcm[n-i]) * float64(pcm[n-j])
			}
		}
	}
	energy := c[0][0]
	if energy < 100*100*float64(len(pcm)) {
		return 0
	}
	for i := range c { // a ridge of one unit of quantisation keeps it solvable
		c[i][i] += float64(len(pcm))
	}
	for k := foretel; k > 0; k-- { // what each later sample explains is taken out
		for i := range k {
			f := c[i][k] / c[k][k]
			for j := range k {
				c[i][j] -= f * c[k][j]
			}
		}
	}
	return 10 * math.Log10(energy/max(c[0][0], 1))
}
