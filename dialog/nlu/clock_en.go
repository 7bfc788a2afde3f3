package nlu

import (
	"slices"
	"strconv"
	"strings"
)

// hourEN reads "three pm", "3 oclock", "nine in the morning", "half past two",
// "3:30". With bare set, because a time is due, "three thirty" is one too.
func hourEN(words []string, i int, bare bool) (value string, n int) {
	if v, n := aroundEN(words, i); n > i {
		return v, n
	}
	h, m, n := hourAndMinutes(words, i)
	if n == i {
		return "", i
	}
	switch half, k := halfEN(words, n); half {
	case "pm":
		return clock(h%12+12, m), k
	case "am":
		return clock(h, m), k
	}
	if at(words, n) == "oclock" {
		return clock(opening(h), m), n + 1
	}
	if later, k := inThe(words, n); k > n {
		if later && h < 12 {
			h += 12
		}
		return clock(h, m), k
	}
	if strings.Contains(words[i], ":") || bare && (m > 0 || h > 0 && h <= 12 && aloneAt(words, i, n)) {
		return clock(opening(h), m), n
	}
	return "", i
}

// aloneAt says whether words[i:n] is all of an answer, or stands against another hour:
// "not half past three, four".
func aloneAt(words []string, i, n int) bool {
	if at(words, i-1) == "not" {
		return true
	}
	return n == len(words) && (i == 0 || slices.Contains(words[:i], "not"))
}

// halfEN reads "am" and "pm", and "p m" as some recognisers write it.
func halfEN(words []string, i int) (half string, n int) {
	switch w := at(words, i); w {
	case "am", "pm":
		return w, i + 1
	case "a", "p":
		if at(words, i+1) == "m" {
			return w + "m", i + 2
		}
	}
	return "", i
}

// aroundEN reads "half past two", "quarter to four", "twenty past three" and, behind
// "at", "ten to five".
func aroundEN(words []string, i int) (value string, n int) {
	var minutes int
	switch at(words, i) + " " + at(words, i+1) {
	case "half past":
		minutes = 30
	case "quarter past":
		minutes = 15
	case "quarter to":
		minutes = -15
	default:
		return minutesPast(words, i)
	}
	if v, n := pastEN(words, i+2, minutes); v != "" {
		return v, n
	}
	return "", i
}

func minutesPast(words []string, i int) (value string, n int) {
	if i >= len(words) || isHan(words[i]) {
		return "", i
	}
	const five = 5
	m, k := underHundredEN(words, i, false)
	if k == i {
		m, _ = strconv.Atoi(words[i])
		k = i + 1
	}
	if m < five || m%five != 0 || m >= 6*five {
		return "", i
	}
	switch at(words, k) {
	case "past":
	case "to":
		if w := at(words, i-1); w != "at" && w != "around" && w != "about" && w != "by" { // "ten to five people"
			return "", i
		}
		m = -m
	default:
		return "", i
	}
	if v, n := pastEN(words, k+1, m); v != "" {
		return v, n
	}
	return "", i
}

// hourAndMinutes reads "nine", "9:30" and "three thirty"; n == i where there is no
// hour.
func hourAndMinutes(words []string, i int) (h, m, n int) {
	w := at(words, i)
	if hour, minute, written := strings.Cut(w, ":"); written {
		h, _ = strconv.Atoi(hour)
		m, _ = strconv.Atoi(minute)
		if h > 23 || m > 59 {
			return 0, 0, i
		}
		return h, m, i + 1
	}
	if w == "" || isHan(w) || digitEN(at(words, i-1), false) != "" && !slices.Contains(words[:i], "not") { // a number that is spoken digit by digit
		return 0, 0, i
	}
	h, n = underHundredEN(words, i, false)
	if n == i {
		d, next := digitRunAt(words, i)
		hour, err := strconv.Atoi(d)
		if next == i || err != nil {
			return 0, 0, i
		}
		h, n = hour, next
	}
	if h > 23 || n > i+1 {
		return 0, 0, i
	}
	m, after := minutesEN(words, n)
	if h == 0 && after == n {
		return 0, 0, i
	}
	return h, m, after
}

// minutesEN reads the "thirty" of "three thirty" and the "oh five" of "three oh five".
func minutesEN(words []string, i int) (m, n int) {
	if w := at(words, i); w == "oh" || w == "o" || w == "zero" {
		if d := digitEN(at(words, i+1), false); d != "" && d != "0" {
			return int(d[0] - '0'), i + 2
		}
		return 0, i
	}
	const fewest, most = 10, 59
	if i < len(words) && !isHan(words[i]) {
		if m, n := underHundredEN(words, i, false); n > i && m >= fewest && m <= most {
			if _, more := underHundredEN(words, min(n, len(words)-1), false); n >= len(words) || more == n { // "three thirty four five" is a number
				return m, n
			}
		}
	}
	return 0, i
}

// inThe reads "in the afternoon" and "at night" behind an hour; later says whether
// that is the second half of the day.
func inThe(words []string, i int) (later bool, n int) {
	n = i
	if w := at(words, n); w == "in" || w == "at" {
		n++
	}
	if at(words, n) == "the" {
		n++
	}
	if n == i {
		return false, i
	}
	switch at(words, n) {
	case "morning":
		return false, n + 1
	case "afternoon", "evening", "night":
		return true, n + 1
	}
	return false, i
}

// bareAt reads the hour of "at three", "around 3" and "at three thirty" behind a day.
func bareAt(words []string, i int) (value string, n int) {
	if w := at(words, i); w != "at" && w != "around" && w != "about" {
		return "", i
	}
	if v, n := aroundEN(words, i+1); n > i+1 {
		return v, n
	}
	h, m, n := hourAndMinutes(words, i+1)
	if n == i+1 || h < 1 {
		return "", i
	}
	if at(words, n) == "oclock" {
		n++
	}
	return clock(opening(h), m), n
}

// within reads the hour behind a part of the day: "tomorrow morning at seven".
func within(words []string, i int, part string) (value string, n int) {
	if part != "morning" && part != "afternoon" && part != "evening" {
		return part, i
	}
	v, n := bareAt(words, i)
	if n == i {
		return part, i
	}
	h, _ := strconv.Atoi(v[:2])
	if h > 12 {
		h -= 12
	}
	if part != "morning" && h < 12 {
		h += 12
	}
	return twoDigits(h) + v[2:], n
}

// opening is an hour of which nobody said which half of the day it is in. A shop's
// hours decide: one to seven is the afternoon.
func opening(hour int) int {
	const earliest = 8
	if hour > 0 && hour < earliest {
		return hour + 12
	}
	return hour
}

// pastEN reads the hour of "half past three pm" and "quarter to four".
func pastEN(words []string, i, minutes int) (value string, n int) {
	h, _, n := hourAndMinutes(words, i)
	if n > i+1 { // "half past three, five"
		n = i + 1
	}
	if n == i || h < 1 || h > 12 {
		return "", i
	}
	half, n := halfEN(words, n)
	switch half {
	case "am":
	case "pm":
		h = h%12 + 12
	default:
		h = opening(h)
	}
	if minutes < 0 {
		h, minutes = h-1, minutes+60
	}
	return clock(h, minutes), n
}
