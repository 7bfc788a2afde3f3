package nlu

import (
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
	if w := at(words, i); w != "吧" && w != "的" && w != "大" && (w != "差" || at(words, i+1) != "不") {
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
	if lacking, k := lackZH(words, i); k > i {
		return lessZH(words, i, k, lacking, part)
	}
	d, n := digitRunAt(words, i)
	h, err := strconv.Atoi(d)
	if n == i || err != nil || h > 23 || at(words, n) != "点" {
		return "", i
	}
	if i > 0 && part == "" && words[i] == "一" && strings.Contains(more, words[i-1]) { // 便宜一点
		return "", i
	}
	minutes, n := minutesZH(words, n+1)
	return clock(hourIn(part, h), minutes), n
}

// hourIn is the hour of the day that h is in a part of it, or in a shop's hours.
func hourIn(part string, h int) int {
	const eleven = 11 // 中午十一点
	switch {
	case (part == "afternoon" || part == "evening") && h < 12, part == "noon" && h < eleven:
		return h + 12
	case part == "":
		return opening(h)
	}
	return h
}

// lessZH reads the hour at words[k] that some minutes are lacking to.
func lessZH(words []string, i, k, lacking int, part string) (value string, n int) {
	v, n := hourZH(words, k, part)
	if n == k || !strings.HasSuffix(v, ":00") {
		return "", i
	}
	h, _ := strconv.Atoi(v[:2])
	return clock((h+23)%24, 60-lacking), n
}

// lackZH reads the 差一刻 of 差一刻四点, in minutes.
func lackZH(words []string, i int) (minutes, n int) {
	if at(words, i) != "差" {
		return 0, i
	}
	d, n := digitRunAt(words, i+1)
	m, err := strconv.Atoi(d)
	switch unit := at(words, n); {
	case err != nil || m < 1 || m > 30:
	case unit == "刻" && m == 1:
		return 15, n + 1
	case unit == "分":
		return m, n + 1
	}
	return 0, i
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
