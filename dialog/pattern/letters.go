package pattern

import (
	"regexp/syntax"
	"slices"
	"unicode"
)

// letters is a set of characters: of ASCII each for itself, of all others together.
type letters [3]uint64

const beyond = 128 // stands for all that is not ASCII

func (l *letters) add(r rune) {
	at := min(uint(r), beyond)
	l[at/64] |= 1 << (at % 64)
}

func (l *letters) addRange(from, to rune) {
	for r := from; r <= min(to, beyond); r++ {
		l.add(r)
	}
	if to >= beyond {
		l.add(beyond)
	}
}

func (l *letters) meets(o letters) bool { return l[0]&o[0]|l[1]&o[1]|l[2]&o[2] != 0 }

func (l *letters) union(o letters) { l[0], l[1], l[2] = l[0]|o[0], l[1]|o[1], l[2]|o[2] }

// lettersOf returns the characters of a text.
func lettersOf(text string) (l letters) {
	for i := range len(text) {
		at := uint(min(text[i], beyond))
		l[at/64] |= 1 << (at % 64)
	}
	return l
}

// maxSets is how many sets of a pattern are looked at; more rule out little.
const maxSets = 6

// sets returns sets of characters of each of which every match of tree has one: a
// digit and a colon, say.
func sets(tree *syntax.Regexp) []letters {
	switch tree.Op {
	case syntax.OpLiteral:
		var all []letters
		for _, r := range tree.Rune {
			var l letters
			l.add(r)
			if tree.Flags&syntax.FoldCase != 0 {
				for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
					l.add(f)
				}
			}
			all = with(all, l)
		}
		return all
	case syntax.OpCharClass:
		var l letters
		for i := 0; i+1 < len(tree.Rune); i += 2 {
			l.addRange(tree.Rune[i], tree.Rune[i+1])
		}
		return []letters{l}
	case syntax.OpCapture, syntax.OpPlus:
		return sets(tree.Sub[0])
	case syntax.OpRepeat:
		if tree.Min > 0 {
			return sets(tree.Sub[0])
		}
	case syntax.OpConcat:
		var all []letters
		for _, sub := range tree.Sub {
			for _, l := range sets(sub) {
				all = with(all, l)
			}
		}
		return all
	case syntax.OpAlternate:
		return oneOf(tree.Sub)
	default: // what may be nothing, or anything
	}
	return nil
}

// with adds a set, if it is new; of many the largest go.
func with(all []letters, l letters) []letters {
	if slices.Contains(all, l) {
		return all
	}
	all = append(all, l)
	slices.SortStableFunc(all, func(a, b letters) int { return a.size() - b.size() })
	return all[:min(len(all), maxSets)]
}

func (l *letters) size() (n int) {
	for at := range uint(beyond + 1) {
		n += int(l[at/64] >> (at % 64) & 1)
	}
	return n
}

// oneOf is sets of an alternation: of each branch its smallest set, together.
func oneOf(branches []*syntax.Regexp) []letters {
	var l letters
	for _, branch := range branches {
		all := sets(branch)
		if len(all) == 0 {
			return nil
		}
		l.union(all[0])
	}
	return []letters{l}
}
