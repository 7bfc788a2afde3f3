package pattern

import (
	"regexp/syntax"
	"slices"
	"unicode/utf8"
)

// found is what a part of an expression says of the texts that it matches.
type found struct {
	exact []string // all that it matches, folded; nil where that is too much
	need  []string // else: words of which each match holds one; nil where there are none
}

// More words than these say too little.
const (
	mostExact = 48
	mostNeed  = 400
	mostClass = 12 // letters of a class
)

// needed returns words of which every match of a simplified expression holds one;
// none where there are no such words.
func needed(re *syntax.Regexp) []string { return look(re).words() }

// words is what to look for: none where one word is empty.
func (f found) words() []string {
	words := f.need
	if f.exact != nil {
		words = f.exact
	}
	if len(words) > mostNeed || slices.Contains(words, "") {
		return nil
	}
	return words
}

func look(re *syntax.Regexp) found {
	switch re.Op {
	case syntax.OpLiteral:
		word := make([]rune, len(re.Rune))
		for i, c := range re.Rune {
			word[i] = fold(c)
		}
		return found{exact: []string{string(word)}}
	case syntax.OpCharClass:
		return class(re)
	case syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText,
		syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return found{exact: []string{""}}
	case syntax.OpCapture:
		return look(re.Sub[0])
	case syntax.OpPlus:
		return found{need: look(re.Sub[0]).words()}
	case syntax.OpQuest:
		if f := look(re.Sub[0]); f.exact != nil {
			return found{exact: union(f.exact, []string{""})}
		}
	case syntax.OpAlternate:
		return either(re.Sub)
	case syntax.OpConcat:
		return joined(re.Sub)
	case syntax.OpNoMatch, syntax.OpAnyCharNotNL, syntax.OpAnyChar, syntax.OpStar, syntax.OpRepeat: // no repeats are left by Simplify
	}
	return found{}
}

func class(re *syntax.Regexp) found {
	var letters []string
	count := 0
	for i := 0; i < len(re.Rune); i += 2 {
		if count += int(re.Rune[i+1]-re.Rune[i]) + 1; count > mostClass {
			return found{}
		}
		for c := re.Rune[i]; c <= re.Rune[i+1]; c++ {
			letters = append(letters, string(fold(c)))
		}
	}
	if len(letters) == 0 { // matches nothing
		return found{}
	}
	return found{exact: union(letters, nil)}
}

func either(subs []*syntax.Regexp) found {
	var exact, need []string
	all := true
	for _, sub := range subs {
		f := look(sub)
		all = all && f.exact != nil
		if all {
			exact = union(exact, f.exact)
		}
		words := f.words()
		if words == nil && !all {
			return found{}
		}
		need = union(need, words)
	}
	if all && len(exact) <= mostExact {
		return found{exact: exact}
	}
	if all {
		return found{need: found{exact: exact}.words()}
	}
	if slices.Contains(exact, "") { // from those before the first that is not exact
		return found{}
	}
	return found{need: need}
}

// joined puts together what follows one another: as long as all of it is exact,
// every combination; and where a part is not, the best of what was had.
func joined(subs []*syntax.Regexp) found {
	var best []string
	run := []string{""}
	whole := true
	flush := func() {
		best = better(best, found{exact: run}.words())
		run = []string{""}
	}
	for _, sub := range subs {
		f := look(sub)
		switch {
		case f.exact == nil:
			whole = false
			flush()
			best = better(best, f.words())
			continue
		case len(run)*len(f.exact) > mostExact:
			whole = false
			flush()
			if len(f.exact) > mostExact {
				best = better(best, f.words())
				continue
			}
		}
		run = cross(run, f.exact)
	}
	if whole {
		return found{exact: run}
	}
	flush()
	return found{need: best}
}

func cross(a, b []string) []string {
	out := make([]string, 0, len(a)*len(b))
	for _, x := range a {
		for _, y := range b {
			out = append(out, x+y)
		}
	}
	return union(out, nil)
}

// better returns the set whose shortest word is longer, or that has fewer.
func better(a, b []string) []string {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	if x, y := shortest(a), shortest(b); x != y {
		if x > y {
			return a
		}
		return b
	}
	if len(b) < len(a) {
		return b
	}
	return a
}

// shortest counts a Han character as a word's worth of letters: it is as rare.
func shortest(words []string) int {
	const han = 4
	least := -1
	for _, w := range words {
		n := 0
		for _, c := range w {
			n += min(utf8.RuneLen(c)*utf8.RuneLen(c), han)
		}
		if least < 0 || n < least {
			least = n
		}
	}
	return least
}

// union returns the words of both, sorted, each once.
func union(a, b []string) []string {
	out := slices.Concat(a, b)
	slices.Sort(out)
	return slices.Compact(out)
}
