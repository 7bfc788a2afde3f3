package wording

import (
	"cmp"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"huike/dialog"
)

// limits say how long a clause may grow, in English words or in Chinese
// characters. The first clause decides when the caller hears something; the
// others are made while it plays.
type limits struct {
	first, later int
	least        int // less than this is not worth a cut within a sentence
	search       int // how far back from the limit a joint is looked for
}

func limitsOf(lang dialog.Lang) limits {
	if lang == dialog.Chinese {
		return limits{first: 20, later: 50, least: 4, search: 0}
	}
	return limits{first: 12, later: 30, least: 3, search: 7}
}

// Atoms stand in the text that is cut as one rune of Unicode's private use
// area, so that nothing ever cuts or rewrites them.
const (
	firstAtom  = '\ue000'
	lastAtom   = '\uf000'
	gap        = '\uf8ff' // an atom whose argument is missing
	atomWeight = 3        // what an atom counts for, in words or characters
)

func isAtom(r rune) bool { return r >= firstAtom && r <= gap }

// clauses cuts the spans of a reply into clauses, leaving out those that a
// missing argument makes senseless.
func clauses(lang dialog.Lang, spans []span) []Clause {
	var text strings.Builder
	var written, spoken []string // pairs for a Replacer
	for _, s := range spans {
		switch r := firstAtom + rune(len(written)/2); {
		case s.missing:
			text.WriteRune(gap)
		case s.atom && r < lastAtom:
			text.WriteRune(r)
			written = append(written, string(r), s.written)
			spoken = append(spoken, string(r), s.spoken)
		default:
			text.WriteString(strings.Map(func(r rune) rune {
				if isAtom(r) {
					return -1
				}
				return r
			}, s.written))
		}
	}
	asWritten, asSpoken := strings.NewReplacer(written...), strings.NewReplacer(spoken...)
	var out []Clause
	for _, piece := range cut(lang, text.String()) {
		if strings.ContainsRune(piece, gap) {
			continue
		}
		out = append(out, Clause{
			Written: oneStop(strings.TrimSpace(asWritten.Replace(piece))),
			Spoken:  tidy(asSpoken.Replace(expand(lang, piece))),
		})
	}
	return out
}

// oneStop takes the second full stop from a sentence that ends with an
// abbreviation: "until 10 p.m..".
func oneStop(text string) string {
	if strings.HasSuffix(text, "..") && !strings.HasSuffix(text, "...") {
		return text[:len(text)-1]
	}
	return text
}

// cut returns the clauses of text, none of them blank, with their white space. Numbers
// and abbreviations stay whole. The first clause is short: about twelve English words
// or twenty Chinese characters, where the text has a joint to cut at.
func cut(lang dialog.Lang, text string) []string {
	l := limitsOf(lang)
	limit := l.first
	var out []string
	for _, sentence := range sentences(strings.ToValidUTF8(text, "")) {
		for sentence != "" {
			at := joint(lang, sentence, limit, l)
			if piece := sentence[:at]; speakable(piece) {
				out = append(out, piece)
				limit = l.later
			} else if len(out) > 0 {
				out[len(out)-1] += piece
			}
			sentence = sentence[at:]
		}
	}
	return out
}

// speakable says whether a piece holds anything but punctuation.
func speakable(piece string) bool {
	return strings.ContainsFunc(piece, func(r rune) bool {
		return unicode.IsLetter(r) || unicode.IsDigit(r) || isAtom(r) || unicode.IsSymbol(r)
	})
}

// sentences cuts text behind the punctuation that ends a sentence.
func sentences(text string) []string {
	var out []string
	from := 0
	for i, r := range text {
		end := i + utf8.RuneLen(r)
		if end <= from || !ends(text[from:i], r, text[end:]) {
			continue
		}
		for {
			closing, size := utf8.DecodeRuneInString(text[end:])
			if size == 0 || !strings.ContainsRune(`.!?。！？…"'”’）)`, closing) {
				break
			}
			end += size
		}
		out = append(out, text[from:end])
		from = end
	}
	if strings.TrimSpace(text[from:]) != "" {
		out = append(out, text[from:])
	}
	return out
}

var shortForm = regexp.MustCompile(
	`(?:^|[\s(])(?:Mr|Mrs|Ms|Dr|Prof|St|Ave|Rd|Apt|Co|Ltd|e\.g|i\.e|vs|approx|dept|ext|tel|[A-Z]|(?:[A-Z]\.)+[A-Z])$`)

var halfDay = regexp.MustCompile(`(?i)(?:[ap]\.m|etc|Inc|U\.S)$`)

// ends says whether r, between before and after, ends a sentence.
func ends(before string, r rune, after string) bool {
	switch r {
	case '。', '！', '？', '；', '\n':
		return true
	case '!', '?', ';':
		return after == "" || !isDigit(after[0])
	case '.', '…':
	default:
		return false
	}
	next := strings.TrimLeft(after, `"'”’)`)
	if next == "" || r == '…' {
		return true
	}
	if !unicode.IsSpace(firstRune(next)) && !unicode.Is(unicode.Han, firstRune(next)) {
		return false
	}
	follows := firstRune(strings.TrimSpace(next))
	switch {
	case shortForm.MatchString(before), strings.HasSuffix(before, "No") && unicode.IsDigit(follows):
		return false
	case halfDay.MatchString(before):
		return unicode.IsUpper(follows)
	}
	return true
}

// joint returns where to cut a sentence that is longer than limit: at the last
// comma that keeps the piece within it, else before a word that joins, else at
// the first comma beyond. It returns the sentence's length when there is none.
func joint(lang dialog.Lang, sentence string, limit int, l limits) int {
	total := weight(lang, sentence)
	if total <= limit {
		return len(sentence)
	}
	l.search *= min(1, total*2/(limit*3)) // a cut without a comma is heard: it must be worth it
	within, joined, beyond := 0, 0, 0
	for i, r := range sentence {
		end := i + utf8.RuneLen(r)
		if !strings.ContainsRune(",，:：、— ", r) {
			continue
		}
		left, right := weight(lang, sentence[:end]), weight(lang, sentence[end:])
		fits := left <= limit
		switch {
		case left < l.least || right < l.least:
		case r == ' ':
			if fits && left+l.search >= limit && joins(sentence[end:]) {
				joined = end
			}
		case r < utf8.RuneSelf && !strings.HasPrefix(sentence[end:], " "):
			// a comma inside a number
		case fits:
			within = end
		case beyond == 0:
			beyond = end
		}
	}
	if at := cmp.Or(within, joined, beyond); at > 0 {
		return at
	}
	return len(sentence)
}

// joins says whether text begins with a word that a speaker may rest before.
func joins(text string) bool {
	word, _, more := strings.Cut(text, " ")
	if !more {
		return false
	}
	switch word {
	case "and", "but", "or", "because", "which", "who", "so", "if", "when", "where", "while",
		"that", "with", "for", "from", "to", "until", "before", "after", "on", "at", "in":
		return true
	}
	return false
}

// weight counts the words of an English text, or the characters of a Chinese
// one, where a foreign word counts for two.
func weight(lang dialog.Lang, text string) int {
	n := 0
	inWord := false
	for _, r := range text {
		switch {
		case isAtom(r):
			n += atomWeight
			inWord = false
		case unicode.Is(unicode.Han, r):
			n++
			inWord = false
		case unicode.IsSpace(r), unicode.IsPunct(r) && r != '\'':
			inWord = inWord && !unicode.IsSpace(r) && lang != dialog.Chinese
		case !inWord:
			inWord = true
			n++
			if lang == dialog.Chinese {
				n++
			}
		}
	}
	return n
}
