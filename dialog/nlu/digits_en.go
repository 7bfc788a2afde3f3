package nlu

import "strconv"

// digitEN returns the digit that an English word names.
func digitEN(word string, loose bool) string {
	switch word {
	case "zero", "nought", "naught":
		return "0"
	case "one":
		return "1"
	case "two":
		return "2"
	case "three":
		return "3"
	case "four":
		return "4"
	case "five":
		return "5"
	case "six":
		return "6"
	case "seven":
		return "7"
	case "eight":
		return "8"
	case "nine":
		return "9"
	}
	if loose {
		return alikeEN(word)
	}
	return ""
}

// alikeEN returns the digit for which recognisers write word.
func alikeEN(word string) string {
	switch word {
	case "oh", "o", "cero":
		return "0"
	case "won":
		return "1"
	case "to", "too", "tu":
		return "2"
	case "tree", "free":
		return "3"
	case "for", "fore":
		return "4"
	case "fife", "hive":
		return "5"
	case "sicks", "sics":
		return "6"
	case "ate":
		return "8"
	case "niner", "nein":
		return "9"
	}
	return ""
}

func teenEN(word string) int {
	switch word {
	case "ten":
		return 10
	case "eleven":
		return 11
	case "twelve":
		return 12
	case "thirteen":
		return 13
	case "fourteen":
		return 14
	case "fifteen":
		return 15
	case "sixteen":
		return 16
	case "seventeen":
		return 17
	case "eighteen":
		return 18
	case "nineteen":
		return 19
	}
	return 0
}

func tensEN(word string) int {
	switch word {
	case "twenty":
		return 20
	case "thirty":
		return 30
	case "forty":
		return 40
	case "fifty":
		return 50
	case "sixty":
		return 60
	case "seventy":
		return 70
	case "eighty":
		return 80
	case "ninety":
		return 90
	}
	return 0
}

// numberEN reads "ten thousand and twenty three", "twenty three", "seven". A
// number with hundreds or thousands is reckoned, without it is one group.
func numberEN(words []string, i int, loose bool) (digits string, n int) {
	value, n := underHundredEN(words, i, loose)
	if n == i {
		return "", i
	}
	if n == len(words) || scaleEN(words[n]) == 0 {
		if d := digitEN(words[i], loose); d != "" {
			return d, n
		}
		return strconv.Itoa(value), n
	}
	total := 0
	for n < len(words) && scaleEN(words[n]) > 0 {
		scale := scaleEN(words[n])
		if scale == 100 {
			value *= scale
		} else {
			total += value * scale
			value = 0
		}
		n++
		next := n
		if next+1 < len(words) && words[next] == "and" {
			next++
		}
		if next < len(words) {
			if more, after := underHundredEN(words, next, false); after > next {
				value += more
				n = after
			}
		}
	}
	return strconv.Itoa(total + value), n
}

func underHundredEN(words []string, i int, loose bool) (value, n int) {
	if d := digitEN(words[i], loose); d != "" {
		return int(d[0] - '0'), i + 1
	}
	if v := teenEN(words[i]); v > 0 {
		return v, i + 1
	}
	v := tensEN(words[i])
	if v == 0 {
		return 0, i
	}
	if i+1 < len(words) {
		if d := digitEN(words[i+1], false); d != "" && d != "0" {
			return v + int(d[0]-'0'), i + 2
		}
	}
	return v, i + 1
}

func scaleEN(word string) int {
	switch word {
	case "hundred":
		return 100
	case "thousand":
		return 1000
	case "million":
		return 1_000_000
	}
	return 0
}
