package nlu

import (
	"strings"
)

// digitRun reads the longest run of spoken or written digits at words[i] and
// returns them with the index behind it; n == i when there is none. Numbers
// side by side are written one after the other ("ten oh two three" is 10023),
// numbers with hundreds and thousands are reckoned ("两千零五十" is 2050). With
// loose set, because digits are due, sound-alikes count too: "to", "for", "oh".
func digitRun(words []string, i int, loose bool) (digits string, n int) {
	var b strings.Builder
	n = i
	if words[i] == "+" {
		n++
	}
	for n < len(words) {
		at := n
		if b.Len() > 0 && filler(words[n]) && n+1 < len(words) {
			at++
		}
		d, next := oneNumber(words, at, loose && at == n || b.Len() > 0 && (words[at] == "oh" || words[at] == "o"))
		if next == at || n > i && apart(words[at-1], words[at]) {
			break
		}
		b.WriteString(d)
		n = next
	}
	switch {
	case b.Len() == 0:
		return "", i
	case words[i] == "+":
		return "+" + b.String(), n
	}
	return b.String(), n
}

// apart says whether two written numbers side by side are two: "10023, 10024".
func apart(a, b string) bool {
	const long = 5
	written := func(w string) bool { return w[0] >= '0' && w[0] <= '9' }
	return written(a) && written(b) && (len(a) >= long || len(b) >= long && len(a) > 2) // "+86 13800001234" is one
}

// filler is what people say between digits.
func filler(word string) bool {
	switch word {
	case "um", "uh", "er", "then", "and", "dash", "那", "呃", "嗯", "杠", "然":
		return true
	}
	return false
}

// oneNumber reads one number at words[i].
func oneNumber(words []string, i int, loose bool) (digits string, n int) {
	w := words[i]
	if w[0] >= '0' && w[0] <= '9' {
		if strings.ContainsAny(w, ".:") { // an amount, a time
			return "", i
		}
		return w, i + 1
	}
	if times := repeated(w); times > 0 && i+1 < len(words) {
		if d := digitEN(words[i+1], true); d != "" {
			return strings.Repeat(d, times), i + 2
		}
		if len(words[i+1]) == 1 && words[i+1][0] >= '0' && words[i+1][0] <= '9' {
			return strings.Repeat(words[i+1], times), i + 2
		}
	}
	if i+1 < len(words) { // "four zeros"
		if d := digitEN(singular(words[i+1]), false); d != "" {
			if times := digitEN(w, false); times != "" && times != "0" {
				return strings.Repeat(d, int(times[0]-'0')), i + 2
			}
		}
	}
	if isHan(w) {
		return numberZH(words, i, loose)
	}
	return numberEN(words, i, loose)
}

// singular returns the digit of which word names several: "zeros", "sixes".
func singular(word string) string {
	one, ok := strings.CutSuffix(word, "s")
	if !ok {
		return ""
	}
	if one == "zeroe" || one == "sixe" {
		return one[:len(one)-1]
	}
	return one
}

func repeated(word string) int {
	switch word {
	case "double":
		return 2
	case "triple":
		return 3
	}
	return 0
}
