package nlu

import (
	"strconv"
	"strings"

	"huike/member/spoken"
)

// dayAlone reads a day of which the month is not named, or named behind it: "the
// thirty first", "the first of next month", 三十号, 下个月一号, 月底.
func dayAlone(words []string, i int) (value string, n int) {
	if v, n := dayAloneZH(words, i); n > i {
		return v, n
	}
	k := i
	switch at(words, k) {
	case "on", "for", "by", "until", "till", "from", "to":
		k++
	}
	led := k > i
	if at(words, k) == "the" {
		k++
	}
	if at(words, k) == "end" && at(words, k+1) == "of" {
		if month, n := monthAfter(words, k+2); n > k+2 {
			return month + "d31", n
		}
		return "", i
	}
	day, n := ordinalEN(words, k)
	if n == k {
		return "", i
	}
	if v, after := dayOf(words, n, twoDigits(day)); after > n {
		return v, after
	}
	const choices = 12 // of so many things callers say "the third"
	if k == i || at(words, n) == "of" || at(words, n) == "one" || day <= choices && !led {
		return "", i
	}
	return "d" + twoDigits(day), n
}

// dayOf reads the month behind a day: "of next month", "of May", "May".
func dayOf(words []string, i int, day string) (value string, n int) {
	k := i
	if at(words, k) == "of" {
		k++
	}
	if m := monthEN(at(words, k)); m > 0 {
		return twoDigits(m) + "-" + day, k + 1
	}
	if month, n := monthAfter(words, k); n > k && k > i {
		return month + "d" + day, n
	}
	return "", i
}

// monthAfter reads "next month", "this month" and "the month" behind "of".
func monthAfter(words []string, i int) (value string, n int) {
	if at(words, i+1) != "month" {
		return "", i
	}
	switch at(words, i) {
	case "next":
		return "m+1", i + 2
	case "this", "the":
		return "m+0", i + 2
	}
	return "", i
}

// dayAloneZH reads 三十号, 这个月三十号, 下个月一号, 下月底. What follows 路 or is followed
// by 楼 is a house.
func dayAloneZH(words []string, i int) (value string, n int) {
	month, k := monthZH(words, i)
	if w := at(words, k); month != "" && (w == "底" || w == "末") {
		return month + "d31", k + 1
	}
	if month != "" && at(words, k) == "的" {
		k++
	}
	d, n := digitRunAt(words, k)
	day, err := strconv.Atoi(d)
	if n == k || err != nil || day < 1 || day > 31 || at(words, n) != "号" && (month == "" || at(words, n) != "日") {
		return "", i
	}
	if month == "" && house(words, k, n) {
		return "", i
	}
	return month + "d" + twoDigits(day), n + 1
}

// house says whether words[i:n] is the number of a house or a thing.
func house(words []string, i, n int) bool {
	return i > 0 && strings.Contains(streets, words[i-1]) || n+1 < len(words) && strings.Contains(rooms, words[n+1])
}

// What stands before the number of a house, and behind that of a thing.
const (
	streets = "路街道巷弄楼栋区村镇幢座第线馆"
	rooms   = "店楼线门院室码单订会员馆座栋"
)

// monthZH reads 下个月, 这个月, 本月, and the 月 of 月底.
func monthZH(words []string, i int) (month string, n int) {
	switch at(words, i) {
	case "下":
		month = "m+1"
	case "这", "本":
		month = "m+0"
	case "月":
		if w := at(words, i+1); w == "底" || w == "末" {
			return "m+0", i + 1
		}
		return "", i
	default:
		return "", i
	}
	n = i + 1
	if at(words, n) == "个" {
		n++
	}
	if at(words, n) != "月" {
		return "", i
	}
	return month, n + 1
}

// ordinalEN reads "first", "thirty first", "21 st".
func ordinalEN(words []string, i int) (day, n int) {
	const most = 31
	w := at(words, i)
	if day, err := strconv.Atoi(w); err == nil {
		switch at(words, i+1) {
		case "th", "st", "nd", "rd":
			if day >= 1 && day <= most {
				return day, i + 2
			}
		}
		return 0, i
	}
	if tens := spoken.Tens(w); tens == 20 || tens == 30 {
		if one := ordinal(at(words, i+1)); one > 0 && one < 10 && tens+one <= most {
			return tens + one, i + 2
		}
		return 0, i
	}
	if day := ordinal(w); day > 0 {
		return day, i + 1
	}
	return 0, i
}

// ordinal is the number of "first" to "twentieth" and of "thirtieth", 0 for other words.
func ordinal(word string) int {
	switch word {
	case "first":
		return 1
	case "second":
		return 2
	case "third":
		return 3
	case "thirtieth":
		return 30
	}
	root, ok := strings.CutSuffix(word, "th")
	if !ok {
		return 0
	}
	switch root {
	case "fif":
		root = "five"
	case "eigh":
		root = "eight"
	case "nin":
		root = "nine"
	case "twelf":
		root = "twelve"
	case "twentie":
		return 20
	}
	if d := digitEN(root, false); d != "" {
		return int(d[0] - '0')
	}
	return spoken.Teen(root)
}
