package predict

import (
	"fmt"
	"math"
	"time"
)

// Kind names a model of how often members buy.
type Kind string

// The models. GammaGamma's is [Money].
const (
	BGNBD     Kind = "bgnbd"
	MBGNBD    Kind = "mbgnbd"
	ParetoNBD Kind = "paretonbd"
)

// Model is a fitted model of how often members buy. The zero Model knows nothing: its
// probabilities are 0. A Model may be used from any goroutine.
type Model struct {
	Kind   Kind
	Params map[string]float64 // as published: r, alpha, and a, b or s, beta; times in weeks
	p      process
}

// names returns a model's parameters in the order in which papers print them.
func names(kind Kind) ([4]string, error) {
	switch kind {
	case BGNBD, MBGNBD:
		return [4]string{"r", "alpha", "a", "b"}, nil
	case ParetoNBD:
		return [4]string{"r", "alpha", "s", "beta"}, nil
	}
	return [4]string{}, fmt.Errorf("model %q: want %s, %s or %s", kind, BGNBD, MBGNBD, ParetoNBD)
}

// New returns a model of given parameters, such as those of an earlier [Fit]. All four
// must be there and above 0.
func New(kind Kind, params map[string]float64) (Model, error) {
	order, err := names(kind)
	if err != nil {
		return Model{}, err
	}
	var v [4]float64
	for i, name := range order {
		v[i] = params[name]
		if !(v[i] > 0) || math.IsInf(v[i], 1) {
			return Model{}, fmt.Errorf("%s: parameter %s is %g: want a number above 0", kind, name, v[i])
		}
	}
	return built(kind, v), nil
}

func built(kind Kind, v [4]float64) Model {
	order, _ := names(kind)
	m := Model{Kind: kind, Params: make(map[string]float64, len(v)), p: behind(kind, v)}
	for i, name := range order {
		m.Params[name] = v[i]
	}
	return m
}

func behind(kind Kind, v [4]float64) process {
	if kind == ParetoNBD {
		return pareto{r: v[0], alpha: v[1], s: v[2], beta: v[3]}
	}
	return betaGeometric{r: v[0], alpha: v[1], a: v[2], b: v[3], early: kind == MBGNBD}
}

// LogLik returns the log-likelihood of one member's purchases.
func (m Model) LogLik(s Summary) float64 {
	if m.p == nil {
		return 0
	}
	return m.p.logLik(s.Repeats, weeks(s.Recency), weeks(s.Age))
}

// Alive returns the probability that a member still buys here at all.
func (m Model) Alive(s Summary) float64 {
	if m.p == nil {
		return 0
	}
	return m.p.alive(s.Repeats, weeks(s.Recency), weeks(s.Age))
}

// Expected returns how many purchases a member is expected to make within a time from
// the summary's moment.
func (m Model) Expected(s Summary, within time.Duration) float64 {
	if m.p == nil || within <= 0 {
		return 0
	}
	return m.Alive(s) * m.p.expected(s.Repeats, weeks(s.Age), weeks(within))
}

// Buys returns the probability that a member buys at least once within a time from the
// summary's moment.
func (m Model) Buys(s Summary, within time.Duration) float64 {
	if m.p == nil || within <= 0 {
		return 0
	}
	return m.Alive(s) * m.p.buys(s.Repeats, weeks(s.Age), weeks(within))
}

// Wait returns by when a member buys next with probability share, given that he buys
// again at all: the median for 0.5. It is the longest Duration where that lies beyond
// ten times the member's age and ten years.
func (m Model) Wait(s Summary, share float64) time.Duration {
	const never = time.Duration(math.MaxInt64)
	if m.p == nil || !(share > 0 && share < 1) {
		return never
	}
	const years = 520.0
	age := weeks(s.Age)
	low, high := 0.0, 10*max(age, years/10)
	ever := 1.0
	if m.Kind == ParetoNBD {
		ever = m.p.buys(s.Repeats, age, 1e9)
	}
	if m.p.buys(s.Repeats, age, high) < share*ever {
		return never
	}
	for range 60 {
		mid := (low + high) / 2
		if m.p.buys(s.Repeats, age, mid) < share*ever {
			low = mid
		} else {
			high = mid
		}
	}
	return long(high)
}
