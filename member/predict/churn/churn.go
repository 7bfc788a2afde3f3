// Package churn says which members a shop is about to lose: by the rule of the shop
// floor, half of the usual cycle overdue, and by a score that ranks them. The score is
// logistic regression over what BG/NBD says of a member, how long he has been silent,
// the regularity of his gaps and what he spends.
//
// It learns from the shop's own past, seen from earlier days, at each of which nothing
// of later days is known. It keeps no members and no clock, and starts no goroutine.
package churn

import (
	"errors"
	"fmt"
	"math"
	"time"

	"huike/member/predict"
)

const week = 7 * 24 * time.Hour

// Model ranks members by the risk that they do not buy again. It may be used from any
// goroutine.
type Model struct {
	now     time.Time
	horizon time.Duration
	base    base
	weights regression
}

// ErrNoPast is a shop too young to learn from: no earlier day from which some members
// came back and some did not.
var ErrNoPast = errors.New("too little past to learn from")

// Train learns from members' purchases up to the day of now which of them buy again
// within a horizon, at least a week; later purchases are not looked at. It looks back
// from three earlier days, of which the first lies a horizon ago, or two thirds of the
// past where that is shorter, and fits the models beneath anew for each. The error is
// an [ErrNoPast] where no such day teaches anything.
func Train(members [][]predict.Purchase, now time.Time, horizon time.Duration) (*Model, error) {
	if horizon < week {
		return nil, fmt.Errorf("horizon %v: want a week or more", horizon)
	}
	known := make([][]predict.Purchase, 0, len(members)) // each day once, none after now
	first := now
	for _, purchases := range members {
		if days := predict.Days(purchases, now); len(days) > 0 {
			known = append(known, days)
			if days[0].At.Before(first) {
				first = days[0].At
			}
		}
	}
	longest := min(horizon, now.Sub(first)*2/3)
	var rows [][]float64
	var again []bool
	bought := 0
	for _, share := range []float64{1, 0.75, 0.5} {
		ahead := time.Duration(share * float64(longest)).Truncate(24 * time.Hour)
		if ahead < week {
			break
		}
		seen := look(known, now.Add(-ahead), ahead)
		rows, again = append(rows, seen.rows...), append(again, seen.again...)
		bought += seen.bought
	}
	if bought < fewest || len(rows)-bought < fewest {
		return nil, fmt.Errorf("%w: %d purchases followed %d looks back: want %d of either", ErrNoPast, bought, len(rows), fewest)
	}
	weights, err := regress(rows, again)
	if err != nil {
		return nil, err
	}
	return &Model{now: now, horizon: horizon, base: newBase(known, now), weights: weights}, nil
}

// fewest members must have come back, and as many not.
const fewest = 20

// view is what an earlier day teaches.
type view struct {
	rows   [][]float64
	again  []bool
	bought int
}

// look describes each member as he was at a moment, and tells who bought after it.
func look(members [][]predict.Purchase, at time.Time, ahead time.Duration) view {
	b := newBase(members, at)
	var v view
	for _, days := range members {
		row, ok := features(days, at, ahead, b)
		if !ok {
			continue
		}
		again := days[len(days)-1].At.After(at)
		v.rows, v.again = append(v.rows, row), append(v.again, again)
		if again {
			v.bought++
		}
	}
	return v
}

// Risk returns the probability that a member buys nothing within the horizon from the
// moment for which the model was made, by his purchases up to then. It is 1 for one who
// had never bought.
func (m *Model) Risk(purchases []predict.Purchase) float64 {
	row, ok := features(predict.Days(purchases, m.now), m.now, m.horizon, m.base)
	if !ok {
		return 1
	}
	return 1 - m.weights.predict(row)
}

// Degenerate returns why the purchase model beneath could not be fitted, which leaves
// the score with a steady rate in its place; nil where it could.
func (m *Model) Degenerate() error { return m.base.problem }

// Reading is how the shop floor's rule is read: a member is to be warned of who has not
// come for "more than half of the time of his usual purchase frequency" (超过了平时消费频率的一半时间).
type Reading float64

// The readings.
const (
	HalfCycle   Reading = 0.5 // silent for half of the usual cycle
	HalfOverdue Reading = 1.5 // half a cycle over the usual one
)

// Warning is what the rule says of a member.
type Warning struct {
	Overdue bool
	Cycle   time.Duration // the median gap between his days of purchase
	Gaps    int           // how many gaps that rests on
	Silent  time.Duration // since the last one
}

// Warn applies the rule on the day of now. It reports false for a member with fewer than
// two days of purchase, who has no usual cycle.
func Warn(purchases []predict.Purchase, now time.Time, reading Reading) (Warning, bool) {
	days := predict.Days(purchases, now)
	cycle, ok := predict.Cycle(days)
	if !ok {
		return Warning{}, false
	}
	s, _ := predict.Summarize(days, now)
	w := Warning{Cycle: cycle, Gaps: len(days) - 1, Silent: s.Age - s.Recency}
	w.Overdue = float64(w.Silent) > float64(reading)*float64(cycle)
	return w, true
}

// base is the purchase model beneath: a fitted one or, where the fit degenerates,
// purchases at a steady rate that is drawn towards the shop's.
type base struct {
	model   predict.Model
	problem error
	alpha   float64 // weeks
}

const shape = 0.5 // of the steady rate's distribution over members

func newBase(members [][]predict.Purchase, at time.Time) base {
	all := make([]predict.Summary, 0, len(members))
	var repeats, age float64
	for _, days := range members {
		if s, ok := predict.Summarize(days, at); ok {
			all = append(all, s)
			repeats += float64(s.Repeats)
			age += float64(s.Age) / float64(week)
		}
	}
	fitted, err := predict.Fit(predict.BGNBD, all)
	return base{model: fitted.Model, problem: err, alpha: shape * max(age, 1) / max(repeats, 1)}
}

// buys returns the probability of a purchase within a horizon.
func (b base) buys(s predict.Summary, horizon time.Duration) float64 {
	if b.problem == nil {
		return b.model.Buys(s, horizon)
	}
	age, ahead := float64(s.Age)/float64(week), float64(horizon)/float64(week)
	return -math.Expm1(-(shape + float64(s.Repeats)) * math.Log1p(ahead/(b.alpha+age)))
}
