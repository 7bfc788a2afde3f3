package codec

import (
	"math"
	"testing"
)

// level returns how loud the sine at hz is in pcm, as a part of its amplitude.
func level(pcm []int16, hz, amplitude float64) float64 {
	var re, im float64
	for i, s := range pcm {
		window := 1 - math.Cos(2*math.Pi*float64(i)/float64(len(pcm)))
		sin, cos := math.Sincos(2 * math.Pi * hz * float64(i) / 16000)
		re += float64(s) * cos * window
		im += float64(s) * sin * window
	}
	return 2 * math.Hypot(re, im) / float64(len(pcm)) / amplitude
}

func TestDoublingLeavesTheBandAndAddsNoMirror(t *testing.T) {
	t.Parallel()
	const amplitude = 20000
	for _, test := range []struct{ hz, least, most, mirror float64 }{ // dB
		{50, -0.1, 0.1, -58},
		{1000, -0.1, 0.1, -58},
		{3400, -0.1, 0.1, -58},
		{3900, -6, 0, -3},
	} {
		pcm := make([]int16, 8000)
		for i := range pcm {
			pcm[i] = int16(amplitude * math.Sin(2*math.Pi*test.hz*float64(i)/8000))
		}
		var d doubler
		var out []int16
		for len(pcm) > 0 { // in pieces of any length
			n := min(len(pcm), 1+len(pcm)%371)
			out = d.Resample(out, pcm[:n])
			pcm = pcm[n:]
		}
		if len(out) != 16000 {
			t.Fatalf("%d samples", len(out))
		}
		db := func(hz float64) float64 { return 20 * math.Log10(level(out[1000:15000], hz, amplitude)+1e-9) }
		at, mirror := db(test.hz), db(8000-test.hz)
		if at < test.least || at > test.most || mirror > test.mirror {
			t.Errorf("%v Hz comes out at %.2f dB, its mirror at %.1f", test.hz, at, mirror)
		}
	}
}

func TestDoublingDoesNotWrap(t *testing.T) {
	t.Parallel()
	pcm := make([]int16, 800)
	for i := range pcm {
		pcm[i] = math.MaxInt16
		if i%2 == 0 || i/40%2 == 0 {
			pcm[i] = math.MinInt16
		}
	}
	var d doubler
	for i, s := range d.Resample(nil, pcm)[64:] {
		if i%2 == 0 && s != math.MinInt16 && s != math.MaxInt16 {
			t.Fatalf("sample %d was changed to %d", i, s)
		}
	}
	loud := make([]int16, 400)
	for i := range loud {
		loud[i] = math.MaxInt16
	}
	for i, s := range d.Resample(nil, loud)[200:] {
		if s < 32000 {
			t.Fatalf("sample %d of the loudest is %d", i, s)
		}
	}
}
