package nlu

import (
	"slices"
	"strconv"
	"strings"
)

// partAt reads a part of the day or an hour.
func partAt(words []string, i int, bare bool) (value string, n int) {
	if i >= len(words) {
		return "", i
	}
	if v, n := partZH(words, i); n > i {
		return v, n
	}
	k := i
	switch words[k] {
	case "in", "at", "the", "this", "around":
		k++
		if at(words, k) == "the" {
			k++
		}
	}
	if w := at(words, i); w == "after" {
		switch at(words, i+1) {
		case "lunch", "lunchtime", "noon":
			return "afternoon", i + 2
		case "work", "dinner", "five", "six":
			return "evening", i + 2
		case "breakfast":
			return "morning", i + 2
		}
	}
	switch at(words, k) {
	case "morning":
		return "morning", k + 1
	case "noon", "midday", "lunchtime":
		return "noon", k + 1
	case "afternoon":
		return "afternoon", k + 1
	case "evening", "night", "tonight":
		return "evening", k + 1
	}
	if v, n := hourEN(words, k, bare); n > k {
		return v, n
	}
	if bare {
		return bareAt(words, i)
	}
	return "", i
}

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
	switch at(words, n) {
	case "pm":
		return clock(h%12+12, m), n + 1
	case "am":
		return clock(h, m), n + 1
	case "oclock":
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

// aroundEN reads "half past two" and "quarter to four".
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
		return "", i
	}
	return pastEN(words, i+2, minutes)
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
	h, m, n := hourAndMinutes(words, i+1)
	if n == i+1 || h < 1 {
		return "", i
	}
	return clock(opening(h), m), n
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
		return "", i - 2
	}
	switch at(words, n) {
	case "am":
		n++
	case "pm":
		n++
		h = h%12 + 12
	default:
		h = opening(h)
	}
	if minutes < 0 {
		h, minutes = h-1, minutes+60
	}
	return clock(h, minutes), n
}

// partZH reads 上午, 下午三点, 八点 and the 晚 of 明晚.
func partZH(words []string, i int) (value string, n int) {
	if part := partOf(at(words, i) + at(words, i+1)); part != "" {
		k := about(words, i+2)
		if v, n := hourZH(words, k, part); n > k {
			return v, n
		}
		return part, i + 2
	}
	if v, n := afterZH(words, i); n > i {
		return v, n
	}
	if i > 0 && (words[i-1] == "今" || words[i-1] == "明") {
		switch words[i] {
		case "晚":
			return "evening", i + 1
		case "早":
			return "morning", i + 1
		}
	}
	return hourZH(words, i, "")
}

// partOf is the part of the day that two characters name.
func partOf(word string) string {
	switch word {
	case "上午", "早上", "早晨":
		return "morning"
	case "中午":
		return "noon"
	case "下午":
		return "afternoon"
	case "晚上", "傍晚":
		return "evening"
	}
	return ""
}

// about passes over what may stand between a part of the day and its hour: 吧, 的, 大概.
func about(words []string, i int) int {
	if w := at(words, i); w != "吧" && w != "的" && w != "大" && w != "差" {
		return i
	}
	for i++; i < len(words) && strings.Contains("概不多", words[i]); {
		i++
	}
	return i
}

// more is what 一点 makes a little more of.
const more = "宜快慢多少早晚大小好高低长短松紧轻重有近远差贵简"

// afterZH reads 午饭后, 吃完午饭以后, 下班后.
func afterZH(words []string, i int) (value string, n int) {
	part := "afternoon"
	switch at(words, i) + at(words, i+1) {
	case "午饭", "下课":
	case "下班", "晚饭":
		part = "evening"
	default:
		return "", i
	}
	n = i + 2
	for n < len(words) && strings.Contains("以之后", words[n]) {
		n++
	}
	if words[n-1] != "后" { // 午饭 alone is noon
		return "", i
	}
	return part, n
}

func hourZH(words []string, i int, part string) (value string, n int) {
	d, n := digitRunAt(words, i)
	h, err := strconv.Atoi(d)
	if n == i || err != nil || h > 23 || at(words, n) != "点" {
		return "", i
	}
	if i > 0 && part == "" && words[i] == "一" && strings.Contains(more, words[i-1]) { // 便宜一点
		return "", i
	}
	switch {
	case (part == "afternoon" || part == "evening") && h < 12:
		h += 12
	case part == "":
		h = opening(h)
	}
	minutes, n := minutesZH(words, n+1)
	return clock(h, minutes), n
}

// minutesZH reads what follows 点: 半, 一刻, 二十, 五十分.
func minutesZH(words []string, i int) (minutes, n int) {
	switch at(words, i) {
	case "半":
		return 30, i + 1
	case "整", "钟":
		return 0, i + 1
	}
	d, n := digitRunAt(words, i)
	m, err := strconv.Atoi(d)
	switch {
	case n == i || err != nil || m > 59:
		return 0, i
	case at(words, n) == "刻" && m <= 3:
		return 15 * m, n + 1
	case at(words, n) == "分":
		return m, n + 1
	case m >= 10:
		return m, n
	}
	return 0, i
}

func clock(hour, minute int) string { return twoDigits(hour) + ":" + twoDigits(minute) }

func twoDigits(n int) string {
	if n < 10 {
		return "0" + strconv.Itoa(n)
	}
	return strconv.Itoa(n)
}
