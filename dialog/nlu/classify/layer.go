package classify

import (
	"math"
	"math/rand/v2"
)

// layer is an output layer: a row of weights to the classes from each unit, so that
// units that are still, which are most, cost nothing.
type layer struct {
	out     []float32 // units x classes
	outBias []float32
}

func newLayer(units, classes int) layer {
	return layer{make([]float32, units*classes), make([]float32, classes)}
}

func (l *layer) atRandom(rng *rand.Rand) {
	units := float64(len(l.out)) / float64(len(l.outBias))
	for i := range l.out {
		l.out[i] = float32(rng.NormFloat64() / math.Sqrt(units))
	}
}

// logits writes the logit of each class to out.
func (l *layer) logits(units, out []float32) {
	copy(out, l.outBias)
	for j, v := range units {
		if v != 0 {
			axpy(v, l.out[j*len(out):][:len(out)], out)
		}
	}
}

// negligible is a probability that nothing depends on.
const negligible = 1e-4

// head is an output layer in training: softmax over classes, with Adagrad.
type head struct {
	of      *layer
	sums    []float32
	p, move []float32
	back    []float32
	awake   []int32 // the units that are not still
	values  []float32
}

func newHead(l *layer) head {
	classes := len(l.outBias)
	return head{
		of: l, sums: make([]float32, classes), p: make([]float32, classes), move: make([]float32, classes),
		back: make([]float32, len(l.out)/classes),
	}
}

// learn moves the layer towards y and returns the error of the units that are not
// still, which is the head's until the next call.
func (h *head) learn(units []float32, y int32, rate float32) (back []float32) {
	h.awake, h.values = h.awake[:0], h.values[:0]
	energy := float32(0)
	for j, v := range units {
		if v != 0 {
			h.awake, h.values = append(h.awake, int32(j)), append(h.values, v)
			energy += v * v
		}
	}
	energy = energy/float32(len(units)) + 1e-8
	copy(h.p, h.of.outBias)
	sumRows(h.p, h.of.out, h.awake, h.values)
	softmax(h.p)
	for k := range h.p {
		h.p[k] -= float32(smoothing / float64(len(h.p)))
	}
	h.p[y] -= 1 - smoothing
	for k, e := range h.p {
		h.sums[k] += e * e * energy
		h.move[k] = -rate * e / (sqrt(h.sums[k]) + 1e-6)
		h.of.outBias[k] += 0.1 * h.move[k]
	}
	clear(h.back)
	for _, j := range h.awake {
		h.back[j] = dot(h.p, h.of.out[int(j)*len(h.p):][:len(h.p)])
	}
	moveRows(h.of.out, h.awake, h.values, h.move)
	return h.back
}

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
