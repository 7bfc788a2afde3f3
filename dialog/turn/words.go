package turn

import (
	"strings"
	"unicode"

	"huike/dialog"
)

// completeness says how much the caller's words so far look like a whole answer.
type completeness int

const (
	unsure completeness = iota
	complete
	incomplete
	listing // ends with a comma, which recognisers also put after a whole answer
)

// judge tells how complete text is for the answer that is due.
func judge(text string, expect dialog.Expect) completeness {
	words := fold(text)
	if words == "" {
		return unsure
	}
	if expect.Kind == "digits" && expect.Digits > 0 {
		switch n := digits(words); {
		case n >= expect.Digits:
			return complete
		case n > 0:
			return incomplete
		}
	}
	if open(words) {
		return incomplete
	}
	switch r := lastRune(text); r {
	case '?', '？':
		return complete // a full stop says less: recognisers put one after any words
	case ',', '，', '、':
		return listing // "No, on Friday"
	}
	if expect.Kind == "yesno" && len(strings.Fields(words)) <= 3 {
		return complete
	}
	return unsure
}

// open says whether folded words end as nobody ends a turn.
func open(words string) bool {
	if strings.HasSuffix(words, "think so") || strings.HasSuffix(words, "hope so") {
		return false
	}
	for _, tail := range openEnds() {
		if words == tail || strings.HasSuffix(words, " "+tail) || (hanEnd(tail) && strings.HasSuffix(words, tail)) {
			return true
		}
	}
	return false
}

// openEnds are the words that nobody ends a turn with.
func openEnds() []string {
	return []string{
		"and", "but", "or", "so", "because", "the", "a", "an", "my", "is", "of", "for", "to", "with", "number is",
		"um", "uh", "i", "然后", "还有", "就是", "因为", "但是", "我的", "那个", "是",
	}
}

// Backchannel reports whether text is a listener's noise ("mm-hm", "嗯", "okay")
// that asks for nothing, or no words at all.
func Backchannel(text string) bool {
	words := fold(text)
	if words == "" {
		return true
	}
	for w := range strings.FieldsSeq(words) {
		if !murmur(w) {
			return false
		}
	}
	return true
}

func murmur(w string) bool {
	switch w {
	case "mm", "mmm", "mhm", "hm", "hmm", "hmmm", "mm-hm", "mm-hmm", "mmhm", "mmhmm", "uh", "huh", "uh-huh", "um", "ah", "oh",
		"yeah", "yep", "ok", "okay", "right", "sure", "aha", "i", "see",
		"嗯", "嗯嗯", "哦", "噢", "啊", "好的", "好", "对", "对对", "是的", "行", "唔", "呃":
		return true
	}
	return false
}

// fold lowers text and takes out punctuation but for apostrophes and hyphens
// inside words.
func fold(text string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(text) {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), r == '\'', r == '-':
			b.WriteRune(r)
		default:
			b.WriteByte(' ')
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// digits counts the digits in folded words, written or spoken.
func digits(words string) int {
	n := 0
	for _, r := range words {
		if unicode.IsDigit(r) || strings.ContainsRune("零一二三四五六七八九幺", r) {
			n++
		}
	}
	for w := range strings.FieldsSeq(words) {
		switch w {
		case "zero", "oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine":
			n++
		}
	}
	return n
}

func lastRune(text string) rune {
	trimmed := strings.TrimSpace(text)
	if trimmed == "" {
		return 0
	}
	runes := []rune(trimmed)
	return runes[len(runes)-1]
}

func hanEnd(s string) bool { return unicode.Is(unicode.Han, lastRune(s)) }
