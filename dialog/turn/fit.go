package turn

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
)

const (
	passes    = 12
	rate      = 0.1
	shrink    = 1e-5 // of each weight, at each step
	least     = 4    // times that a feature is seen, or it is left out
	mostKept  = 900  // features in the model
	leastKept = 0.15 // weight of one
)

// Sample is words, in lower case without punctuation, and whether they are a whole
// turn.
type Sample struct {
	Words string
	Whole bool
}

// Samples makes two of each sentence: the whole, and a beginning of it, cut where the
// seed says.
func Samples(sentences []string, seed uint64) []Sample {
	random := rand.New(rand.NewPCG(seed, 3)) //nolint:gosec // must come out the same each time
	var samples []Sample
	for _, s := range sentences {
		words := strings.Fields(fold(s))
		if len(words) == 0 {
			continue
		}
		samples = append(samples, Sample{strings.Join(words, " "), true})
		if len(words) > 1 {
			samples = append(samples, Sample{strings.Join(words[:1+random.IntN(len(words)-1)], " "), false})
		}
	}
	return samples
}

// Fit fits a model of endings to samples, by stochastic gradient descent.
func Fit(samples []Sample, seed uint64) Ending {
	random := rand.New(rand.NewPCG(seed, 5)) //nolint:gosec // must come out the same each time
	seen := map[string]int{}
	for _, s := range samples {
		for _, f := range features(strings.Fields(s.Words)) {
			seen[f]++
		}
	}
	m := Ending{}
	for pass := range passes {
		for _, i := range random.Perm(len(samples)) {
			s := samples[i]
			want := 0.0
			if s.Whole {
				want = 1
			}
			step := rate / (1 + float64(pass)) * (want - m.Whole(s.Words))
			for _, f := range features(strings.Fields(s.Words)) {
				if seen[f] >= least {
					m[f] += step - shrink*m[f]
				}
			}
		}
	}
	return m.pruned(seen)
}

// pruned leaves the features that matter most.
func (m Ending) pruned(seen map[string]int) Ending {
	matter := func(f string) float64 { return math.Abs(m[f]) * math.Sqrt(float64(seen[f])) }
	names := slices.SortedFunc(maps.Keys(m), func(a, b string) int { return cmp.Or(cmp.Compare(matter(b), matter(a)), cmp.Compare(a, b)) })
	out := Ending{}
	for _, f := range names[:min(len(names), mostKept)] {
		if math.Abs(m[f]) >= leastKept {
			out[f] = m[f]
		}
	}
	return out
}

// String writes the model as [ParseEnding] reads it.
func (m Ending) String() string {
	var b strings.Builder
	for _, f := range slices.Sorted(maps.Keys(m)) {
		fmt.Fprintf(&b, "%s\t%.2f\n", f, m[f])
	}
	return b.String()
}

// Accuracy returns the share of samples that the model tells right.
func (m Ending) Accuracy(samples []Sample) float64 {
	right := 0
	for _, s := range samples {
		if (m.Whole(s.Words) >= 0.5) == s.Whole {
			right++
		}
	}
	return float64(right) / float64(max(len(samples), 1))
}
