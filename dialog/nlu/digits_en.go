package nlu

import (
	"strconv"

	"huike/member/spoken"
)

// digitEN returns the digit that an English word names.
func digitEN(word string, loose bool) string {
	if v := spoken.Digit(word); v != "" || !loose {
		return v
	}
	return alikeEN(word)
}

// alikeEN returns the digit for which recognisers write word.
func alikeEN(word string) string {
	switch word {
	case "cero":
		return "0"
	case "won":
		return "1"
	case "tu":
		return "2"
	case "tree", "free":
		return "3"
	case "fore":
		return "4"
	case "fife", "hive":
		return "5"
	case "sicks", "sics":
		return "6"
	case "ate":
		return "8"
	case "nein":
		return "9"
	}
	return spoken.Alike(word)
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
	if v := spoken.Teen(words[i]); v > 0 {
		return v, i + 1
	}
	v := spoken.Tens(words[i])
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
