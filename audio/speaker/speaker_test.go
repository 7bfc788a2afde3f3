package speaker_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"huike/audio"
	"huike/audio/speaker"
)

// throat is seconds of something like a voice: pulses at a pitch, through two resonances
// that move a little as vowels do, and are the speaker's own.
func throat(seconds int, pitch, first, second float64, seed uint64) []int16 {
	r := rand.New(rand.NewPCG(seed, 1))
	pcm := make([]int16, seconds*audio.Rate)
	var a, b [2]float64
	phase, f1, f2 := 0.0, first, second
	for i := range pcm {
		if i%1600 == 0 {
			f1, f2 = first*(0.85+0.3*r.Float64()), second*(0.9+0.2*r.Float64())
		}
		x := r.NormFloat64() * 30
		if phase += pitch / audio.Rate; phase >= 1 {
			phase--
			x += 3000
		}
		for _, s := range []struct {
			z *[2]float64
			f float64
		}{{&a, f1}, {&b, f2}} {
			const width = 0.97
			y := x + 2*width*math.Cos(2*math.Pi*s.f/audio.Rate)*s.z[0] - width*width*s.z[1]
			s.z[1], s.z[0] = s.z[0], y
			x = y * 0.2
		}
		pcm[i] = int16(max(-32000, min(32000, x)))
	}
	return pcm
}

func takes() (all []speaker.Take) {
	for n, f := range [][3]float64{{110, 500, 1400}, {200, 620, 1900}, {140, 430, 1700}, {170, 700, 1500}} {
		for i := range 3 {
			all = append(all, speaker.Take{Speaker: fmt.Sprint(n), PCM: throat(4, f[0], f[1], f[2], uint64(10*n+i))})
		}
	}
	return all
}

func TestVoicesAreToldApart(t *testing.T) {
	m, err := speaker.Fit(takes(), speaker.Config{Gaussians: 8, Away: 2})
	if err != nil {
		t.Fatal(err)
	}
	again, err := speaker.Parse(m.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	for name, m := range map[string]*speaker.Model{"fitted": m, "read back": again} {
		kept, err := m.Embed(throat(8, 125, 560, 1600, 1))
		if err != nil {
			t.Fatal(err)
		}
		if kept, err = speaker.ParsePrint(kept.Model, kept.Text()); err != nil {
			t.Fatal(err)
		}
		score := func(pcm []int16) float64 {
			p, err := m.Embed(pcm)
			if err != nil {
				t.Fatal(err)
			}
			s, err := speaker.Score(kept, p)
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		same, other := score(throat(4, 125, 560, 1600, 2)), score(throat(4, 190, 450, 2100, 3))
		if same < 0.5 || other > same-0.3 {
			t.Errorf("%s: the same voice scores %.2f, another %.2f", name, same, other)
		}
	}
}

func TestOwnModelKnowsThatSilenceIsNobody(t *testing.T) {
	m, err := speaker.Own()
	if err != nil {
		t.Fatal(err)
	}
	if p, err := m.Embed(make([]int16, 5*audio.Rate)); !errors.Is(err, speaker.ErrShort) {
		t.Errorf("of silence: %v, %v", p, err)
	}
	if p, err := m.Embed(nil); !errors.Is(err, speaker.ErrShort) {
		t.Errorf("of nothing: %v, %v", p, err)
	}
	match, another := m.Thresholds()
	if another >= match {
		t.Errorf("a match from %v, another below %v", match, another)
	}
	one, err := m.Embed(throat(6, 120, 500, 1500, 1))
	if err != nil {
		t.Fatal(err)
	}
	two, err := m.Embed(throat(6, 120, 500, 1500, 2))
	if err != nil {
		t.Fatal(err)
	}
	if s, err := speaker.Score(one, two); err != nil || s < match {
		t.Errorf("the same voice scores %.2f, %v", s, err)
	}
}

func TestAPrintShowsNothing(t *testing.T) {
	p := speaker.Print{Model: "m", Vector: []float32{0.6, 0.8}}
	if text := fmt.Sprintf("%v %+v %#v %s", p, p, p, p); strings.Contains(text, "0.8") {
		t.Errorf("%s shows the print", text)
	}
	if _, err := speaker.Score(p, speaker.Print{Model: "n", Vector: []float32{0.6, 0.8}}); !errors.Is(err, speaker.ErrOther) {
		t.Errorf("prints of two models: %v", err)
	}
}

func TestTooFewToFitOn(t *testing.T) {
	if _, err := speaker.Fit([]speaker.Take{{Speaker: "a", PCM: throat(2, 100, 500, 1500, 1)}}, speaker.Config{}); err == nil {
		t.Error("no error")
	}
}

func FuzzParse(f *testing.F) {
	m, err := speaker.Fit(takes(), speaker.Config{Gaussians: 2, Away: 1})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(m.Bytes())
	f.Add([]byte("HKV1\x00\x01\x00\x00\x00"))
	pcm := throat(2, 100, 500, 1500, 1)
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := speaker.Parse(data)
		if err != nil {
			if !errors.Is(err, speaker.ErrForm) {
				t.Errorf("%v is not told as ErrForm", err)
			}
			return
		}
		_, _ = m.Embed(pcm)
	})
}

func FuzzParsePrint(f *testing.F) {
	f.Add(speaker.Print{Model: "m", Vector: []float32{0.6, 0.8}}.Text())
	f.Add("AAAAAAAAgD8B")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := speaker.ParsePrint("m", text)
		if err != nil {
			if !errors.Is(err, speaker.ErrPrint) {
				t.Errorf("%v is not told as ErrPrint", err)
			}
			return
		}
		if s, err := speaker.Score(p, p); err != nil || math.IsNaN(s) || s > 1.001 {
			t.Errorf("beside itself it scores %v, %v", s, err)
		}
	})
}

// The same voice twice.
func Example() {
	m, err := speaker.Own()
	if err != nil {
		fmt.Println(err)
		return
	}
	kept, err := m.Embed(throat(10, 110, 500, 1500, 1))
	if err != nil {
		fmt.Println(err)
		return
	}
	heard, err := m.Embed(throat(5, 110, 500, 1500, 2))
	if err != nil {
		fmt.Println(err)
		return
	}
	score, err := speaker.Score(kept, heard)
	match, _ := m.Thresholds()
	fmt.Println(score > match, err)
	// Output: true <nil>
}
