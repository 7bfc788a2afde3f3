package probe

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"
)

// clouds are samples of three classes around points of their own.
func clouds(n int, seed uint64) []Sample {
	r := rand.New(rand.NewPCG(seed, 1))
	at := [][]float64{{0, 0, 5, 0}, {3, 0, 5, 0}, {0, 3, 5, 0}}
	var all []Sample
	for i := range n {
		s := Sample{Class: string(rune('a' + i%3))}
		for _, v := range at[i%3] {
			s.Features = append(s.Features, float32(v+r.NormFloat64()*0.7))
		}
		s.Features[3] = 7 // says nothing
		all = append(all, s)
	}
	return all
}

func right(m *Model, samples []Sample) float64 {
	n := 0
	p := make([]float64, len(m.Classes))
	for _, s := range samples {
		m.Score(s.Features, p)
		best := 0
		for c := range p {
			if p[c] > p[best] {
				best = c
			}
		}
		if m.Classes[best] == s.Class {
			n++
		}
	}
	return float64(n) / float64(len(samples))
}

func TestAFittedModelTellsWhatItHasNotSeen(t *testing.T) {
	m, err := Fit(clouds(300, 1), Config{})
	if err != nil {
		t.Fatal(err)
	}
	if got := right(m, clouds(300, 2)); got < 0.95 {
		t.Errorf("%.3f of new samples are right, want 0.95", got)
	}
	p := make([]float64, 3)
	m.Score([]float32{1.5, 1.5, 5, 7}, p)
	if sum := math.Exp(p[0]) + math.Exp(p[1]) + math.Exp(p[2]); math.Abs(sum-1) > 1e-9 {
		t.Errorf("probabilities add up to %v", sum)
	}
}

func TestAModelIsReadBackAsItWas(t *testing.T) {
	m, err := Fit(clouds(60, 1), Config{Steps: 20})
	if err != nil {
		t.Fatal(err)
	}
	again, err := Parse(m.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	one, other := make([]float64, 3), make([]float64, 3)
	m.Score([]float32{1, 2, 3, 4}, one)
	again.Score([]float32{1, 2, 3, 4}, other)
	for c := range one {
		if math.Abs(one[c]-other[c]) > 0.01 || m.Classes[c] != again.Classes[c] {
			t.Errorf("class %s: %v, read back %s: %v", m.Classes[c], one[c], again.Classes[c], other[c])
		}
	}
}

func TestWhatCannotBeFitted(t *testing.T) {
	for name, samples := range map[string][]Sample{
		"nothing":          nil,
		"one class":        {{Class: "a", Features: []float32{1}}},
		"uneven features":  {{Class: "a", Features: []float32{1}}, {Class: "b", Features: []float32{1, 2}}},
		"no second class ": {{Class: "a", Features: []float32{1}}, {Class: "a", Features: []float32{2}}},
	} {
		if _, err := Fit(samples, Config{}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func FuzzParse(f *testing.F) {
	m, err := Fit(clouds(9, 1), Config{Steps: 1})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(m.Bytes())
	f.Add([]byte(mark))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Parse(data)
		if err != nil {
			if !errors.Is(err, ErrForm) {
				t.Errorf("%v is not told as ErrForm", err)
			}
			return
		}
		m.Score(make([]float32, m.Features()), make([]float64, len(m.Classes)))
	})
}
