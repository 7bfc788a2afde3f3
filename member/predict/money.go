package predict

import (
	"fmt"
	"math"
	"slices"
)

// Money is the Gamma-Gamma model of what one purchase is worth (Fader, Hardie, Lee,
// 2005; Fader, Hardie, 2013): a member's purchases are gamma distributed with shape P
// and a rate that is gamma distributed over members with shape Q and rate V, whatever
// their number. The zero Money knows nothing.
type Money struct{ P, Q, V float64 }

// FitMoney fits the Gamma-Gamma model to the members who have bought more than once and
// whose spend is known; others do not count. It returns the log-likelihood over them,
// and an [ErrDegenerate] where there is no usable maximum.
func FitMoney(members []Summary) (m Money, logLik float64, err error) {
	known := slices.DeleteFunc(slices.Clone(members), func(s Summary) bool { return s.Repeats < 1 || !(s.Spend > 0) })
	if len(known) < fewest {
		return Money{}, 0, fmt.Errorf("%w: gammagamma: %d members have a repeat purchase of known worth: want %d", ErrDegenerate, len(known), fewest)
	}
	mean := 0.0
	for _, s := range known {
		mean += s.Spend / float64(len(known))
	}
	logs, value := top(func(logs []float64) float64 {
		m := Money{math.Exp(logs[0]), math.Exp(logs[1]), math.Exp(logs[2]) * mean}
		sum := 0.0
		for _, s := range known {
			sum += m.LogLik(s)
		}
		return sum / float64(len(known))
	}, [][]float64{{4, 4, 0.5}, {1, 2, 1}, {10, 3, 0.2}})
	logLik = value * float64(len(known))
	m = Money{math.Exp(logs[0]), math.Exp(logs[1]), math.Exp(logs[2]) * mean}
	for i, l := range logs {
		if math.Abs(l) > math.Log(extreme) {
			return Money{}, logLik, fmt.Errorf("%w: gammagamma: %s runs to %.3g", ErrDegenerate, "pqv"[i:i+1], math.Exp(l))
		}
	}
	return m, logLik, nil
}

// LogLik returns the log-likelihood of a member's mean spend, which must be known.
func (m Money) LogLik(s Summary) float64 {
	x := float64(s.Repeats)
	px := m.P * x
	return lgamma(px+m.Q) - lgamma(px) - lgamma(m.Q) + m.Q*math.Log(m.V) +
		(px-1)*math.Log(s.Spend) + px*math.Log(x) - (px+m.Q)*math.Log(m.V+x*s.Spend)
}

// Expected returns what a member's next purchase is worth, in the shop's currency: his
// own mean drawn towards the shop's, less so the more he has bought. It reports false
// where the mean is infinite, which is Q + P·x <= 1, or the model empty.
func (m Money) Expected(s Summary) (float64, bool) {
	x := float64(s.Repeats)
	if s.Spend <= 0 {
		x = 0
	}
	if !(m.P > 0) || m.P*x+m.Q <= 1 {
		return 0, false
	}
	return m.P * (m.V + x*s.Spend) / (m.P*x + m.Q - 1), true
}
