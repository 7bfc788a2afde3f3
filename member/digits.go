package member

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"huike/member/spoken"
)

type token int

const (
	tokenOther   token = iota // ends a number
	tokenGap                  // may stand inside a number
	tokenNothing              // has no width: the digits beside it stand together
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
	case strings.ContainsRune("嗯呃额啊哦噢喔唔呣那个是", r), unicode.IsSpace(r), unicode.IsPunct(r):
		return "", size, tokenGap
	case unicode.In(r, unicode.Cf, unicode.M):
		return "", size, tokenNothing
	}
	if v := chineseDigit(r); v != "" {
		return v, size, tokenDigit
	}
	return "", size, tokenOther
}

// readWord reads an English word: a digit, two of them (thirty eight, twelve), a
// doubled digit, hesitation or the end of the number.
func readWord(text string, at int) (string, int, token) {
	end := wordEnd(text, at)
	word := strings.ToLower(text[at:end])
	if v := englishDigit(word); v != "" {
		return v, end - at, tokenDigit
	}
	if hesitates(word) {
		return "", end - at, tokenGap
	}
	if v := teen(word); v != "" {
		return v, end - at, tokenDigit
	}
	if v := tens(word); v != "" {
		if unit, to := digitAfter(text, end); unit != "" && unit != "0" {
			return v + unit, to - at, tokenDigit
		}
		return v + "0", end - at, tokenDigit
	}
	times := 0
	switch word {
	case "double":
		times = 2
	case "triple", "treble":
		times = 3
	}
	if times > 0 {
		if v, to := digitAfter(text, end); v != "" {
			return strings.Repeat(v, times), to - at, tokenDigit
		}
	}
	return "", end - at, tokenOther
}

// digitAfter returns the single digit that follows the word that ends at end, with
// nothing but gaps between, and where it ends itself.
func digitAfter(text string, end int) (value string, to int) {
	next := end
	for next < len(text) {
		r, size := utf8.DecodeRuneInString(text[next:])
		if !unicode.IsSpace(r) && r != '-' && !unicode.In(r, unicode.Cf, unicode.M) {
			break
		}
		next += size
	}
	if next == end || next == len(text) {
		return "", end
	}
	if v := text[next]; v >= '0' && v <= '9' {
		return text[next : next+1], next + 1
	}
	to = wordEnd(text, next)
	return englishDigit(strings.ToLower(text[next:to])), to
}

// hesitates tells whether a word may stand inside a number and means nothing there.
func hesitates(word string) bool {
	if word == "and" || word == "then" {
		return true
	}
	short := make([]byte, 0, 8) // hmm and hmmmm are one word
	for i := range len(word) {
		if i > 0 && word[i] == word[i-1] {
			continue
		}
		if len(short) == 3 {
			return false
		}
		short = append(short, word[i])
	}
	switch string(short) {
	case "um", "uh", "uhm", "er", "erm", "em", "eh", "ehm", "hm", "m", "mhm", "ah":
		return true
	}
	return false
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
	if v := spoken.Digit(word); v != "" {
		return v
	}
	return spoken.Alike(word)
}

// teen knows the numbers from ten to nineteen.
func teen(word string) string {
	if v := spoken.Teen(word); v > 0 {
		return strconv.Itoa(v)
	}
	return ""
}

// tens knows the first digit of the numbers from twenty to ninety.
func tens(word string) string {
	if v := spoken.Tens(word); v > 0 {
		return strconv.Itoa(v / 10)
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
