package syllable

import (
	"math"
	"slices"
)

const (
	level   = 0.05 // RMS of the loud part of each recording: -26 dBFS, a telephone's nominal level (ITU-T P.56)
	silence = 0.02 // of the loudest 5 ms, in amplitude: what lies below at both ends is cut
	edge    = 80   // samples left before and behind what is not silent
	hiss    = 1920 // samples, 120 ms: the longest noise before a voice
)

// unit is a recorded syllable made ready: cut, at one loudness, with its pitch.
// It is shared and read-only.
type unit struct {
	pcm     []float64
	marks   []int     // one in each period of the voiced part, ascending; perhaps none
	contour []float64 // of the voiced part, in semitones, a value every hop
	first   int       // sample at which the contour begins
}

// newUnit makes a unit of a recording.
func newUnit(recording []int16) *unit {
	pcm := make([]float64, len(recording))
	for i, x := range recording {
		pcm[i] = float64(x) / 32768
	}
	pcm = trimmed(highPass(pcm))
	scale(pcm)
	u := &unit{pcm: pcm}
	padded := make([]float64, len(pcm)+2*longLag+2*window)
	copy(padded[longLag+window/2:], pcm)
	pitch := track(padded)
	pitch = pitch[(longLag+window/2)/hop:]
	pitch = pitch[:min(len(pitch), len(pcm)/hop)]
	drain(pitch)
	first, end := voicedSpan(pitch)
	if end-first < 4 {
		return u
	}
	last, leaps := lastVoiced(pitch, end)
	if leaps {
		u.pcm = faded(u.pcm[:min(end*hop, len(u.pcm))])
	} else {
		end = last
	}
	u.contour = smooth(pitch, first, end)
	u.first = first * hop
	u.mark(u.first, min(end*hop, len(pcm)))
	if len(u.marks) < 3 {
		u.marks, u.contour = nil, nil
	}
	u.hasten()
	return u
}

// faded lets the last 10 ms of pcm fall to nothing.
func faded(pcm []float64) []float64 {
	n := min(2*edge, len(pcm))
	for i, from := 0, len(pcm)-n; i < n; i++ {
		pcm[from+i] *= 0.5 + 0.5*math.Cos(math.Pi*(float64(i)+0.5)/float64(n))
	}
	return pcm
}

// hasten takes what is longer than [hiss] out of the middle of the noise that the
// unit begins with: some recordings hiss for 230 of their 300 ms.
func (u *unit) hasten() {
	if len(u.marks) == 0 || u.marks[0] <= hiss {
		return
	}
	cut := u.marks[0] - hiss
	from := hiss / 2
	for i := range unvoiced {
		w := 0.5 - 0.5*math.Cos(math.Pi*(float64(i)+0.5)/unvoiced)
		u.pcm[from+i] = u.pcm[from+i]*math.Sqrt(1-w) + u.pcm[from+cut+i]*math.Sqrt(w)
	}
	u.pcm = slices.Delete(u.pcm, from+unvoiced, from+unvoiced+cut)
	for i := range u.marks {
		u.marks[i] -= cut
	}
	u.first -= cut
}

// highPass takes out what is below 60 Hz: hum and breath, which no telephone carries.
func highPass(pcm []float64) []float64 {
	const w = 2 * math.Pi * 70 / rate
	alpha := math.Sin(w) / math.Sqrt2
	b0, a0 := (1+math.Cos(w))/2, 1+alpha
	var x1, x2, y1, y2 float64
	out := make([]float64, len(pcm))
	for i, x := range pcm {
		y := (b0*x - 2*b0*x1 + b0*x2 + 2*math.Cos(w)*y1 - (1-alpha)*y2) / a0
		x1, x2, y1, y2 = x, x1, y, y1
		out[i] = y
	}
	return out
}

