package classify

import (
	"math/rand/v2"
	"slices"
)

// part is one way to hold examples out: trained on train, tried on the rest.
type part struct{ train, tried []int }

const (
	enough = 3000 // examples from which one held-out part will do
	folds  = 5
)

// parts holds out the examples of Config.Held, or every seventh of many
// examples, or a fifth of few examples five times. Where refusing is to be
// learned without examples of what is out of scope, an eighth of the labels
// are unknown to each part's training.
func (s *set) parts(cfg *Config) []part {
	n := len(s.taken)
	strange := func(int, int32) bool { return false }
	if cfg.Refuse > 0 && len(s.labels) == s.inside {
		strange = func(fold int, class int32) bool { return (int(class)+fold)%8 == 0 }
	}
	cut := func(fold int, tried func(i int) bool) part {
		var p part
		for i := range n {
			if tried(i) || strange(fold, s.class[i]) {
				p.tried = append(p.tried, i)
			} else {
				p.train = append(p.train, i)
			}
		}
		return p
	}
	if s.held < n {
		return []part{cut(0, func(i int) bool { return i >= s.held })}
	}
	place := make([]int, n) // where an example stands among shuffled ones of its label
	next := make([]int, len(s.labels))
	rng := rand.New(rand.NewPCG(cfg.Seed, 17)) //nolint:gosec // training is to be repeatable, not secret
	for _, i := range rng.Perm(n) {
		place[i] = next[s.class[i]]
		next[s.class[i]]++
	}
	if n >= enough {
		return []part{cut(0, func(i int) bool { return place[i]%7 == 3 })}
	}
	var out []part
	for f := range folds {
		if p := cut(f, func(i int) bool { return (place[i]+int(s.class[i]))%folds == f }); len(p.train) > 0 {
			out = append(out, p)
		}
	}
	return out
}

// trial is what a committee thought of an example that it had not seen.
type trial struct {
	signals
	right  bool // the answer was right
	inside bool // the example is of a label that the committee knew
}

func (m *Model) try(s *set, p part) []trial {
	known := make([]bool, len(s.labels))
	for _, i := range p.train {
		known[s.class[i]] = true
	}
	out := make([]trial, 0, len(p.tried))
	for _, i := range p.tried {
		o, _ := m.judge(&s.taken[i])
		class := int(s.class[i])
		out = append(out, trial{o.signals, class == o.first, class < s.inside && known[class]})
	}
	return out
}

// refusal is what was learned of when to believe a committee.
type refusal struct {
	right logistic // that the answer is right
	scope logistic // that the text is of any label
	least float64  // the scope's score below which a text is refused
}

// learnRefusal fits both, and sets least so that the wanted share of what is out
// of scope lies below it.
func learnRefusal(trials []trial, share float64) refusal {
	xs := make([]*signals, len(trials))
	right, inside := make([]bool, len(trials)), make([]bool, len(trials))
	outside := 0
	for i := range trials {
		t := &trials[i]
		xs[i], right[i], inside[i] = &t.signals, t.right && t.inside, t.inside
		if !t.inside {
			outside++
		}
	}
	if len(trials)-outside < fewTrials {
		r := refusal{right: byMargin(), scope: byMargin()}
		if share > 0 {
			r.least = 0.5
		}
		return r
	}
	r := refusal{right: fitLogistic(xs, right, 1)}
	if outside == 0 || share <= 0 {
		return r
	}
	r.scope = fitLogistic(xs, inside, float64(len(trials)-outside)/float64(outside))
	var below []float64
	for _, t := range trials {
		if !t.inside {
			below = append(below, r.scope.of(&t.signals))
		}
	}
	slices.Sort(below)
	r.least = below[min(int(share*float64(len(below))), len(below)-1)]
	return r
}

// fewTrials is how many sentences in scope it takes to learn anything of scores.
const fewTrials = 30

// byMargin is what a score is where too little is known to learn one: that the
// best label's hyperplane has the text nearer to its own side than to the others.
func byMargin() logistic {
	const margin = 3 // of signals
	var l logistic
	l.Mean[margin], l.Scale[margin], l.Weights[margin] = -0.4, 1, 4
	return l
}
