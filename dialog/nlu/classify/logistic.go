package classify

import "math"

// logistic is a regression over standardised signals.
type logistic struct {
	Mean, Scale, Weights signals
	Bias                 float64
}

// of returns a probability.
func (l *logistic) of(x *signals) float64 {
	z := l.Bias
	for i, w := range l.Weights {
		if w != 0 {
			z += w * (x[i] - l.Mean[i]) * l.Scale[i]
		}
	}
	return 1 / (1 + math.Exp(-z))
}

// fitLogistic fits by gradient descent; an example that is not yes weighs heft.
func fitLogistic(xs []*signals, yes []bool, heft float64) logistic {
	var l logistic
	n := float64(len(xs))
	for _, x := range xs {
		for i, v := range x {
			l.Mean[i] += v / n
		}
	}
	for _, x := range xs {
		for i, v := range x {
			l.Scale[i] += (v - l.Mean[i]) * (v - l.Mean[i]) / n
		}
	}
	for i, v := range l.Scale {
		l.Scale[i] = 0
		if v > 1e-9 {
			l.Scale[i] = 1 / math.Sqrt(v)
		}
	}
	const passes, rate, decay = 400, 0.5, 1e-3
	total := 0.0
	for _, y := range yes {
		if y {
			total++
		} else {
			total += heft
		}
	}
	for range passes {
		var slope signals
		bias := 0.0
		for k, x := range xs {
			e := l.of(x)
			if yes[k] {
				e--
			} else {
				e *= heft
			}
			bias += e
			for i, v := range x {
				slope[i] += e * (v - l.Mean[i]) * l.Scale[i]
			}
		}
		l.Bias -= rate * bias / total
		for i := range l.Weights {
			l.Weights[i] -= rate * (slope[i]/total + decay*l.Weights[i])
		}
	}
	return l
}
