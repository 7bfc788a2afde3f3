package probe

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// A Sample is one vector of features and its class.
type Sample struct {
	Features []float32
	Class    string
	Speaker  string
	Weight   float64 // how much it counts; 0 means 1
}

// Config says how a model is fitted. Its zero value is what the digits were fitted with.
type Config struct {
	Decay float64 // weight decay; 0 means 3e-5
	Steps int     // of gradient descent; 0 means 150
}

const (
	rate     = 8.0 // of a step, by the length of the standardised features
	momentum = 0.9
	least    = 1e-3 // standard deviation that is added, against features that never change
)

// Fit fits a model by gradient descent with momentum on the cross entropy. The
// same samples give the same model. The classes are in alphabetical order.
func Fit(samples []Sample, config Config) (*Model, error) {
	if config.Decay == 0 {
		config.Decay = 3e-5
	}
	if config.Steps == 0 {
		config.Steps = 150
	}
	if len(samples) == 0 {
		return nil, errors.New("no samples to fit a probe on")
	}
	f := &fitting{samples: samples, features: len(samples[0].Features)}
	if err := f.prepare(); err != nil {
		return nil, err
	}
	for range config.Steps {
		f.step(config.Decay)
	}
	return f.model(), nil
}

// fitting is a model while it is fitted, on standardised features.
type fitting struct {
	samples     []Sample
	features    int
	classes     []string
	mean, scale []float64
	x           [][]float32 // standardised
	class       []int
	weight      []float64 // adds up to 1
	w, velocity [][]float64
}

func (f *fitting) prepare() error {
	for i, s := range f.samples {
		if len(s.Features) != f.features {
			return fmt.Errorf("sample %d has %d features, the first has %d", i, len(s.Features), f.features)
		}
		if !slices.Contains(f.classes, s.Class) {
			f.classes = append(f.classes, s.Class)
		}
	}
	slices.Sort(f.classes)
	if len(f.classes) < 2 {
		return fmt.Errorf("all samples are %q: want two classes or more", f.classes)
	}
	f.standardise()
	sum := 0.0
	for _, s := range f.samples {
		f.class = append(f.class, slices.Index(f.classes, s.Class))
		w := s.Weight
		if w == 0 {
			w = 1
		}
		f.weight = append(f.weight, w)
		sum += w
	}
	for i := range f.weight {
		f.weight[i] /= sum
	}
	for range f.classes {
		f.w = append(f.w, make([]float64, f.features+1))
		f.velocity = append(f.velocity, make([]float64, f.features+1))
	}
	return nil
}

func (f *fitting) standardise() {
	n := float64(len(f.samples))
	f.mean, f.scale = make([]float64, f.features), make([]float64, f.features)
	for _, s := range f.samples {
		for i, v := range s.Features {
			f.mean[i] += float64(v) / n
		}
	}
	for _, s := range f.samples {
		for i, v := range s.Features {
			d := float64(v) - f.mean[i]
			f.scale[i] += d * d / n
		}
	}
	for i, variance := range f.scale {
		f.scale[i] = 1 / (math.Sqrt(variance) + least) / math.Sqrt(float64(f.features))
	}
	for _, s := range f.samples {
		x := make([]float32, f.features)
		for i, v := range s.Features {
			x[i] = float32((float64(v) - f.mean[i]) * f.scale[i])
		}
		f.x = append(f.x, x)
	}
}

func (f *fitting) step(decay float64) {
	slope := make([][]float64, len(f.classes))
	for c := range slope {
		slope[c] = make([]float64, f.features+1)
	}
	p := make([]float64, len(f.classes))
	for j, x := range f.x {
		f.score(x, p)
		for c := range p {
			e := math.Exp(p[c])
			if c == f.class[j] {
				e--
			}
			e *= f.weight[j]
			s := slope[c]
			for i, v := range x {
				s[i] += e * float64(v)
			}
			s[f.features] += e / 16 // the bias learns slowly: it has no length to go by
		}
	}
	for c, w := range f.w {
		for i := range w {
			pull := slope[c][i]
			if i < f.features {
				pull += decay * w[i]
			}
			f.velocity[c][i] = momentum*f.velocity[c][i] - rate*pull
			w[i] += f.velocity[c][i]
		}
	}
}

func (f *fitting) score(x []float32, into []float64) {
	for c, w := range f.w {
		sum := w[f.features]
		for i, v := range x {
			sum += w[i] * float64(v)
		}
		into[c] = sum
	}
	normalise(into)
}

// model folds the standardisation into the weights.
func (f *fitting) model() *Model {
	m := &Model{Classes: f.classes}
	for _, w := range f.w {
		folded := make([]float32, f.features+1)
		bias := w[f.features]
		for i := range f.features {
			folded[i] = float32(w[i] * f.scale[i])
			bias -= w[i] * f.scale[i] * f.mean[i]
		}
		folded[f.features] = float32(bias)
		m.weights = append(m.weights, folded)
	}
	return m
}
