package nlu

import (
	"strconv"
	"strings"
)

// mostAhead is how many days off a caller may mean, told by their number.
const mostAhead = 366

// afterEN reads days told by how far off they are: "in three days", "in a week", "two
// days from now"; "three days later" than the day that was spoken of.
func afterEN(words []string, i int) (value string, n int) {
	k := i
	in := words[k] == "in"
	if in {
		k++
	}
	days, n := lengthEN(words, k)
	if n == k || days > mostAhead {
		return "", i
	}
	switch {
	case in:
		return "today+" + strconv.Itoa(days), n
	case at(words, n) == "later":
		return "later+" + strconv.Itoa(days), n + 1
	case at(words, n) == "from":
		switch at(words, n+1) {
		case "now", "today":
			return "today+" + strconv.Itoa(days), n + 2
		case "tomorrow":
			return "today+" + strconv.Itoa(days+1), n + 2
		}
	}
	return "", i
}

// lengthEN reads "three days", "a week" and "a couple of weeks", in days.
func lengthEN(words []string, i int) (days, n int) {
	if i >= len(words) {
		return 0, i
	}
	var err error
	switch n = i + 1; words[i] {
	case "a", "one":
		if days = 1; at(words, n) == "couple" && at(words, n+1) == "of" {
			days, n = 2, n+2
		}
	default:
		var d string
		d, n = digitRunAt(words, i)
		if days, err = strconv.Atoi(d); err != nil || days > mostAhead {
			return 0, i
		}
	}
	switch at(words, n) {
	case "day", "days":
		return days, n + 1
	case "week", "weeks":
		return 7 * days, n + 1
	}
	return 0, i
}

// nextEN reads "next Friday", "next week on Friday" and "next weekend".
func nextEN(words []string, i int) (value string, n int) {
	n = i + 1
	switch at(words, n) {
	case "weekend":
		return "sat+1w", n + 1
	case "week":
		if n++; at(words, n) == "on" {
			n++
		}
	}
	if d := weekdayEN(at(words, n)); d != "" {
		return d + "+1w", n + 1
	}
	return "", i
}

// weekEN reads the week behind a weekday: "Friday next week", "Friday of next week". One
// of last week is no day to come: then value is empty.
func weekEN(words []string, i int, weekday string) (value string, n int) {
	k := i
	if at(words, k) == "of" {
		k++
	}
	if at(words, k+1) == "week" {
		switch at(words, k) {
		case "next":
			return weekday + "+1w", k + 2
		case "last":
			return "", i
		}
	}
	return weekday, i
}

// afterDaysZH reads 三天后, 两周以后, 一个星期之后.
func afterDaysZH(words []string, i int) (value string, n int) {
	d, n := digitRunAt(words, i)
	days, err := strconv.Atoi(d)
	if n == i || err != nil || days < 1 || days > mostAhead {
		return "", i
	}
	if at(words, n) == "个" {
		n++
	}
	switch {
	case at(words, n) == "天":
		n++
	case at(words, n) == "周":
		days, n = 7*days, n+1
	case at(words, n)+at(words, n+1) == "星期", at(words, n)+at(words, n+1) == "礼拜":
		days, n = 7*days, n+2
	default:
		return "", i
	}
	if w := at(words, n); w == "以" || w == "之" {
		n++
	}
	if at(words, n) != "后" || days > mostAhead {
		return "", i
	}
	return "today+" + strconv.Itoa(days), n + 1
}

// lastWeek says whether the week at words[i] is one that is over: 上周三, 上个星期五; and
// not 早上, 加上.
func lastWeek(words []string, i int) bool {
	k := i - 1
	if at(words, k) == "个" {
		k--
	}
	return at(words, k) == "上" && (k == 0 || !strings.Contains("早晚加赶碰遇网线马", words[k-1]))
}
