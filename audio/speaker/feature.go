package speaker

import (
	"math"
	"math/cmplx"
	"slices"
	"time"

	"gonum.org/v1/gonum/dsp/fourier"

	"huike/audio"
)

const (
	window    = audio.Rate / 40 // samples, 25 ms
	hop       = audio.Rate / 100
	bins      = 512
	filters   = 24
	lowest    = 200.0  // Hz; what every telephone carries, so that a print made in a browser
	highest   = 3500.0 // and a call by telephone are of the same band
	cepstra   = 19
	dims      = 2 * cepstra // with how they change
	quietest  = 30.0        // dB below the loudest frames that are still speech
	faint     = -60.0       // dBFS below which nothing is
	emphasis  = 0.97
	leastMade = time.Second // of speech that a print is made of
)

// hearer makes features of sound; for one goroutine.
type hearer struct {
	fft    *fourier.FFT
	shape  [window]float64
	bank   [filters][]float64 // weights of the bins from first on
	first  [filters]int
	turn   [cepstra][filters]float64
	buffer [bins]float64
	spec   []complex128
}

func newHearer() *hearer {
	h := &hearer{fft: fourier.NewFFT(bins), spec: make([]complex128, bins/2+1)}
	for i := range h.shape {
		h.shape[i] = 0.54 - 0.46*math.Cos(2*math.Pi*float64(i)/(window-1))
	}
	mel := func(f float64) float64 { return 1127 * math.Log(1+f/700) }
	hertz := func(m float64) float64 { return 700 * (math.Exp(m/1127) - 1) }
	from, step := mel(lowest), (mel(highest)-mel(lowest))/(filters+1)
	bin := func(i int) float64 { return hertz(from+float64(i)*step) * bins / audio.Rate }
	for k := range h.bank {
		low, mid, high := bin(k), bin(k+1), bin(k+2)
		h.first[k] = int(math.Ceil(low))
		for b := h.first[k]; float64(b) < high; b++ {
			w := (float64(b) - low) / (mid - low)
			if float64(b) > mid {
				w = (high - float64(b)) / (high - mid)
			}
			h.bank[k] = append(h.bank[k], w)
		}
	}
	for c := range h.turn {
		for k := range h.turn[c] {
			h.turn[c][k] = math.Cos(math.Pi * float64(c+1) * (float64(k) + 0.5) / filters)
		}
	}
	return h
}

type frame [dims]float32

// hear returns the features of the speech in pcm, 16 kHz mono: cepstra without the line's
// own colour (their mean), and how they change.
func (h *hearer) hear(pcm []int16) []frame {
	n := max((len(pcm)-window)/hop+1, 0)
	all, level := make([]frame, n), make([]float64, n)
	for i := range all {
		level[i] = h.one(pcm[i*hop:i*hop+window], &all[i])
	}
	change(all)
	threshold := loud(level) - quietest
	speech := all[:0]
	for i := range all {
		if level[i] > max(threshold, faint) {
			speech = append(speech, all[i])
		}
	}
	centre(speech)
	return speech
}

// loud is the level that a twentieth of the frames is above.
func loud(level []float64) float64 {
	if len(level) == 0 {
		return faint
	}
	sorted := slices.Sorted(slices.Values(level))
	return sorted[len(sorted)*19/20]
}

// one writes the cepstra of a frame, and returns its level in dBFS.
func (h *hearer) one(pcm []int16, into *frame) float64 {
	energy, before := 0.0, 0.0
	clear(h.buffer[:])
	for i, v := range pcm {
		x := float64(v) / 32768
		energy += x * x
		h.buffer[i] = (x - emphasis*before) * h.shape[i]
		before = x
	}
	h.spec = h.fft.Coefficients(h.spec, h.buffer[:])
	var logs [filters]float64
	for k := range h.bank {
		sum := 1e-7
		for i, w := range h.bank[k] {
			a := cmplx.Abs(h.spec[h.first[k]+i])
			sum += w * a * a
		}
		logs[k] = math.Log(sum)
	}
	for c := range h.turn {
		sum := 0.0
		for k, w := range h.turn[c] {
			sum += w * logs[k]
		}
		into[c] = float32(sum)
	}
	return 10 * math.Log10(energy/window+1e-10)
}

// change writes how the cepstra change over five frames.
func change(all []frame) {
	at := func(i int) *frame { return &all[min(max(i, 0), len(all)-1)] }
	for i := range all {
		for c := range cepstra {
			all[i][cepstra+c] = (at(i + 1)[c] - at(i - 1)[c] + 2*(at(i + 2)[c]-at(i - 2)[c])) / 10
		}
	}
}

// centre takes the mean of each cepstrum away.
func centre(all []frame) {
	var mean [cepstra]float64
	for i := range all {
		for c := range mean {
			mean[c] += float64(all[i][c]) / float64(len(all))
		}
	}
	for i := range all {
		for c, m := range mean {
			all[i][c] -= float32(m)
		}
	}
}
