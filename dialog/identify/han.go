package identify

import (
	"strings"
	"unicode"

	"github.com/mozillazg/go-pinyin"
)

// numerals writes Chinese numbers up to 99 in digits: 三十一 is 31, 幺三八 is 138.
func numerals(text string) string {
	if !strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
		return text
	}
	runes := []rune(text)
	digit := func(i int) int {
		if i < 0 || i >= len(runes) {
			return -1
		}
		return numeral(runes[i])
	}
	var b strings.Builder
	for i, r := range runes {
		switch d := digit(i); {
		case r == '十':
			if digit(i-1) < 0 {
				b.WriteByte('1')
			}
			if digit(i+1) < 0 {
				b.WriteByte('0')
			}
		case d >= 0:
			b.WriteByte('0' + byte(d))
		case r == '月' || r == '年' || r == '号' || r == '日':
			b.WriteByte(' ')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func numeral(r rune) int {
	switch r {
	case '〇', '零':
		return 0
	case '幺':
		return 1
	case '两':
		return 2
	}
	for d, n := range []rune("零一二三四五六七八九") {
		if n == r {
			return d
		}
	}
	return -1
}

// sounds writes Chinese characters as they sound, without tones: members' names
// are written with characters that no recogniser can know.
func sounds(text string) string {
	var b strings.Builder
	for _, r := range text {
		if unicode.Is(unicode.Han, r) {
			if said := pinyin.SinglePinyin(r, pinyin.NewArgs()); len(said) > 0 {
				b.WriteString(" " + said[0] + " ")
				continue
			}
		}
		b.WriteRune(r)
	}
	return b.String()
}
