package nlu

import (
	"strings"

	"github.com/mozillazg/go-pinyin"
)

// ear turns words into keys to how they sound, so that words which recognisers
// and accents confuse come out alike.
type ear struct{ english *strings.Replacer }

func newEar() ear {
	return ear{strings.NewReplacer("ph", "f", "ck", "k", "gh", "", "wh", "w", "kn", "n", "wr", "r",
		"sch", "sk", "tch", "C", "ch", "C", "sh", "S", "th", "t", "dge", "j", "tion", "Sn", "x", "ks",
		"qu", "kw", "ce", "se", "ci", "si", "cy", "sy", "c", "k", "z", "s", "v", "f", "d", "t", "b", "p")}
}

func (e ear) soundOf(words []string) string {
	var b strings.Builder
	for _, w := range words {
		b.WriteString(e.sound(w))
	}
	return b.String()
}

func (e ear) sound(word string) string {
	if isHan(word) {
		return soundZH([]rune(word)[0])
	}
	return e.soundEN(word)
}

// soundZH is the pinyin of c without its tone and without the differences that
// southern accents do not make: zh/z, ch/c, sh/s, n/l, f/h, -ng/-n.
func soundZH(c rune) string {
	list := pinyin.SinglePinyin(c, pinyin.Args{Style: pinyin.Normal})
	if len(list) == 0 {
		return ""
	}
	s := list[0]
	switch {
	case strings.HasPrefix(s, "zh"), strings.HasPrefix(s, "ch"), strings.HasPrefix(s, "sh"):
		s = s[:1] + s[2:]
	case strings.HasPrefix(s, "n"):
		s = "l" + s[1:]
	case strings.HasPrefix(s, "hu") && len(s) > 2:
		s = "f" + s[2:]
	}
	if strings.HasSuffix(s, "ng") {
		s = s[:len(s)-1]
	}
	return s
}

// soundEN is a rough key to how an English word sounds: doubled and silent
// letters gone, letters of one sound alike, inner vowels as one.
func (e ear) soundEN(word string) string {
	word = e.english.Replace(word)
	out := make([]byte, 0, len(word))
	for i := range len(word) {
		c := word[i]
		switch c {
		case 'a', 'e', 'i', 'o', 'u', 'y':
			if c == 'e' && i == len(word)-1 && i > 1 {
				continue // silent
			}
			c = 'a'
		case 'h':
			if i > 0 {
				continue
			}
		}
		if len(out) > 0 && out[len(out)-1] == c {
			continue
		}
		out = append(out, c)
	}
	return string(out)
}

// distance is Levenshtein's, for short ASCII keys.
func distance(a, b string) int {
	var short [48]int
	row := short[:]
	if len(b) >= len(short) {
		row = make([]int, len(b)+1)
	}
	for j := range len(b) + 1 {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
