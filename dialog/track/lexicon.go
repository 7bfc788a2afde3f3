package track

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Lexicon knows the values that a shop's slots may have, so that they are found
// in a text. The zero value is not ready: use [NewLexicon].
type Lexicon struct {
	values  map[string][]string // what a text is the value of: domain+slot
	longest int                 // in bytes
}

// NewLexicon returns an empty lexicon.
func NewLexicon() *Lexicon {
	return &Lexicon{values: map[string][]string{}}
}

// Add tells that a slot of a domain may have the value.
func (l *Lexicon) Add(domain, slot, value string) {
	kind := domain + "+" + slot
	if value == "" || utf8.RuneCountInString(value) < 2 || slices.Contains(l.values[value], kind) {
		return
	}
	l.values[value] = append(l.values[value], kind)
	slices.Sort(l.values[value])
	l.longest = max(l.longest, len(value))
}

// mention is a value in a text.
type mention struct {
	from, to int // bytes
	value    string
	kinds    []string
}

// find returns the mentions of values in a text, in order. Where they overlap,
// the longest stays.
func (l *Lexicon) find(text string) []mention {
	all := measures(text)
	lower := strings.ToLower(text)
	if len(lower) != len(text) {
		lower = text
	}
	for i := range text {
		for n := min(l.longest, len(text)-i); n > 0; n-- {
			if kinds := l.values[text[i:i+n]]; kinds != nil {
				all = append(all, mention{i, i + n, text[i : i+n], kinds})
				break
			}
			if kinds := l.values[lower[i:i+n]]; kinds != nil {
				all = append(all, mention{i, i + n, lower[i : i+n], kinds})
				break
			}
		}
	}
	slices.SortStableFunc(all, func(a, b mention) int { return (b.to - b.from) - (a.to - a.from) })
	var out []mention
	for _, m := range all {
		if !slices.ContainsFunc(out, func(o mention) bool { return m.from < o.to && o.from < m.to }) {
			out = append(out, m)
		}
	}
	slices.SortFunc(out, func(a, b mention) int { return a.from - b.from })
	return out
}

// measure is one way to write an amount, and how it is written in a state.
type measure struct {
	kind  string
	re    *regexp.Regexp
	write func(groups []string) string
}

func newMeasures() []measure {
	const n, dash = `([0-9]+(?:\.[0-9]+)?|[一二两三四五六七八九十半])`, `\s*(?:[-~～—－、至到])+\s*`
	re := regexp.MustCompile
	return []measure{
		{"phone", re(`[0-9][0-9-]{6,}(?:(?:[ ,，;；、/]|和)+[0-9][0-9-]{6,})*`), func(g []string) string {
			return strings.Join(strings.FieldsFunc(g[0], func(r rune) bool { return r != '-' && (r < '0' || r > '9') }), " ")
		}},
		{"time", re(n + `个?(小时|天)?` + dash + n + `个?半?(小时|天)`), func(g []string) string {
			first := g[2]
			if first == "" {
				first = g[4]
			}
			return amount(g[1]) + first + " - " + amount(g[3]) + g[4]
		}},
		{"time", re(n + `个?(小时|天)`), func(g []string) string { return amount(g[1]) + g[2] }},
		{"money", re(n + `[元块]?` + dash + n + `(?:[元块]钱?)?`), func(g []string) string { return amount(g[1]) + "-" + amount(g[2]) + "元" }},
		{"money", re(n + `[元块]钱?(以上|以下)`), func(g []string) string { return amount(g[1]) + "元" + g[2] }},
		{"money", re(n + `[元块]`), func(g []string) string { return amount(g[1]) + "元" }},
		{"score", re(n + `分?(以上)`), func(g []string) string { return amount(g[1]) + "分以上" }},
		{"score", re(n + `分`), func(g []string) string { return amount(g[1]) + "分" }},
		{"number", re(`[0-9]+\.[0-9]`), func(g []string) string { return g[0] + "分" }},
		{"number", re(`[0-9]+`), func(g []string) string { return g[0] + "元" }},
	}
}

// amount writes a Chinese digit as a number.
func amount(text string) string {
	if text == "半" {
		return "0.5"
	}
	for i, r := range []rune("一二三四五六七八九十") {
		if text == string(r) {
			return []string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10"}[i]
		}
	}
	if text == "两" {
		return "2"
	}
	return text
}
