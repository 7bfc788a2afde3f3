// Package pattern is regular expressions of which most do not match most texts:
// behind each stand words of which a text must hold one, and sets of characters of
// each of which it must hold one, and only where it does is the expression itself run. Looking for the words is one walk over the text,
// for one [Pattern] or for all the patterns of a [Set] at once. It finds just
// what package regexp finds.
//
// The words are read out of the expression as RE2's prefilter reads them
// (github.com/google/re2, prefilter.h); one that needs no particular word is
// always run.
package pattern

import (
	"fmt"
	"regexp"
	"regexp/syntax"
)

// Pattern is a regular expression with the words that it cannot do without. Of the
// methods of [regexp.Regexp], those that take a string are overlaid with ones that
// look for the words first. It is read-only and may be used by many goroutines.
type Pattern struct {
	*regexp.Regexp
	sets  []letters // of each of which a match has one
	words trie      // empty where no word is needed
	id    int       // in its set
}

// Compile makes a pattern of expr, in the syntax of package regexp. An error is
// that of [regexp.Compile].
func Compile(expr string) (*Pattern, error) {
	p, need, err := compile(expr)
	if err != nil {
		return nil, err
	}
	for _, word := range need {
		p.words.add(word, 0)
	}
	return p, nil
}

// MustCompile is [Compile] for expressions that stand in code; it panics where
// expr is none.
func MustCompile(expr string) *Pattern {
	p, err := Compile(expr)
	if err != nil {
		panic(err) //nolint:forbidigo // as regexp.MustCompile does
	}
	return p
}

func compile(expr string) (*Pattern, []string, error) {
	re, err := regexp.Compile(expr)
	if err != nil {
		return nil, nil, fmt.Errorf("pattern: %w", err)
	}
	tree, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return nil, nil, fmt.Errorf("pattern: %w", err)
	}
	return &Pattern{Regexp: re, sets: sets(tree)}, needed(tree.Simplify()), nil
}

// may says whether text holds what the pattern needs.
func (p *Pattern) may(text string) bool {
	if len(p.sets) > 0 {
		of := lettersOf(text)
		for i := range p.sets {
			if !p.sets[i].meets(of) {
				return false
			}
		}
	}
	return p.words.empty() || p.words.any(text)
}

// MatchString says whether text holds a match.
func (p *Pattern) MatchString(text string) bool {
	return p.may(text) && p.Regexp.MatchString(text)
}

// FindString returns the first match, "" where there is none.
func (p *Pattern) FindString(text string) string {
	if !p.may(text) {
		return ""
	}
	return p.Regexp.FindString(text)
}

// FindStringIndex returns where the first match begins and ends in bytes, nil
// where there is none.
func (p *Pattern) FindStringIndex(text string) []int {
	if !p.may(text) {
		return nil
	}
	return p.Regexp.FindStringIndex(text)
}

// FindStringSubmatch returns the first match and its groups, nil where there is none.
func (p *Pattern) FindStringSubmatch(text string) []string {
	if !p.may(text) {
		return nil
	}
	return p.Regexp.FindStringSubmatch(text)
}

// FindStringSubmatchIndex returns where the first match and its groups begin and
// end in bytes, nil where there is none.
func (p *Pattern) FindStringSubmatchIndex(text string) []int {
	if !p.may(text) {
		return nil
	}
	return p.Regexp.FindStringSubmatchIndex(text)
}

// FindAllStringIndex returns where at most n matches begin and end in bytes, all
// where n is negative.
func (p *Pattern) FindAllStringIndex(text string, n int) [][]int {
	if !p.may(text) {
		return nil
	}
	return p.Regexp.FindAllStringIndex(text, n)
}

// FindAllStringSubmatchIndex returns where at most n matches and their groups begin
// and end in bytes, all where n is negative.
func (p *Pattern) FindAllStringSubmatchIndex(text string, n int) [][]int {
	if !p.may(text) {
		return nil
	}
	return p.Regexp.FindAllStringSubmatchIndex(text, n)
}

// ReplaceAllString replaces each match, as [regexp.Regexp.ReplaceAllString] does.
func (p *Pattern) ReplaceAllString(text, with string) string {
	if !p.may(text) {
		return text
	}
	return p.Regexp.ReplaceAllString(text, with)
}

// ReplaceAllStringFunc replaces each match by what with returns for it.
func (p *Pattern) ReplaceAllStringFunc(text string, with func(string) string) string {
	if !p.may(text) {
		return text
	}
	return p.Regexp.ReplaceAllStringFunc(text, with)
}
