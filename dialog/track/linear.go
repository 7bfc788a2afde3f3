package track

import (
	"math"
	"math/rand/v2"
)

// linear is a linear model with a row of weights, one for each class, for each
// feature. It is trained with AdaGrad (Duchi et al., 2011).
type linear struct {
	classes  int
	features map[string]int32
	weights  []float32
}

// example is what one decision is made from.
type example struct {
	features []int32
	gold     []int32 // the classes that hold; one of them where classes exclude each other
}

func newLinear() *linear {
	return &linear{features: map[string]int32{}}
}

// ids returns the numbers of features; where learn is set, new ones get one.
func (m *linear) ids(features []string, learn bool) []int32 {
	out := make([]int32, 0, len(features))
	for _, f := range features {
		id, ok := m.features[f]
		if !ok {
			if !learn {
				continue
			}
			id = int32(len(m.features))
			m.features[f] = id
		}
		out = append(out, id)
	}
	return out
}

// scores are the classes' weights summed.
func (m *linear) scores(features []int32, out []float32) {
	clear(out)
	for _, f := range features {
		row := m.weights[int(f)*m.classes : (int(f)+1)*m.classes]
		for c, w := range row {
			out[c] += w
		}
	}
}

func softmax(scores []float32) {
	top := scores[0]
	for _, s := range scores {
		top = max(top, s)
	}
	sum := float32(0)
	for c, s := range scores {
		scores[c] = float32(math.Exp(float64(s - top)))
		sum += scores[c]
	}
	for c := range scores {
		scores[c] /= sum
	}
}

func sigmoid(x float32) float32 { return float32(1 / (1 + math.Exp(-float64(x)))) }

// rate and shrink are those of AdaGrad: how far the first step goes, and how
// much of a weight is lost with each.
const (
	rate   = 0.08
	shrink = 1e-6
)

// train fits the weights. With alone set, exactly one class holds for each
// example. The features that one example alone has are forgotten. tick is called
// for each example.
func (m *linear) train(examples []example, classes, epochs int, alone bool, tick func()) {
	m.prune(examples)
	m.classes = classes
	m.weights = make([]float32, len(m.features)*m.classes)
	squares := make([]float32, len(m.weights))
	rng := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // an order of examples
	scores := make([]float32, m.classes)
	for range epochs {
		for _, at := range rng.Perm(len(examples)) {
			e := examples[at]
			if tick(); len(e.features) == 0 {
				continue
			}
			m.scores(e.features, scores)
			if alone {
				softmax(scores)
			} else {
				for c, s := range scores {
					scores[c] = sigmoid(s)
				}
			}
			for _, c := range e.gold {
				scores[c]--
			}
			m.update(e.features, scores, squares)
		}
	}
}

func (m *linear) update(features []int32, slope, squares []float32) {
	for c, g := range slope {
		if g < 0.002 && g > -0.002 {
			continue
		}
		for _, f := range features {
			i := int(f)*m.classes + c
			d := g + shrink*m.weights[i]
			squares[i] += d * d
			m.weights[i] -= rate * d / float32(math.Sqrt(float64(squares[i]))+1e-3)
		}
	}
}

// prune forgets the features that only one example has.
func (m *linear) prune(examples []example) {
	count := make([]int32, len(m.features))
	for _, e := range examples {
		for _, f := range e.features {
			count[f]++
		}
	}
	number := make([]int32, len(count))
	kept := int32(0)
	for f, n := range count {
		number[f] = -1
		if n > 1 {
			number[f] = kept
			kept++
		}
	}
	for i := range examples {
		left := examples[i].features[:0]
		for _, f := range examples[i].features {
			if number[f] >= 0 {
				left = append(left, number[f])
			}
		}
		examples[i].features = left
	}
	for name, f := range m.features {
		if number[f] < 0 {
			delete(m.features, name)
		} else {
			m.features[name] = number[f]
		}
	}
}
