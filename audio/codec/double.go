package codec

import "math"

const (
	// pairs of samples on both sides make one between them: all below 3.5 kHz
	// passes, and what mirrors it above 4.5 kHz is down by 60 dB. The telephone's
	// band ends at 3.4 kHz.
	pairs = 16
	run   = 320 // samples doubled in one go: 40 ms at 8 kHz
)

// between are the weights of the pairs, the nearest first: every second tap of a
// half-band filter under Kaiser's window. The other taps are 0, but for the one
// that leaves a sample as it is.
//
//nolint:gochecknoglobals // a table
var between = func() (weights [pairs]float32) {
	const beta = 5.65 // for 60 dB
	bessel := func(x float64) float64 {
		sum, term := 1.0, 1.0
		for k := 1.0; term > sum*1e-12; k++ {
			term *= (x / 2 / k) * (x / 2 / k)
			sum += term
		}
		return sum
	}
	var taps [pairs]float64
	sum := 0.0
	for k := range taps {
		at := float64(k) + 0.5
		edge := at / pairs
		taps[k] = math.Sin(math.Pi*at) / (math.Pi * at) * bessel(beta*math.Sqrt(1-edge*edge))
		sum += 2 * taps[k]
	}
	for k, tap := range taps {
		weights[k] = float32(tap / sum)
	}
	return weights
}()

// doubler turns 8 kHz into 16 kHz. It does so in a third of the time of a
// resampler for any rates, which for a call of G.711 is what decoding costs. Its
// sound is late by 2 ms.
type doubler struct{ work [2*pairs - 1 + run]float32 }

// Resample appends src at twice its rate to dst. It allocates only where dst is
// too short.
func (d *doubler) Resample(dst, src []int16) []int16 {
	const before = 2*pairs - 1
	for len(src) > 0 {
		n := min(len(src), run)
		for i, s := range src[:n] {
			d.work[before+i] = float32(s)
		}
		for i := range n {
			w := (*[2 * pairs]float32)(d.work[i:])
			var even, odd float32 // two sums, so that additions need not wait for each other
			for k := 0; k < pairs; k += 2 {
				even += between[k] * (w[pairs-1-k] + w[pairs+k])
				odd += between[k+1] * (w[pairs-2-k] + w[pairs+1+k])
			}
			dst = append(dst, int16(w[pairs-1]), round(even+odd))
		}
		copy(d.work[:before], d.work[n:])
		src = src[n:]
	}
	return dst
}

func round(x float32) int16 {
	if x < 0 {
		return int16(max(x-0.5, math.MinInt16))
	}
	return int16(min(x+0.5, math.MaxInt16))
}
