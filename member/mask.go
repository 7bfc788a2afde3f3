package member

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Shape of a mainland mobile number: 1, then 3 to 9, then nine more digits. The
// first three and the last four stay readable (138****1234).
const (
	mobileDigits = 11
	keepHead     = 3
	keepTail     = 4
	longDigits   = 12 // an unbroken number this long is a card, an identity or a foreign phone
)

// Mask hides the middle of every mobile number in a text, however it is written or
// was spoken: 13800001234, 138-0000-1234, 1 3 8 0 ..., １３８..., 幺三八零..., "one three
// eight double zero ...". Unbroken numbers of 12 digits and more (identity cards,
// bank cards) and numbers written with a plus are masked too. Anything else comes
// back as it is.
func Mask(text string) string { return mask(text, false) }

// MaskPartial is [Mask] for a text that is still growing, such as a partial caption
// or keys being pressed: a number that begins like a mobile number and has reached
// four digits at the text's end is masked from the fourth digit on.
func MaskPartial(text string) string { return mask(text, true) }

// digit is a stretch of text that stands for one to three digits.
type digit struct {
	start, end int    // bytes
	value      string // such as "8", or "00" for "double zero"
	chunk      int    // which unbroken stretch of digits it belongs to
	comma      bool   // a comma stood before it
	plus       bool   // a plus stood before it
	hidden     bool
}

func mask(text string, partial bool) string {
	var room [32]digit
	run, chunk := room[:0], 0
	var out strings.Builder
	copied := 0
	flush := func(atEnd bool) {
		if hideRun(run, partial && atEnd) {
			for _, d := range run {
				if d.hidden {
					out.WriteString(text[copied:d.start])
					out.WriteString(strings.Repeat("*", len(d.value)))
					copied = d.end
				}
			}
		}
		run = run[:0]
	}
	var comma, plus bool
	for at := 0; at < len(text); {
		value, size, kind := readToken(text, at)
		switch kind {
		case tokenDigit:
			if n := len(run); n > 0 && (text[run[n-1].start] < utf8.RuneSelf) != (text[at] < utf8.RuneSelf) {
				chunk++ // 我要138...: the verb is no digit of the number
			}
			run = append(run, digit{start: at, end: at + size, value: value, chunk: chunk, comma: comma, plus: plus})
			comma, plus = false, false
		case tokenGap:
			chunk++
			comma = comma || value == ","
			plus = value == "+" || (plus && len(run) == 0)
		case tokenOther:
			flush(false)
			chunk++
			comma, plus = false, false
		}
		at += size
	}
	flush(true)
	if copied == 0 {
		return text
	}
	out.WriteString(text[copied:])
	return out.String()
}

// hideRun marks what must be hidden in a run of digits that only gaps divide, and
// reports whether anything is.
func hideRun(run []digit, partial bool) bool {
	hidden := false
	for from := 0; from < len(run); {
		to := from + 1
		for to < len(run) && !splits(run, from, to) {
			to++
		}
		if hideNumber(run[from:to], partial && to == len(run)) {
			hidden = true
		}
		from = to
	}
	return hidden
}

// splits reports whether a comma at run[at] divides two numbers, not two groups of
// one: both its neighbours are written in five digits or more.
func splits(run []digit, from, at int) bool {
	if !run[at].comma {
		return false
	}
	before, after := 0, 0
	for i := at - 1; i >= from && run[i].chunk == run[at-1].chunk; i-- {
		before += len(run[i].value)
	}
	for i := at; i < len(run) && run[i].chunk == run[at].chunk; i++ {
		after += len(run[i].value)
	}
	return before >= 5 && after >= 5
}

// hideNumber masks every window of the run that could be a mobile number. Where one
// is written as a stretch of its own, that one alone; a long stretch as a whole.
func hideNumber(run []digit, partial bool) bool {
	digits, owner := spread(run)
	n := len(digits)
	switch {
	case n < mobileDigits && !run[0].plus:
		if partial && n > keepHead && digits[0] == '1' && digits[1] >= '3' {
			return hideSpan(run, owner, keepHead, n)
		}
		return false
	case hideWhole(run, digits, owner):
		return true
	}
	found := false
	for i := 0; i+mobileDigits <= n; i++ {
		if isMobile(digits[i : i+mobileDigits]) {
			found = hideSpan(run, owner, i+keepHead, i+mobileDigits-keepTail) || found
		}
	}
	if !found && run[0].plus && n >= 8 {
		return hideSpan(run, owner, keepHead, n-keepTail)
	}
	return found
}

