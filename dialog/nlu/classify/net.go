package classify

import (
	"math"
	"math/rand/v2"
)

// net is a perceptron with one hidden layer over the same features: what it
// gets wrong is not what the hyperplanes get wrong.
type net struct {
	hidden int
	in     []float32 // features x hidden
	inBias []float32
	layer
}

// netConfig is how a net is trained.
type netConfig struct {
	hidden int
	passes int
	rate   float64 // learning rate at the start; it falls to 0 in a straight line
	drop   float64 // share of a text's features that one pass does not see
}

const (
	dropHidden = 0.5
	smoothing  = 0.1 // of the labels, so that the scores stay apart from 0 and 1
	inScale    = 4   // the inputs are this much larger in training, which makes the first layer learn faster
)

// scores writes the logit of each class to out.
func (n *net) scores(x *vector, out []float32) {
	hidden := make([]float32, n.hidden)
	copy(hidden, n.inBias)
	sumRows(hidden, n.in, x.ids, x.values)
	for i, h := range hidden {
		hidden[i] = max(0, h)
	}
	n.logits(hidden, out)
}

// trainer holds what training needs beside the net: Adagrad's sums, one for
// each row, and scratch.
type trainer struct {
	net
	head
	cfg         netConfig
	rng         *rand.Rand
	inSum       []float32
	biasSum     float32
	ids         []int32
	values      []float32
	units, mask []float32
}

func trainNet(xs []vector, ys []int32, features, classes int, cfg netConfig, rng *rand.Rand) *net {
	t := &trainer{
		net: net{
			cfg.hidden, make([]float32, features*cfg.hidden), make([]float32, cfg.hidden), newLayer(cfg.hidden, classes),
		},
		cfg: cfg, rng: rng, inSum: make([]float32, features),
		units: make([]float32, cfg.hidden), mask: make([]float32, cfg.hidden),
	}
	t.head = newHead(&t.layer)
	for i := range t.in {
		t.in[i] = float32(rng.NormFloat64()) * 0.1
	}
	t.atRandom(rng)
	step, steps := 0, cfg.passes*len(xs)
	for range cfg.passes {
		for _, i := range rng.Perm(len(xs)) {
			t.step(&xs[i], ys[i], float32(cfg.rate*(1-float64(step)/float64(steps))))
			step++
		}
	}
	for i := range t.in {
		t.in[i] *= inScale
	}
	return &t.net
}

// step learns from one example.
func (t *trainer) step(x *vector, y int32, rate float32) {
	t.forward(x)
	back := t.learn(t.units, y, rate)
	norm := float32(0)
	for k := range back {
		back[k] *= t.mask[k]
		norm += back[k] * back[k]
	}
	if norm == 0 {
		return
	}
	norm /= float32(t.hidden)
	for k, f := range t.ids {
		v := t.values[k]
		t.inSum[f] += norm * v * v
		t.values[k] = -rate * v / (sqrt(t.inSum[f]) + 1e-6)
	}
	moveRows(t.in, t.ids, t.values, back)
	t.biasSum += norm
	axpy(-0.1*rate/(sqrt(t.biasSum)+1e-6), back, t.inBias)
}

// forward computes the units with some inputs and some of them left out.
func (t *trainer) forward(x *vector) {
	t.ids, t.values = t.ids[:0], t.values[:0]
	scale := float32(inScale / (1 - t.cfg.drop))
	for k, f := range x.ids {
		if t.rng.Float64() >= t.cfg.drop {
			t.ids = append(t.ids, f)
			t.values = append(t.values, x.values[k]*scale)
		}
	}
	copy(t.units, t.inBias)
	sumRows(t.units, t.in, t.ids, t.values)
	bits, left := uint64(0), 0
	for k := range t.units {
		if left == 0 {
			bits, left = t.rng.Uint64(), 64
		}
		t.mask[k] = 0
		if t.units[k] > 0 && bits&1 == 1 { // dropHidden is one half
			t.mask[k] = 1 / (1 - dropHidden)
		}
		t.units[k] *= t.mask[k]
		bits, left = bits>>1, left-1
	}
}

func sqrt(x float32) float32 { return float32(math.Sqrt(float64(x))) }
