package resample_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"huike/audio"
	"huike/audio/resample"
)

// tone returns a second of a sine at that many hertz.
func tone(hertz float64, rate int) []int16 {
	pcm := make([]int16, rate)
	for i := range pcm {
		pcm[i] = int16(math.Round(16000 * math.Sin(2*math.Pi*hertz*float64(i)/float64(rate))))
	}
	return pcm
}

// level returns the level of a tone of hertz in pcm, and of all else, in dB
// against a tone as tone makes it. It leaves out the ends.
func level(pcm []int16, hertz float64, rate int) (signal, rest float64) {
	pcm = pcm[rate/10 : rate*9/10]
	var s, c, all float64
	for i, x := range pcm {
		at := 2 * math.Pi * hertz * float64(i) / float64(rate)
		s += float64(x) * math.Sin(at)
		c += float64(x) * math.Cos(at)
		all += float64(x) * float64(x)
	}
	n := float64(len(pcm))
	power := (s*s + c*c) * 2 / n / n // of the tone
	full := 16000.0 * 16000 / 2
	return 10 * math.Log10(power/full+1e-12), 10 * math.Log10(math.Abs(all/n-power)/full+1e-12)
}

func TestTones(t *testing.T) {
	t.Parallel()
	for _, rates := range [][2]int{{8000, 16000}, {24000, 16000}, {48000, 16000}, {16000, 8000}, {16000, 24000}, {16000, 48000}, {44100, 16000}} {
		from, to := rates[0], rates[1]
		band := float64(min(from, to)) / 2
		for _, part := range []float64{0.03, 0.3, 0.6, 0.84, 1.01, 1.3, 1.9} {
			hertz := part * band
			if hertz >= float64(from)/2 {
				continue
			}
			out := resample.New(from, to).Resample(nil, tone(hertz, from))
			if math.Abs(float64(len(out)-to)) > 1 {
				t.Errorf("%d->%d: a second has %d samples", from, to, len(out))
				continue
			}
			signal, rest := level(append(out, 0), hertz, to)
			if part < 1 && (math.Abs(signal) > 0.1 || rest > -58) {
				t.Errorf("%d->%d: %.0f Hz comes out at %.2f dB with %.1f dB beside it", from, to, hertz, signal, rest)
			}
			if part > 1 && rest > -56 {
				t.Errorf("%d->%d: %.0f Hz leaves %.1f dB", from, to, hertz, rest)
			}
		}
	}
}

func TestPiecesMakeTheSameAsTheWhole(t *testing.T) {
	t.Parallel()
	for _, rates := range [][2]int{{8000, 16000}, {24000, 16000}, {48000, 16000}, {16000, 24000}, {44100, 16000}, {16000, 16000}} {
		in := tone(440, rates[0])
		want := resample.New(rates[0], rates[1]).Resample(nil, in)
		r := resample.New(rates[0], rates[1])
		rng := rand.New(rand.NewPCG(1, 1))
		var got []int16
		for rest := in; len(rest) > 0; {
			n := min(len(rest), rng.IntN(2500))
			got = r.Resample(got, rest[:n])
			rest = rest[n:]
		}
		if !slices.Equal(got, want) {
			t.Errorf("%v: %d samples in pieces, %d at once, or others", r, len(got), len(want))
		}
	}
}

func TestEachFrameMakesAFrame(t *testing.T) {
	t.Parallel()
	for _, rate := range []int{8000, 16000, 24000, 48000} {
		for _, rates := range [][2]int{{rate, audio.Rate}, {audio.Rate, rate}} {
			r := resample.New(rates[0], rates[1])
			for range 5 {
				if n := len(r.Resample(nil, make([]int16, rates[0]/50))); n != rates[1]/50 {
					t.Errorf("%v: 20 ms makes %d samples", r, n)
				}
			}
		}
	}
}

func TestDelayIsWhatItSays(t *testing.T) {
	t.Parallel()
	for _, rates := range [][2]int{{8000, 16000}, {24000, 16000}, {48000, 16000}, {16000, 8000}} {
		click := make([]int16, rates[0]/10)
		click[0] = 30000
		r := resample.New(rates[0], rates[1])
		out := r.Resample(nil, click)
		loudest := slices.Index(out, slices.Max(out))
		if want := audio.Samples(r.Delay(), rates[1]); loudest != want {
			t.Errorf("%v: a click comes out at %d, Delay says %d", r, loudest, want)
		}
	}
}

func TestLoudSoundIsClippedAndDoesNotWrap(t *testing.T) {
	t.Parallel()
	square := make([]int16, 800)
	for i := range square {
		square[i] = math.MaxInt16
		if i/20%2 == 1 {
			square[i] = math.MinInt16
		}
	}
	out := resample.New(8000, 16000).Resample(nil, square)
	for i := 100; i+40 < len(out); i++ {
		if d := int(out[i]) - int(out[i+1]); (out[i] > 30000 && out[i+1] < -30000) || d > 60000 {
			t.Fatalf("sample %d wraps: %d, %d", i, out[i], out[i+1])
		}
	}
}

func TestResetMakesItNew(t *testing.T) {
	t.Parallel()
	r := resample.New(24000, 16000)
	want := r.Resample(nil, tone(300, 24000)[:481])
	r.Reset()
	if got := r.Resample(nil, tone(300, 24000)[:481]); !slices.Equal(got, want) {
		t.Error("differs")
	}
}

func ExampleResampler() {
	r := resample.New(48000, 16000)
	var pcm []int16
	for range 3 { // 20 ms each
		pcm = r.Resample(pcm, make([]int16, 960))
	}
	fmt.Println(r, len(pcm), r.Delay())
	// Output: 48000->16000 960 1.5ms
}

func BenchmarkResample(b *testing.B) {
	for _, rates := range [][2]int{{8000, 16000}, {24000, 16000}, {48000, 16000}, {16000, 24000}} {
		r := resample.New(rates[0], rates[1])
		b.Run(r.String(), func(b *testing.B) {
			in, out := tone(400, rates[0])[:rates[0]/50], make([]int16, 0, 960)
			b.ReportAllocs()
			for b.Loop() {
				out = r.Resample(out[:0], in)
			}
		})
	}
}