// hideWhole deals with the stretches that stand for a number by themselves.
func hideWhole(run []digit, digits string, owner []int) bool {
	found := false
	for from := 0; from < len(owner); {
		to := from + 1
		for to < len(owner) && run[owner[to]].chunk == run[owner[from]].chunk {
			to++
		}
		size, country := to-from, 0
		for _, prefix := range [...]string{"86", "0086"} {
			if size == len(prefix)+mobileDigits && strings.HasPrefix(digits[from:], prefix) {
				country = len(prefix)
			}
		}
		switch {
		case size-country == mobileDigits && isMobile(digits[from+country:to]), size >= longDigits:
			found = hideSpan(run, owner, from+country+keepHead, to-keepTail) || found
		}
		from = to
	}
	return found
}

// spread writes the run digit by digit, with the index of each digit's owner.
func spread(run []digit) (string, []int) {
	var b strings.Builder
	owner := make([]int, 0, len(run))
	for i := range run {
		b.WriteString(run[i].value)
		for range run[i].value {
			owner = append(owner, i)
		}
	}
	return b.String(), owner
}

func hideSpan(run []digit, owner []int, from, to int) bool {
	for i := from; i < to; i++ {
		run[owner[i]].hidden = true
	}
	return from < to
}

func isMobile(digits string) bool {
	return len(digits) == mobileDigits && digits[0] == '1' && digits[1] >= '3'
}

// maskNumber masks a number that is known to be one.
func maskNumber(number string) string {
	if len(number) <= keepHead+keepTail {
		return "****"
	}
	return number[:keepHead] + "****" + number[len(number)-keepTail:]
}

type token int

const (
	tokenOther token = iota // ends a number
	tokenGap                // may stand inside a number
	tokenDigit
)

// readToken reads what stands at text[at:]: its digits or its kind of gap, its size
// in bytes, and what it is.
func readToken(text string, at int) (value string, size int, kind token) {
	r, size := utf8.DecodeRuneInString(text[at:])
	switch {
	case r >= '0' && r <= '9':
		return text[at : at+1], size, tokenDigit
	case r >= '０' && r <= '９':
		return string('0' + r - '０'), size, tokenDigit
	case strings.ContainsRune(",，、;；", r):
		return ",", size, tokenGap
	case r == '+' || r == '＋':
		return "+", size, tokenGap
	case r < utf8.RuneSelf && unicode.IsLetter(r):
		return readWord(text, at)
	case strings.ContainsRune("嗯呃啊哦那个是", r), unicode.IsSpace(r), unicode.IsPunct(r):
		return "", size, tokenGap
	}
	if v := chineseDigit(r); v != "" {
		return v, size, tokenDigit
	}
	return "", size, tokenOther
}

// readWord reads an English word: a digit, a doubled digit, a filler or the end of
// the number.
func readWord(text string, at int) (string, int, token) {
	end := wordEnd(text, at)
	word := strings.ToLower(text[at:end])
	times := 0
	switch word {
	case "double":
		times = 2
	case "triple", "treble":
		times = 3
	case "um", "uh", "er", "erm", "and", "then":
		return "", end - at, tokenGap
	}
	if times == 0 {
		if v := englishDigit(word); v != "" {
			return v, end - at, tokenDigit
		}
		return "", end - at, tokenOther
	}
	next := end
	for next < len(text) && (text[next] == ' ' || text[next] == '-') {
		next++
	}
	if next == end || next == len(text) {
		return "", end - at, tokenOther
	}
	v, size := text[next:next+1], 1
	if v[0] < '0' || v[0] > '9' {
		size = wordEnd(text, next) - next
		v = englishDigit(strings.ToLower(text[next : next+size]))
	}
	if v == "" {
		return "", end - at, tokenOther
	}
	return strings.Repeat(v, times), next + size - at, tokenDigit
}

func wordEnd(text string, at int) int {
	for at < len(text) && text[at] < utf8.RuneSelf && unicode.IsLetter(rune(text[at])) {
		at++
	}
	return at
}

// englishDigit knows the spoken digits, and the words that recognisers write for
// them inside a number.
func englishDigit(word string) string {
	switch word {
	case "zero", "oh", "o", "nought":
		return "0"
	case "one":
		return "1"
	case "two", "to", "too":
		return "2"
	case "three":
		return "3"
	case "four", "for":
		return "4"
	case "five":
		return "5"
	case "six":
		return "6"
	case "seven":
		return "7"
	case "eight":
		return "8"
	case "nine", "niner":
		return "9"
	}
	return ""
}

// chineseDigit knows the digits, the spoken one (幺) and the characters that
// recognisers write for it.
func chineseDigit(r rune) string {
	const digits = "零一二三四五六七八九"
	switch r {
	case '〇', '○', '洞':
		return "0"
	case '幺', '么', '腰', '妖', '要', '壹':
		return "1"
	case '两', '贰':
		return "2"
	case '拐':
		return "7"
	}
	if i := strings.IndexRune(digits, r); i >= 0 {
		return string(rune('0' + i/len("零")))
	}
	return ""
}
