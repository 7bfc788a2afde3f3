// Package resample changes the sampling rate of mono sound that arrives piece
// by piece. It is a linear-phase windowed-sinc filter in polyphase form, so
// that no output sample costs more than the taps of one phase. It knows
// nothing of packets, time or channels.
package resample

import (
	"math"
	"strconv"
	"time"
)

const (
	// taps is the filter's length in samples of the lower of the two rates:
	// long enough for 60 dB at a transition of 15 % of the band, short enough
	// to delay 16 kHz sound by 1.5 ms and 8 kHz sound by 3 ms.
	taps = 48
	// cutoff is the middle of the transition as a part of the lower rate's
	// band: all above the band is down by 60 dB, all below 0.85 of it passes.
	cutoff = 0.925
	beta   = 5.65 // Kaiser's window for 60 dB
	block  = 960  // input samples filtered in one go: 20 ms at 48 kHz
)

// A Resampler turns sound at one rate into sound at another. It carries the
// filter's state from one call to the next and is for one goroutine.
type Resampler struct {
	from, to int
	up, down int         // to/from in lowest terms
	phases   [][]float32 // one filter for each of up output phases, reversed in time
	history  int         // input samples kept from one block to the next
	work     []float32   // history, then the block
	phase    int         // position of the next output, in 1/up of an input sample
}

// New returns a Resampler from one rate in hertz to another, both positive.
// Equal rates make a Resampler that copies.
func New(from, to int) *Resampler {
	divisor := gcd(from, to)
	r := &Resampler{from: from, to: to, up: to / divisor, down: from / divisor}
	if from == to {
		return r
	}
	r.design()
	return r
}

// design computes the filters of all phases. The prototype runs at from*up.
func (r *Resampler) design() {
	ratio := max(1, float64(r.from)/float64(r.to)) // input samples per sample of the lower rate
	length := int(math.Ceil(taps*ratio/2)) * 2     // taps of one phase
	band := cutoff / ratio                         // cut-off as a part of the input's band
	center := float64(length*r.up) / 2
	r.history = length - 1
	r.work = make([]float32, r.history+block)
	r.phases = make([][]float32, r.up)
	for p := range r.phases {
		filter, sum := make([]float64, length), 0.0
		for k := range filter {
			at := (float64(k*r.up+p) - center) / float64(r.up) // in input samples
			filter[k] = band * sinc(band*at) * kaiser(2*at/float64(length))
			sum += filter[k]
		}
		r.phases[p] = make([]float32, length)
		for k := range filter {
			r.phases[p][length-1-k] = float32(filter[k] / sum) // no phase louder than another
		}
	}
}

// Resample appends the sound of src at the new rate to dst and returns it.
// src is only read. Over a stream it yields exactly len*to/from samples, and
// exactly 20 ms for every 20 ms given; it allocates only where dst is too short.
func (r *Resampler) Resample(dst, src []int16) []int16 {
	if r.from == r.to {
		return append(dst, src...)
	}
	for len(src) > 0 {
		n := min(len(src), block)
		for i, s := range src[:n] {
			r.work[r.history+i] = float32(s)
		}
		dst = r.filter(dst, n)
		copy(r.work, r.work[n:n+r.history])
		src = src[n:]
	}
	return dst
}

// filter appends what n fresh input samples bring.
func (r *Resampler) filter(dst []int16, n int) []int16 {
	at, phase := r.phase/r.up, r.phase%r.up
	step, turn := r.down/r.up, r.down%r.up
	for at < n {
		filter := r.phases[phase]
		dst = append(dst, clip(dot(filter, r.work[at:at+len(filter)])))
		at += step
		if phase += turn; phase >= r.up {
			phase -= r.up
			at++
		}
	}
	r.phase = (at-n)*r.up + phase
	return dst
}

// Delay returns how much later sound comes out than it went in.
func (r *Resampler) Delay() time.Duration {
	if r.from == r.to {
		return 0
	}
	return time.Duration(len(r.phases[0])) * time.Second / time.Duration(2*r.from)
}

// Reset forgets the sound so far, as if the Resampler were new.
func (r *Resampler) Reset() {
	clear(r.work)
	r.phase = 0
}

// String returns the step as "48000->16000".
func (r *Resampler) String() string {
	return strconv.Itoa(r.from) + "->" + strconv.Itoa(r.to)
}

// dot has four sums so that additions need not wait for each other.
func dot(a, b []float32) float32 {
	b = b[:len(a)]
	var s0, s1, s2, s3 float32
	i := 0
	for ; i+4 <= len(a); i += 4 {
		x, y := a[i:i+4:i+4], b[i:i+4:i+4]
		s0 += x[0] * y[0]
		s1 += x[1] * y[1]
		s2 += x[2] * y[2]
		s3 += x[3] * y[3]
	}
	for ; i < len(a); i++ {
		s0 += a[i] * b[i]
	}
	return s0 + s1 + s2 + s3
}

func clip(x float32) int16 {
	if x < 0 {
		return int16(max(x-0.5, math.MinInt16))
	}
	return int16(min(x+0.5, math.MaxInt16))
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}

// kaiser is the window at x, which runs from -1 to 1.
func kaiser(x float64) float64 {
	return bessel(beta*math.Sqrt(max(0, 1-x*x))) / bessel(beta)
}

// bessel is the modified Bessel function of the first kind and order zero.
func bessel(x float64) float64 {
	sum, term := 1.0, 1.0
	for k := 1.0; term > sum*1e-12; k++ {
		term *= (x / 2 / k) * (x / 2 / k)
		sum += term
	}
	return sum
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
