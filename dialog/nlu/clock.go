package nlu

import "strconv"

// partAt reads a part of the day or an hour.
func partAt(words []string, i int) (value string, n int) {
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
	if v, n := hourEN(words, k); n > k {
		return v, n
	}
	return "", i
}

// hourEN reads "three pm", "3 oclock".
func hourEN(words []string, i int) (value string, n int) {
	minutes := 0
	switch at(words, i) + " " + at(words, i+1) {
	case "half past":
		minutes = 30
	case "quarter past":
		minutes = 15
	case "quarter to":
		minutes = -15
	}
	if minutes != 0 {
		return pastEN(words, i+2, minutes)
	}
	d, n := digitRunAt(words, i)
	h, err := strconv.Atoi(d)
	if n == i || err != nil || h > 23 {
		return "", i
	}
	switch at(words, n) {
	case "pm":
		if h < 12 {
			h += 12
		}
		return clock(h), n + 1
	case "am":
		return clock(h), n + 1
	case "oclock":
		return clock(opening(h)), n + 1
	}
	return "", i
}

// bareAt reads the hour of "at three" and "around 3" behind a day.
func bareAt(words []string, i int) (value string, n int) {
	if w := at(words, i); w != "at" && w != "around" {
		return "", i
	}
	d, n := digitRunAt(words, i+1)
	h, err := strconv.Atoi(d)
	if n == i+1 || err != nil || h < 1 || h > 23 {
		return "", i
	}
	return clock(opening(h)), n
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
	d, n := digitRunAt(words, i)
	h, err := strconv.Atoi(d)
	if n == i || err != nil || h < 1 || h > 12 {
		return "", i - 2
	}
	switch w := at(words, n); {
	case w == "am":
		n++
	case w == "pm":
		n++
		h = h%12 + 12
	default:
		h = opening(h)
	}
	if minutes < 0 {
		h, minutes = h-1, minutes+60
	}
	return twoDigits(h) + ":" + twoDigits(minutes), n
}

// partZH reads 上午, 下午三点, 八点 and the 晚 of 明晚.
func partZH(words []string, i int) (value string, n int) {
	part := ""
	switch at(words, i) + at(words, i+1) {
	case "上午", "早上", "早晨":
		part = "morning"
	case "中午":
		part = "noon"
	case "下午":
		part = "afternoon"
	case "晚上", "傍晚":
		part = "evening"
	}
	if part != "" {
		if v, n := hourZH(words, i+2, part); n > i+2 {
			return v, n
		}
		return part, i + 2
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

func hourZH(words []string, i int, part string) (value string, n int) {
	d, n := digitRunAt(words, i)
	h, err := strconv.Atoi(d)
	if n == i || err != nil || h > 23 || at(words, n) != "点" {
		return "", i
	}
	switch {
	case (part == "afternoon" || part == "evening") && h < 12:
		h += 12
	case part == "":
		h = opening(h)
	}
	minutes, n := minutesZH(words, n+1)
	return clock(h)[:3] + twoDigits(minutes), n
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

func clock(hour int) string {
	return twoDigits(hour) + ":00"
}

func twoDigits(n int) string {
	if n < 10 {
		return "0" + strconv.Itoa(n)
	}
	return strconv.Itoa(n)
}
