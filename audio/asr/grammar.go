package asr

import (
	"slices"
	"strings"
)

// grammar is the tokens that an answer of a known kind is made of.
type grammar struct {
	first []int64 // may begin it
	next  []int64 // may go on
}

// How digits are said, in writing or in figures. "Oh" begins no number: it is
// what any short sound comes nearest to.
const (
	firstDigits = " zero one two three four five six seven eight nine 0 1 2 3 4 5 6 7 8 9 "
	nextDigits  = firstDigits + "oh , - "

	// plausible is the mean log probability over which spoken digits are worth
	// telling. Single digits, cut tightly, have more, in the middle -1.6; most sentences
	// without digits have less.
	plausible = -4
)

// digits returns the grammar of spoken digits. Each is one token.
func (v vocabulary) digits() *grammar {
	g := &grammar{}
	for token, text := range v {
		word := strings.ToLower(strings.TrimPrefix(text, " "))
		if word == "" || strings.Contains(word, " ") {
			continue
		}
		if strings.Contains(firstDigits, " "+word+" ") {
			g.first = append(g.first, int64(token))
		}
		if strings.Contains(nextDigits, " "+word+" ") {
			g.next = append(g.next, int64(token))
		}
	}
	return g
}

// best returns the likeliest token of the grammar, or the end if that is
// likelier and something has been said.
func (g *grammar) best(logits []float32, first bool) int64 {
	if first {
		return likeliestOf(logits, g.first)
	}
	token := likeliestOf(logits, g.next)
	if logits[endToken] > logits[token] {
		return endToken
	}
	return token
}

func likeliestOf(logits []float32, tokens []int64) int64 {
	best := int64(endToken)
	for i, t := range tokens {
		if i == 0 || logits[t] > logits[best] {
			best = t
		}
	}
	return best
}

// isDigits reports whether text is spoken digits and nothing else.
func isDigits(text string) bool {
	said := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return strings.ContainsRune(" ,.-?!", r)
	})
	return len(said) > 0 && !slices.ContainsFunc(said, func(w string) bool {
		return !strings.Contains(nextDigits, " "+w+" ") && strings.Trim(w, "0123456789") != ""
	})
}
