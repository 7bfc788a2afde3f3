package asr

import "strings"

// alike are words that sound as digits do, with the digits.
const alike = " to:two too:two for:four won:one ate:eight "

// asDigits returns text with the words that sound as digits do written as digits where
// they stand between two: "eight to six" is 826, "for six weeks" is none of ours.
func asDigits(text string) string {
	words := strings.Fields(text)
	changed := false
	for i := 1; i+1 < len(words); i++ {
		bare := strings.TrimRight(words[i], ",-")
		_, after, found := strings.Cut(alike, " "+strings.ToLower(bare)+":")
		if !found || strings.ContainsAny(words[i-1], ".?!") || !isDigits(words[i-1]) || !isDigits(words[i+1]) {
			continue
		}
		digit, _, _ := strings.Cut(after, " ")
		words[i], changed = digit+words[i][len(bare):], true
	}
	if !changed {
		return text
	}
	return strings.Join(words, " ")
}
