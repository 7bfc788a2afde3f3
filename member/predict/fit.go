package predict

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/diff/fd"
	"gonum.org/v1/gonum/optimize"
)

// ErrDegenerate is a fit whose parameters say nothing: too few members bought twice, or
// the likelihood has no top inside. Forecasts then rest on each member's own gaps.
var ErrDegenerate = errors.New("degenerate fit")

// Fitted is a model with how well it fits.
type Fitted struct {
	Model
	LogLik    float64 // natural logarithm, over all members
	Members   int     // that it was fitted to
	Repeaters int     // of these, with a repeat purchase
}

const (
	fewest  = 20  // repeaters that a fit of four parameters needs
	extreme = 1e4 // a shape beyond it, or below its inverse, is no longer one
)

// Fit fits a model to a shop's members, or to those of one category, by maximum
// likelihood: from several starts, in logarithms, with times scaled by the mean age, by
// Nelder-Mead and then BFGS. The error is an [ErrDegenerate] with its reason, beside
// which the Fitted tells how far it came; its Model is then empty.
func Fit(kind Kind, members []Summary) (Fitted, error) {
	order, err := names(kind)
	if err != nil {
		return Fitted{}, err
	}
	groups := grouped(members)
	f := Fitted{Members: len(members)}
	scale := 0.0
	for _, g := range groups {
		if g.x < 0 || g.tx < 0 || g.t < g.tx {
			return f, fmt.Errorf("summary of %d repeats at %.1f of %.1f weeks: want 0 <= recency <= age", g.x, g.tx, g.t)
		}
		if g.x > 0 {
			f.Repeaters += int(g.weight)
		}
		scale += g.t * g.weight / float64(len(members))
	}
	if f.Repeaters < fewest || scale == 0 {
		return f, fmt.Errorf("%w: %s: %d of %d members bought twice: want %d", ErrDegenerate, kind, f.Repeaters, f.Members, fewest)
	}
	timed := []int{1}
	if kind == ParetoNBD {
		timed = []int{1, 3}
	}
	at := func(logs []float64) [4]float64 {
		var v [4]float64
		for i := range v {
			v[i] = math.Exp(logs[i])
			if slices.Contains(timed, i) {
				v[i] *= scale
			}
		}
		return v
	}
	logs, value := top(func(logs []float64) float64 {
		p := behind(kind, at(logs))
		sum := 0.0
		for _, g := range groups {
			sum += g.weight * p.logLik(g.x, g.tx, g.t)
		}
		return sum / float64(len(members))
	}, starts(kind))
	f.LogLik = value * float64(len(members))
	for i, l := range logs {
		if math.Abs(l) > math.Log(extreme) {
			return f, fmt.Errorf("%w: %s: %s runs to %.3g", ErrDegenerate, kind, order[i], at(logs)[i])
		}
	}
	f.Model = built(kind, at(logs))
	return f, nil
}

// starts are where a search begins, in units of the mean age.
func starts(kind Kind) [][]float64 {
	if kind == ParetoNBD {
		return [][]float64{{0.5, 0.3, 0.5, 0.3}, {1, 1, 1, 1}, {2, 0.2, 0.7, 1}}
	}
	return [][]float64{{0.3, 0.15, 0.8, 2.5}, {1, 0.3, 0.5, 5}, {2, 0.2, 1, 1}}
}

// top climbs a mean log-likelihood from the best of some starts, given as they are, and
// returns where it ended, in logarithms, and what the likelihood is there.
func top(likelihood func([]float64) float64, from [][]float64) ([]float64, float64) {
	const wall = 12.0 // e^12: far beyond what counts as degenerate
	cost := func(logs []float64) float64 {
		out := 0.0
		for _, l := range logs {
			if d := math.Abs(l) - wall; d > 0 {
				out += d * d
			}
		}
		if v := -likelihood(logs) + out; !math.IsNaN(v) {
			return v
		}
		return math.Inf(1)
	}
	var best []float64
	least := math.Inf(1)
	for _, f := range from {
		logs := make([]float64, len(f))
		for i, v := range f {
			logs[i] = math.Log(v)
		}
		if v := cost(logs); v < least || best == nil {
			best, least = logs, v
		}
	}
	problem := optimize.Problem{Func: cost, Grad: func(grad, at []float64) {
		fd.Gradient(grad, cost, at, &fd.Settings{Formula: fd.Central})
	}}
	steps := []struct {
		method  optimize.Method
		iterate int
	}{{&optimize.NelderMead{}, 60}, {&optimize.BFGS{}, 200}, {&optimize.NelderMead{}, 200}}
	for _, step := range steps {
		settings := &optimize.Settings{
			MajorIterations: step.iterate, GradientThreshold: 1e-8,
			Converger: &optimize.FunctionConverge{Absolute: 1e-11, Iterations: 30},
		}
		result, err := optimize.Minimize(problem, best, settings, step.method)
		if result != nil && result.F < least { // an error is a line search that can go no further down
			best, least = slices.Clone(result.X), result.F
		}
		if err == nil && result.Status == optimize.GradientThreshold {
			break
		}
	}
	return best, -least
}
