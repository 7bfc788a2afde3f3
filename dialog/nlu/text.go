package nlu

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"huike/dialog"
)

// reading is one utterance taken apart.
type reading struct {
	words     []string // normalised; one Han character or one Latin word or number each
	masked    []string // words with what was found in them replaced by "<slot>"
	plain     string   // words as text
	mask      string   // masked as text
	slots     []dialog.Slot
	corrected bool // the caller corrects something: "not Monday, Tuesday"
}

// has says whether the reading holds words written in lang's script.
func (r reading) has(lang dialog.Lang) bool {
	for _, w := range r.words {
		if isHan(w) == (lang == dialog.Chinese) {
			return true
		}
	}
	return false
}

func isHan(word string) bool {
	for _, c := range word {
		return han(c)
	}
	return false
}

// split normalises text and cuts it into words: full width to half, lower case,
// contractions spelled out, thousands joined ("10,023" to "10023"), punctuation
// gone, every Han character a word.
func split(text string) []string {
	runes := []rune(modern(strings.ToLower(norm.NFKC.String(text))))
	var words []string
	for i := 0; i < len(runes); {
		c := runes[i]
		n := i + 1
		switch {
		case alone(runes, i):
			words = append(words, string(c))
		case c == '<': // a mask in an example: "<product>"
			n = min(end(runes, n, func(c rune) bool { return c != '>' })+1, len(runes))
			words = append(words, string(runes[i:n]))
		case unicode.IsDigit(c):
			n = number(runes, i)
			words = append(words, strings.ReplaceAll(string(runes[i:n]), ",", ""))
		case unicode.IsLetter(c):
			n = end(runes, i, func(c rune) bool { return unicode.IsLetter(c) && !han(c) || c == '\'' || c == '’' })
			words = append(words, spellOut(string(runes[i:n]))...)
		}
		i = n
	}
	return words
}

// alone says whether the character at i is a word by itself.
func alone(runes []rune, i int) bool {
	switch c := runes[i]; c {
	case '%', '$', '¥', '€', '£':
		return true
	case '+':
		return i+1 < len(runes) && unicode.IsDigit(runes[i+1])
	default:
		return han(c)
	}
}

// modern joins what a recogniser that learnt from old books takes apart.
func modern(text string) string {
	if !strings.ContainsAny(text, "-.") {
		return text
	}
	return strings.NewReplacer(
		"a.m.", "am", "p.m.", "pm",
		"good-bye", "goodbye", "good-by", "goodbye", "bye-bye", "bye bye", "to-day", "today", "to-morrow", "tomorrow", "to-night", "tonight",
	).Replace(text)
}

func han(c rune) bool { return unicode.Is(unicode.Han, c) }

func end(runes []rune, i int, in func(rune) bool) int {
	for i < len(runes) && in(runes[i]) {
		i++
	}
	return i
}

// thousands returns where the digits that start at i end, those behind commas with them.
func thousands(runes []rune, i int) int {
	n := end(runes, i, unicode.IsDigit)
	for n < len(runes) && runes[n] == ',' {
		next := end(runes, n+1, unicode.IsDigit)
		if next-n-1 != 3 {
			return n
		}
		n = next
	}
	return n
}

// number returns where the number that starts at i ends. A comma belongs to it
// where three digits and no fourth follow.
func number(runes []rune, i int) int {
	n := thousands(runes, i)
	if n == len(runes) || runes[n] == ',' {
		return n
	}
	to := end(runes, n+1, unicode.IsDigit)
	another := to < len(runes) && runes[to] == runes[n] // "1.0.0"
	const cents = 2
	switch runes[n] {
	case ':': // "9:30"
		if to == n+3 && n-i <= 2 && !another {
			return to
		}
	case '.': // "25.50", and not the end of a sentence
		if to > n+1 && to-n-1 <= cents && !another && (i == 0 || runes[i-1] != '.') {
			return to
		}
	}
	return n
}

// spellOut undoes the contractions of spoken English.
func spellOut(word string) []string {
	word = strings.Trim(strings.ReplaceAll(word, "’", "'"), "'")
	switch word {
	case "":
		return nil
	case "won't":
		return []string{"will", "not"}
	case "can't", "cannot":
		return []string{"can", "not"}
	case "let's":
		return []string{"let", "us"}
	case "gonna":
		return []string{"going", "to"}
	case "wanna":
		return []string{"want", "to"}
	}
	head, tail, ok := strings.Cut(word, "'")
	if !ok {
		return []string{word}
	}
	if tail == "t" {
		if head = strings.TrimSuffix(head, "n"); head == "" { // a recogniser's "n't" alone
			return []string{"not"}
		}
		return []string{head, "not"}
	}
	if full := ending(tail); full != "" {
		return []string{head, full}
	}
	return []string{head + strings.ReplaceAll(tail, "'", "")} // "o'clock"
}

// ending returns the verb that an apostrophe has shortened.
func ending(tail string) string {
	switch tail {
	case "s":
		return "is"
	case "m":
		return "am"
	case "re":
		return "are"
	case "ll":
		return "will"
	case "d":
		return "would"
	case "ve":
		return "have"
	}
	return ""
}

// join writes words as text: a space between two of them unless one is Han.
func join(words []string) string {
	var b strings.Builder
	for i, w := range words {
		if i > 0 && !isHan(w) && !isHan(words[i-1]) { //nolint:gosec // i is above 0
			b.WriteByte(' ')
		}
		b.WriteString(w)
	}
	return b.String()
}

// phrases finds and exchanges sequences of words, the longest first.
type phrases map[string][]phrase

type phrase struct{ from, to []string }

func (p phrases) add(from, to []string) {
	if len(from) == 0 {
		return
	}
	list := append(p[from[0]], phrase{from, to})
	for i := len(list) - 1; i > 0 && len(list[i].from) > len(list[i-1].from); i-- {
		list[i], list[i-1] = list[i-1], list[i]
	}
	p[from[0]] = list
}

// at returns the longest phrase that stands at words[i].
func (p phrases) at(words []string, i int) (phrase, bool) {
	for _, ph := range p[words[i]] {
		if len(ph.from) <= len(words)-i && equal(ph.from, words[i:i+len(ph.from)]) {
			return ph, true
		}
	}
	return phrase{}, false
}

// replace exchanges every phrase that it finds.
func (p phrases) replace(words []string) []string {
	out := words[:0:0]
	for i := 0; i < len(words); {
		if ph, ok := p.at(words, i); ok {
			out = append(out, ph.to...)
			i += len(ph.from)
			continue
		}
		out = append(out, words[i])
		i++
	}
	return out
}

func equal(a, b []string) bool {
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
