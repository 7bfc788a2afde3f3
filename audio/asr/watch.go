package asr

import (
	"cmp"
	"slices"
)

// A watch notes, while words are decoded, where they might have gone another way.
type watch struct {
	spots []spot
	names [][]int64 // tokens of names that may be said; a way they begin is a spot too
}

// spot is a place where other tokens were nearly as likely as the one that was
// chosen.
type spot struct {
	at     int     // how many tokens are before it
	tokens []int64 // what may come instead
	chance float64 // log probability of the first of them
	name   bool    // they are a name that may be said
}

const (
	closeRun = -1.6 // log probability over which the second choice is worth a try: 20 %
	nameRun  = -7.0 // the same of a name's first token: a name is rarely what a recogniser expects
	mostWays = 1    // other ways that are tried, each for a third of the cost of the first, and
	mostSeen = 3    // of names
)

// see notes the choice of a token at a place.
func (w *watch) see(at int, logits []float32, chosen int64) {
	if w == nil {
		return
	}
	kept := logits[chosen]
	logits[chosen] = logits[startToken] // never said
	second := likeliest(logits)
	logits[chosen] = kept
	if c := chanceOf(logits, second); c > closeRun && second != endToken {
		w.spots = append(w.spots, spot{at: at, tokens: []int64{second}, chance: c})
	}
	for _, name := range w.names {
		if name[0] == chosen && len(name) == 1 {
			continue
		}
		if c := chanceOf(logits, name[0]); c > nameRun {
			w.spots = append(w.spots, spot{at: at, tokens: name, chance: c, name: true})
		}
	}
}

// best returns the likeliest spots: a few of names and a few of others.
func (w *watch) best(names bool, most int) []spot {
	var some []spot
	for _, s := range w.spots {
		if s.name == names {
			some = append(some, s)
		}
	}
	slices.SortStableFunc(some, func(a, b spot) int { return cmp.Compare(b.chance, a.chance) })
	return some[:min(most, len(some))]
}

// a way is one decoding of a sound.
type way struct {
	said  []int64
	sum   float64 // of its tokens' log probabilities
	names int     // tokens of names in it
}

// nameWorth is how much likelier, as a logarithm, a name's token is taken to be
// than the recogniser thinks: enough for one that sounds the same as another word.
const nameWorth = 3.5

// score is what ways are compared by: the mean of a token, so that long ones have
// no disadvantage, with what names are worth.
func (w *way) score() float64 {
	return (w.sum + nameWorth*float64(w.names)) / float64(len(w.said)+1)
}

// countNames counts the tokens of names in what was said.
func countNames(said []int64, names [][]int64) int {
	n := 0
	for at := 0; at < len(said); {
		longest := 0
		for _, name := range names {
			if len(name) > longest && at+len(name) <= len(said) && slices.Equal(said[at:at+len(name)], name) {
				longest = len(name)
			}
		}
		n += longest
		at += max(longest, 1)
	}
	return n
}
