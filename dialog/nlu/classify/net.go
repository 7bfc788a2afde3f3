package classify

import (
	"math"
	"math/rand/v2"
)

// net is a perceptron with one hidden layer over the same features: what it
// gets wrong is not what the hyperplanes get wrong.
type net struct {
	hidden, classes int
	in              []float32 // features x hidden
	inBias          []float32
	out             []float32 // classes x hidden
	outBias         []float32
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

func (n *net) row(f int32) []float32 { return n.in[int(f)*n.hidden:][:n.hidden] }

// scores writes the logit of each class to out; hidden is scratch.
func (n *net) scores(x *vector, hidden, out []float32) {
	copy(hidden, n.inBias)
	for i, f := range x.ids {
		axpy(x.values[i], n.row(f), hidden)
	}
	for i, h := range hidden {
		hidden[i] = max(0, h)
	}
	for k := range out {
		out[k] = n.outBias[k] + dot(n.out[k*n.hidden:][:n.hidden], hidden)
	}
}

// negligible is an error or a probability that nothing depends on.
const negligible = 1e-4

// head is an output layer in training: softmax over classes, with Adagrad.
type head struct {
	width   int
	weights []float32 // classes x width
	bias    []float32
	sums    []float32
	p, back []float32
}

func newHead(weights, bias []float32, width int) head {
	return head{width, weights, bias, make([]float32, len(bias)), make([]float32, len(bias)), make([]float32, width)}
}

// learn moves the layer towards y and returns the error of its input, which is
// the head's until the next call.
func (h *head) learn(layer []float32, y int32, rate float32) (back []float32) {
	for k := range h.p {
		h.p[k] = h.bias[k] + dot(h.weights[k*h.width:][:h.width], layer)
	}
	softmax(h.p)
	for k := range h.p {
		h.p[k] -= float32(smoothing / float64(len(h.p)))
	}
	h.p[y] -= 1 - smoothing
	clear(h.back)
	energy := dot(layer, layer)/float32(h.width) + 1e-8
	for k, e := range h.p {
		if e < negligible && e > -negligible {
			continue
		}
		row := h.weights[k*h.width:][:h.width]
		axpy(e, row, h.back)
		h.sums[k] += e * e * energy
		move := rate * e / (sqrt(h.sums[k]) + 1e-6)
		axpy(-move, layer, row)
		h.bias[k] -= 0.1 * move
	}
	return h.back
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
	layer, mask []float32
}

func trainNet(xs []vector, ys []int32, features, classes int, cfg netConfig, rng *rand.Rand) *net {
	t := &trainer{
		net: net{
			cfg.hidden, classes, make([]float32, features*cfg.hidden), make([]float32, cfg.hidden),
			make([]float32, classes*cfg.hidden), make([]float32, classes),
		},
		cfg: cfg, rng: rng, inSum: make([]float32, features),
		layer: make([]float32, cfg.hidden), mask: make([]float32, cfg.hidden),
	}
	t.head = newHead(t.out, t.outBias, cfg.hidden)
	for i := range t.in {
		t.in[i] = float32(rng.NormFloat64()) * 0.1
	}
	for i := range t.out {
		t.out[i] = float32(rng.NormFloat64() / math.Sqrt(float64(cfg.hidden)))
	}
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
	back := t.learn(t.layer, y, rate)
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
		axpy(-rate*v/(sqrt(t.inSum[f])+1e-6), back, t.row(f))
	}
	t.biasSum += norm
	axpy(-0.1*rate/(sqrt(t.biasSum)+1e-6), back, t.inBias)
}

// forward computes the layer with some inputs and some of itself left out.
func (t *trainer) forward(x *vector) {
	t.ids, t.values = t.ids[:0], t.values[:0]
	scale := float32(inScale / (1 - t.cfg.drop))
	for k, f := range x.ids {
		if t.rng.Float64() >= t.cfg.drop {
			t.ids = append(t.ids, f)
			t.values = append(t.values, x.values[k]*scale)
		}
	}
	copy(t.layer, t.inBias)
	for k, f := range t.ids {
		axpy(t.values[k], t.row(f), t.layer)
	}
	bits, left := uint64(0), 0
	for k := range t.layer {
		if left == 0 {
			bits, left = t.rng.Uint64(), 64
		}
		t.mask[k] = 0
		if t.layer[k] > 0 && bits&1 == 1 { // dropHidden is one half
			t.mask[k] = 1 / (1 - dropHidden)
		}
		t.layer[k] *= t.mask[k]
		bits, left = bits>>1, left-1
	}
}

func sqrt(x float32) float32 { return float32(math.Sqrt(float64(x))) }

// softmax turns logits into probabilities, in place.
func softmax(p []float32) {
	top := p[0]
	for _, v := range p {
		top = max(top, v)
	}
	sum := float32(0)
	for i, v := range p {
		p[i] = float32(math.Exp(float64(v - top)))
		sum += p[i]
	}
	for i := range p {
		p[i] /= sum
	}
}
