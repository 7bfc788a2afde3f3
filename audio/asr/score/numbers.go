package score

import "strconv"

// numbers writes every number digit by digit.
func numbers(words []string) []string {
	out := make([]string, 0, len(words))
	for i := 0; i < len(words); {
		if isFigure(words[i][0]) {
			out = digits(out, words[i])
			i++
			continue
		}
		if n, text := english(words[i:]); n > 0 {
			out = digits(out, text)
			i += n
			continue
		}
		if n, text := chinese(words[i:]); n > 0 {
			out = digits(out, text)
			i += n
			continue
		}
		out = append(out, words[i])
		i++
	}
	return out
}

func digits(out []string, text string) []string {
	for _, r := range text {
		out = append(out, string(r))
	}
	return out
}

// english reads a number that words begin with, and returns how many words it is
// and its figures; "oh" counts between digits alone.
func english(words []string) (n int, text string) {
	if words[0] == "oh" && len(words) > 1 {
		if _, next := englishWord(words[1]); next == unitOne {
			return 1, "0"
		}
	}
	total, part, last := 0, 0, unitNone // part is below a thousand
	for ; n < len(words); n++ {
		if words[n] == "and" && last >= unitHundred && n+1 < len(words) {
			if _, next := englishWord(words[n+1]); next >= unitOne && next <= unitTen {
				continue
			}
		}
		value, kind := englishWord(words[n])
		if !follows(value, kind, last, part) {
			break
		}
		switch kind {
		case unitHundred:
			part *= value
		case unitThousand:
			total, part = (total+part)*value, 0
		default:
			part += value
		}
		last = kind
	}
	return n, figure(n, total+part)
}

// follows says whether a word goes on a number whose last word was of a kind and
// whose part below a thousand is that.
func follows(value, kind, last, part int) bool {
	begins := last == unitNone || last >= unitHundred
	switch kind {
	case unitOne:
		return (begins || last == unitTen) && (value > 0 || last == unitNone)
	case unitTeen, unitTen:
		return begins
	case unitHundred:
		return last != unitNone && part > 0
	case unitThousand:
		return last != unitNone
	}
	return false
}

func figure(n, value int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(value)
}

// The kinds of number words, the smallest first.
const (
	unitNone = iota
	unitOne
	unitTeen
	unitTen
	unitHundred
	unitThousand
)

func englishWord(word string) (value, kind int) {
	for i, w := range [...]string{"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"} {
		if w == word {
			return i, unitOne
		}
	}
	for i, w := range [...]string{
		"ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen",
		"seventeen", "eighteen", "nineteen",
	} {
		if w == word {
			return 10 + i, unitTeen
		}
	}
	for i, w := range [...]string{"twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"} {
		if w == word {
			return 20 + 10*i, unitTen
		}
	}
	switch word {
	case "hundred":
		return 100, unitHundred
	case "thousand":
		return 1000, unitThousand
	case "million":
		return 1000000, unitThousand
	}
	return 0, unitNone
}

// chinese reads a number of Han characters that words begin with. Digits in a row
// are read one by one; with 十百千万亿 they make a number.
func chinese(words []string) (n int, text string) {
	var row []byte
	for n < len(words) {
		value, scale := hanDigit(words[n])
		if value < 0 || scale > 0 {
			break
		}
		row = append(row, '0'+byte(value))
		n++
	}
	scaled := n < len(words)
	if scaled {
		_, scale := hanDigit(words[n])
		scaled = scale > 0
	}
	switch {
	case !scaled:
		return n, string(row)
	case n > 1:
		return n - 1, string(row[:n-1]) // the last digit belongs to the scale
	}
	return hanNumber(words)
}

// hanNumber reads a number with scales.
func hanNumber(words []string) (n int, text string) {
	total, part, digit := 0, 0, -1
	for ; n < len(words); n++ {
		value, scale := hanDigit(words[n])
		if value < 0 || (scale == 0 && digit > 0) {
			break
		}
		switch {
		case scale == 0:
			digit = value
		case scale >= 10000:
			total, part, digit = total+max(part+max(digit, 0), 1)*scale, 0, -1
		default:
			if digit < 0 {
				digit = 1
			}
			part, digit = part+digit*scale, -1
		}
	}
	return n, strconv.Itoa(total + part + max(digit, 0))
}

func hanDigit(word string) (value, scale int) {
	switch word {
	case "零", "〇":
		return 0, 0
	case "幺":
		return 1, 0
	case "两":
		return 2, 0
	case "十":
		return 0, 10
	case "百":
		return 0, 100
	case "千":
		return 0, 1000
	case "万":
		return 0, 10000
	case "亿":
		return 0, 100000000
	}
	for i, w := range [...]string{"一", "二", "三", "四", "五", "六", "七", "八", "九"} {
		if w == word {
			return i + 1, 0
		}
	}
	return -1, 0
}
