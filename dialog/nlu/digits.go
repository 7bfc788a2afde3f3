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
		from := n
		if b.Len() > 0 && filler(words[n]) && n+1 < len(words) {
			from++
		}
		d, next := nextNumber(words, from, b.Len() > 0, loose && from == n, loose)
		if next == from || n > i && apart(words[from-1], words[from]) {
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

// nextNumber reads one number of a run, of which there is something already where within
// is set; counted is whether 三个零 may begin it.
func nextNumber(words []string, i int, within, loose, counted bool) (digits string, n int) {
	if within || counted {
		if d, n := several(words, i); n > i {
			return d, n
		}
	}
	if within && at(words, i+1) == "个" { // 10023两个
		return "", i
	}
	return oneNumber(words, i, loose || within && (words[i] == "oh" || words[i] == "o"))
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

// several reads 三个零, where more digits follow or nothing does: not the 两个一 of 两个一起.
func several(words []string, i int) (digits string, n int) {
	if at(words, i+1) != "个" {
		return "", i
	}
	times, one := oneDigit(words[i]), oneDigit(at(words, i+2))
	if times < "2" || times > "5" || one == "" || i+3 < len(words) && oneDigit(words[i+3]) == "" {
		return "", i
	}
	return strings.Repeat(one, int(times[0]-'0')), i + 3
}

// oneDigit is the digit that a word is, or a Han character says.
func oneDigit(word string) string {
	if len(word) == 1 && word[0] >= '0' && word[0] <= '9' {
		return word
	}
	return digitZH(word, false)
}

func repeated(word string) int {
	switch word {
	case "double":
		return 2
	case "triple", "treble":
		return 3
	case "quadruple":
		return 4
	}
	return 0
}