// trimmed cuts silence off both ends.
func trimmed(pcm []float64) []float64 {
	loudest := 0.0
	for at := 0; at+hop <= len(pcm); at += hop {
		loudest = max(loudest, rms(pcm[at:at+hop]))
	}
	from, to := 0, len(pcm)/hop*hop
	for from+hop < to && rms(pcm[from:from+hop]) < loudest*silence {
		from += hop
	}
	for to-hop > from && rms(pcm[to-hop:to]) < loudest*silence {
		to -= hop
	}
	return pcm[max(0, from-edge):min(len(pcm), to+edge)]
}

// scale brings the loud half of pcm to [level].
func scale(pcm []float64) {
	loudest := 0.0
	for at := 0; at+hop <= len(pcm); at += hop {
		loudest = max(loudest, rms(pcm[at:at+hop]))
	}
	var sum float64
	n := 0
	for at := 0; at+hop <= len(pcm); at += hop {
		if r := rms(pcm[at : at+hop]); r > loudest/4 {
			sum += r * r
			n++
		}
	}
	if n == 0 {
		return
	}
	gain := level / math.Sqrt(sum/float64(n))
	for i := range pcm {
		pcm[i] *= gain
	}
}

func rms(pcm []float64) float64 {
	var sum float64
	for _, x := range pcm {
		sum += x * x
	}
	return math.Sqrt(sum / float64(max(len(pcm), 1)))
}

// period returns the length in samples of the period at sample at.
func (u *unit) period(at int) float64 { return rate / hertz(u.pitch(u.contour, at)) }

// pitch returns the value of contour at sample at, between its values.
func (u *unit) pitch(contour []float64, at int) float64 {
	x := min(max(float64(at-u.first)/hop, 0), float64(len(contour)-1))
	i := min(int(x), len(contour)-2)
	return contour[i] + (x-float64(i))*(contour[i+1]-contour[i])
}

// mark puts a mark at the same place of every period between samples from and to:
// first at the highest peak, then where the sound around the last mark comes again.
func (u *unit) mark(from, to int) {
	peak := from
	for i := from; i < to; i++ {
		if math.Abs(u.pcm[i]) > math.Abs(u.pcm[peak]) {
			peak = i
		}
	}
	var before []int
	for at := peak; ; {
		next := u.again(at, -u.period(at))
		if next <= max(from-hop, 0) || next >= at {
			break
		}
		before = append(before, next)
		at = next
	}
	for _, m := range slices.Backward(before) {
		u.marks = append(u.marks, m)
	}
	u.marks = append(u.marks, peak)
	for at := peak; ; {
		next := u.again(at, u.period(at))
		if next >= min(to+hop, len(u.pcm)) || next <= at {
			break
		}
		u.marks = append(u.marks, next)
		at = next
	}
}

// again returns where, about step samples from at, the sound around at comes again.
func (u *unit) again(at int, step float64) int {
	period := int(math.Abs(step))
	slack := max(period/6, 2)
	centre := at + int(math.Round(step))
	best, top := centre, math.Inf(-1)
	for c := centre - slack; c <= centre+slack; c++ {
		if c-period/2 < 0 || at-period/2 < 0 || c+period/2 >= len(u.pcm) || at+period/2 >= len(u.pcm) {
			continue
		}
		var ab, bb float64
		for i := -period / 2; i <= period/2; i++ {
			ab += u.pcm[at+i] * u.pcm[c+i]
			bb += u.pcm[c+i] * u.pcm[c+i]
		}
		if s := ab / math.Sqrt(bb+1e-9); s > top {
			best, top = c, s
		}
	}
	return best
}

// spliced returns the beginning of head, up to its voice, with the voice of tail.
func spliced(head, tail *unit) *unit {
	n := head.marks[0]
	cut := tail.marks[0]
	overlap := min(unvoiced, n, cut)
	u := &unit{pcm: append([]float64(nil), head.pcm[:n]...), contour: tail.contour, first: tail.first + n - cut}
	for i := range overlap {
		w := float64(i) / float64(overlap)
		u.pcm[n-overlap+i] = u.pcm[n-overlap+i]*(1-w) + tail.pcm[cut-overlap+i]*w
	}
	u.pcm = append(u.pcm, tail.pcm[cut:]...)
	for _, m := range tail.marks {
		u.marks = append(u.marks, m+n-cut)
	}
	return u
}
