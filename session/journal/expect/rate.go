package expect

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"huike/audio/asr/score"
)

// WordError returns the word error rate of got against want: the fewest words
// to change, leave out or put in, for each word of want. Both are normalised
// alike; a Chinese character counts as a word. It is above 1 when got has much
// more than want.
func WordError(want, got string) float64 {
	return rate(strings.Fields(normalise(want)), strings.Fields(normalise(got)))
}

// CharError returns the same rate in characters, without spaces.
func CharError(want, got string) float64 {
	return rate(characters(want), characters(got))
}

// rate of nothing wanted is 0 for nothing got and 1 for anything.
func rate(want, got []string) float64 {
	if len(want) == 0 {
		return float64(min(len(got), 1))
	}
	return float64(score.Distance(want, got)) / float64(len(want))
}

// normalise leaves lower case words with single spaces between: no punctuation,
// full-width letters and digits made plain, Chinese characters set apart.
func normalise(text string) string {
	var out strings.Builder
	for _, r := range norm.NFKC.String(text) {
		switch {
		case r == '\'' || r == '’':
			// "don't" and "dont" are one word
		case unicode.Is(unicode.Han, r):
			out.WriteRune(' ')
			out.WriteRune(r)
			out.WriteRune(' ')
		case unicode.IsLetter(r), unicode.IsNumber(r), unicode.IsMark(r):
			out.WriteRune(unicode.ToLower(r))
		default:
			out.WriteRune(' ')
		}
	}
	return strings.Join(strings.Fields(out.String()), " ")
}

func characters(text string) []string {
	return strings.Split(strings.ReplaceAll(normalise(text), " ", ""), "")
}
