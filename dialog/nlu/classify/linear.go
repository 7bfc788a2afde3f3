package classify

import "math/rand/v2"

// linear is one hyperplane for each class: a row of weights for each feature,
// so that a text costs one pass over the classes for each of its features.
type linear struct {
	classes int
	weights []float32 // features x classes, and a last row of biases
}

func (l *linear) row(f int32) []float32 {
	return l.weights[int(f)*l.classes:][:l.classes]
}

// scores adds the margin of each class to out.
func (l *linear) scores(x *vector, out []float32) {
	axpy(1, l.weights[len(l.weights)-l.classes:], out)
	sumRows(out, l.weights, x.ids, x.values)
}

const (
	svmCost   = 1 // the C of the loss, found on held-out parts of BANKING77 and CLINC150
	svmPasses = 10
)

// trainLinear fits support vector machines with squared hinge loss, one class
// against the others, by dual coordinate descent (Hsieh et al., ICML 2008), all
// classes in one pass.
func trainLinear(xs []vector, ys []int32, features, classes int, rng *rand.Rand) *linear {
	l := &linear{classes, make([]float32, (features+1)*classes)}
	bias := l.row(int32(features))
	duals := make([]float32, len(xs)*classes)
	margin, step := make([]float32, classes), make([]float32, classes)
	const diagonal = 1 / (2 * svmCost)
	const curvature = 2 + diagonal // a unit vector, the bias, the diagonal
	for range svmPasses {
		for _, i := range rng.Perm(len(xs)) {
			x := &xs[i]
			clear(margin)
			l.scores(x, margin)
			dual := duals[i*classes:][:classes]
			moved := false
			for k, a := range dual {
				y := float32(-1)
				if int32(k) == ys[i] {
					y = 1
				}
				next := max(0, a-(y*margin[k]-1+diagonal*a)/curvature)
				step[k] = (next - a) * y
				moved = moved || next != a
				dual[k] = next
			}
			if !moved {
				continue
			}
			axpy(1, step, bias)
			moveRows(l.weights, x.ids, x.values, step)
		}
	}
	return l
}
