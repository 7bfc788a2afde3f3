package score

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Tokens normalises text and cuts it into words. A Han character is a word, and so
// is each digit: "twenty three", "23", "二十三" and "2 3" are the same two words,
// and "470-360" and "four seven oh three six zero" the same six.
func Tokens(text string) []string {
	var b strings.Builder
	text = strings.NewReplacer("’", "'", "‘", "'", "`", "'", "&", " and ", "%", " percent ", "℃", " 度 ").Replace(text)
	for _, r := range norm.NFKC.String(strings.ToLower(text)) {
		switch {
		case unicode.Is(unicode.Han, r) || r == '〇':
			b.WriteRune(' ')
			b.WriteRune(r)
			b.WriteRune(' ')
		case unicode.IsLetter(r), unicode.IsDigit(r), r == '\'', unicode.Is(unicode.Mn, r), unicode.Is(unicode.Mc, r):
			b.WriteRune(r)
		case r == ',' && endsInDigit(b.String()):
			b.WriteRune(thousands)
		case r == '.' && endsInDigit(b.String()):
			b.WriteRune(point)
		case r == '$':
			b.WriteString(" $ ")
		default:
			b.WriteRune(' ')
		}
	}
	words := split(b.String())
	return numbers(dollars(words))
}

// Marks between digits that may belong to the number: the comma of thousands,
// which is no more than that, and the point.
const (
	thousands = '\x01'
	point     = '\x02'
)

func endsInDigit(s string) bool { return s != "" && isFigure(s[len(s)-1]) }

func isFigure(b byte) bool { return b >= '0' && b <= '9' }

// split cuts at spaces and between letters and figures, and writes out what is
// contracted.
func split(text string) []string {
	var out []string
	for field := range strings.FieldsSeq(text) {
		field = strings.Trim(field, "'"+string(point)+string(thousands))
		field = strings.ReplaceAll(field, string(thousands), "")
		for _, part := range figures(field) {
			out = append(out, expand(part)...)
		}
	}
	return out
}

// figures cuts a field into runs of figures and runs of other letters; what is said
// as an ordinal ("2nd") stays whole.
func figures(field string) []string {
	var out []string
	start := 0
	for i := 1; i <= len(field); i++ {
		if i < len(field) && isFigure(field[i]) == isFigure(field[i-1]) {
			continue
		}
		part := strings.ReplaceAll(field[start:i], string(point), " point ")
		out = append(out, strings.Fields(part)...)
		start = i
	}
	if n := len(out); n >= 2 && isFigure(out[n-2][0]) && ordinalEnding(out[n-1]) {
		out = out[:n-1]
	}
	return out
}

func ordinalEnding(s string) bool { return s == "st" || s == "nd" || s == "rd" || s == "th" }

// expand writes out contractions and the few words that are spelled in two ways.
func expand(word string) []string {
	switch word {
	case "can't":
		return []string{"can", "not"}
	case "cannot":
		return []string{"can", "not"}
	case "won't":
		return []string{"will", "not"}
	case "let's":
		return []string{"let", "us"}
	case "okay":
		return []string{"ok"}
	case "e-mail":
		return []string{"email"}
	case "'s", "'":
		return nil
	}
	for _, c := range []struct{ end, full string }{
		{"n't", "not"},
		{"'re", "are"},
		{"'m", "am"},
		{"'ll", "will"},
		{"'ve", "have"},
		{"'d", "would"},
	} {
		if head, ok := strings.CutSuffix(word, c.end); ok && head != "" {
			return []string{head, c.full}
		}
	}
	if head, ok := strings.CutSuffix(word, "'s"); ok {
		switch head {
		case "it", "that", "what", "where", "there", "here", "he", "she", "who", "how", "when":
			return []string{head, "is"}
		}
	}
	return []string{strings.ReplaceAll(word, "'", "")}
}

// dollars puts the word behind the number, as it is said.
func dollars(words []string) []string {
	for i := range words {
		if words[i] != "$" {
			continue
		}
		end := i
		for end+1 < len(words) && (isFigure(words[end+1][0]) || words[end+1] == "point") {
			words[end] = words[end+1]
			end++
		}
		words[end] = "dollars"
	}
	return words
}
