package syllable

import (
	"math"
	"testing"
)

// buzz is half a second of pulses through a resonance, gliding from one pitch to
// another.
func buzz(from, to float64) []int16 {
	const n = rate / 2
	pcm := make([]int16, n)
	var phase, y1, y2 float64
	for i := range pcm {
		f := from + (to-from)*float64(i)/n
		x := 0.0
		if phase += f / rate; phase >= 1 {
			phase--
			x = 1
		}
		y := x + 1.6*y1 - 0.8*y2
		y2, y1 = y1, y
		pcm[i] = int16(4000 * y)
	}
	return pcm
}

func TestPitchOfAGlideIsFollowed(t *testing.T) {
	u := newUnit(buzz(200, 300))
	if len(u.marks) < 100 || len(u.marks) > 130 {
		t.Fatalf("%d marks in half a second of 200 to 300 Hz", len(u.marks))
	}
	first, last := u.contour[4], u.contour[len(u.contour)-5]
	if math.Abs(first-semitones(203)) > 0.5 || math.Abs(last-semitones(297)) > 0.5 {
		t.Errorf("from %.1f to %.1f semitones, want %.1f to %.1f", first, last, semitones(203), semitones(297))
	}
}

func TestUnchangedItSoundsTheSame(t *testing.T) {
	u := newUnit(buzz(220, 220))
	out := u.say(u.contour, 1)
	var wrong, all float64
	for i := range min(len(out), len(u.pcm)) {
		wrong += (out[i] - u.pcm[i]) * (out[i] - u.pcm[i])
		all += u.pcm[i] * u.pcm[i]
	}
	if wrong > 0.05*all {
		t.Errorf("%.1f dB of difference, want -13 at most", 10*math.Log10(wrong/all))
	}
}

func TestPitchAndLengthAreAsAsked(t *testing.T) {
	u := newUnit(buzz(220, 220))
	for _, c := range []struct{ shift, stretch float64 }{{3, 1}, {-3, 1}, {0, 0.7}, {2, 1.4}} {
		contour := append([]float64(nil), u.contour...)
		for i := range contour {
			contour[i] += c.shift
		}
		out := u.say(contour, c.stretch)
		if got := float64(len(out)) / float64(len(u.pcm)); math.Abs(got-c.stretch) > 0.04 {
			t.Errorf("%+v: %.2f times as long", c, got)
		}
		pitch := track(out)
		if got, want := semitones(pitch[len(pitch)/2]), semitones(220)+c.shift; math.Abs(got-want) > 0.3 {
			t.Errorf("%+v: at %.1f semitones, want %.1f", c, got, want)
		}
	}
}

func TestNoiseHasNoPitch(t *testing.T) {
	pcm := make([]int16, rate/4)
	seed := uint32(1)
	for i := range pcm {
		seed = seed*1664525 + 1013904223
		pcm[i] = int16(seed>>16) / 8
	}
	u := newUnit(pcm)
	if len(u.marks) != 0 {
		t.Errorf("%d marks in noise", len(u.marks))
	}
	if out := u.say(u.contour, 1.3); len(out) != len(u.pcm) {
		t.Errorf("noise of %d samples became %d", len(u.pcm), len(out))
	}
}
