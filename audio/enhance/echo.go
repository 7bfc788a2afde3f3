package enhance

import (
	"math"
	"sync"

	"gonum.org/v1/gonum/dsp/fourier"

	"huike/audio"
)

// window is Hann's, for every second sample of a frame. In it are what the filter of
// measure gains, and what makes the sum of squares the power of the whole frame.
var window = func() (w [half]float64) { //nolint:gochecknoglobals // a table
	scale := 2 / (32 * math.Sqrt(audio.FrameSamples))
	for i := range w {
		w[i] = scale * (0.5 - 0.5*math.Cos(2*math.Pi*(float64(i)+0.25)/half))
	}
	return w
}()

// An Echo is what a [Guard] must know of a frame that is played: what of it could come
// back. It is read-only, so that all calls that play a clip share it.
type Echo struct {
	bands  spectrum
	loud   float64 // in dB
	sounds bool    // it is loud enough to come back
}

// Equal reports whether both could come back alike; nil is silence.
func (e *Echo) Equal(other *Echo) bool {
	return e == other || e != nil && other != nil && *e == *other
}

// EchoBytes is how much memory an [Echo] takes.
const EchoBytes = 8*bands + 16

// EchoOf measures a frame. Any goroutine may call it.
func EchoOf(frame audio.Frame) *Echo {
	if len(frame) != audio.FrameSamples {
		return nil
	}
	m, _ := meters.Get().(*meter)
	defer meters.Put(m)
	e := m.echo(frame)
	return &e
}

var meters = sync.Pool{New: func() any { return newMeter() }} //nolint:gochecknoglobals // free memory is the process's

// meter measures the power of frames.
type meter struct {
	fft   *fourier.FFT
	input [half]float64
	bins  [half/2 + 1]complex128
}

func newMeter() *meter { return &meter{fft: fourier.NewFFT(half)} }

// echo measures a frame that is played.
func (m *meter) echo(frame audio.Frame) Echo {
	e := Echo{bands: m.measure(frame), loud: loudness(0)}
	if all := e.bands.sum(); all > mild {
		e.loud, e.sounds = loudness(all), true
	}
	return e
}

// measure returns the power of a frame in each band. The bands end where a telephone's
// do, so the frame is looked at with every second sample, behind a half-band filter.
func (m *meter) measure(frame audio.Frame) (s spectrum) {
	pcm := (*[audio.FrameSamples]int16)(frame)
	for i := 2; i < half-2; i++ { // under the window the rest is next to nothing
		at := 2 * i
		near := int(pcm[at-1]) + int(pcm[at+1])
		far := int(pcm[at-3]) + int(pcm[at+3])
		m.input[i] = float64(16*int(pcm[at])+9*near-far) * window[i]
	}
	m.fft.Coefficients(m.bins[:], m.input[:])
	for b := range s {
		for _, c := range m.bins[edges[b]:edges[b+1]] {
			s[b] += real(c)*real(c) + imag(c)*imag(c)
		}
	}
	return s
}
