package nlu

import (
	"slices"
	"strconv"
	"strings"

	"huike/dialog"
)

// dates finds days and parts of days. There is no clock here, so a value is
// said as the caller said it, for the shop to reckon with: "today", "today+2",
// "mon" (the coming one), "mon+1w" (that of next week), "05-12", "2026-05-12",
// each with an optional "T" and "morning", "noon", "afternoon", "evening" or an
// hour ("T15:00"); "now" for as soon as possible; "d31" for the next 31st, "m+1d01"
// for the first of next month, "m+0d31" for the end of this one. With bare set,
// because a time is due, "three thirty" is one. "later+1" and "later-1" are a day behind
// and before the one that was spoken of.
func dates(words []string, bare bool) []span {
	var found []span
	for i := 0; i < len(words); {
		day, n := dayAt(words, i)
		part, m := partAt(words, n, bare)
		if m == n && n > i {
			part, m = bareAt(words, n)
		} else if m > n {
			part, m = within(words, m, part)
		}
		if n == i && m == n {
			i++
			continue
		}
		if n == i { // a part of a day alone: its day is today unless it follows
			k := m
			if k < len(words) && words[k] == "of" {
				k++
			}
			if d, after := dayAt(words, k); after > k {
				day, m = d, after
			}
		}
		value := day
		if value == "" && part != "" {
			value = "today"
		}
		if part != "" {
			value += "T" + part
		}
		found = append(found, span{from: i, to: m, slot: SlotDate, value: value})
		i = m
	}
	return found
}

// together joins a day and an hour that other words stand between: "on Friday downtown
// at three".
func together(slots []dialog.Slot, s dialog.Slot) bool {
	i := slices.IndexFunc(slots, func(old dialog.Slot) bool { return old.Name == SlotDate })
	if i < 0 {
		return false
	}
	day, hour := slots[i], s
	if hourAlone(day) {
		day, hour = s, slots[i]
	}
	if !hourAlone(hour) || strings.Contains(day.Value, "T") || day.Value == "now" {
		return false
	}
	slots[i].Value = day.Value + strings.TrimPrefix(hour.Value, "today")
	slots[i].Heard = join([]string{day.Heard, hour.Heard})
	return true
}

// hourAlone says whether a date is an hour or a part of the day, of no day that was said.
func hourAlone(s dialog.Slot) bool {
	return strings.HasPrefix(s.Value, "todayT") && !strings.Contains(s.Heard, "toda") && !strings.Contains(s.Heard, "tonight") && !strings.Contains(s.Heard, "今")
}

func dayAt(words []string, i int) (value string, n int) {
	if i >= len(words) {
		return "", i
	}
	if v, n := dayZH(words, i); n > i {
		return v, n
	}
	if v, n := dayEN(words, i); n > i {
		return v, n
	}
	if v, n := monthDay(words, i); n > i {
		return v, n
	}
	return dayAlone(words, i)
}

func at(words []string, i int) string {
	if i < 0 || i >= len(words) {
		return ""
	}
	return words[i]
}

func dayEN(words []string, i int) (value string, n int) {
	switch words[i] {
	case "today", "tonight":
		return "today", i + 1
	case "tomorrow":
		return "today+1", i + 1
	case "asap":
		return "now", i + 1
	case "next":
		return nextEN(words, i)
	case "this", "on", "coming":
		if d := weekdayEN(at(words, i+1)); d != "" {
			if v, n := weekEN(words, i+2, d); v != "" {
				return v, n
			}
			return "", i
		}
		if at(words, i) == "this" && at(words, i+1) == "weekend" {
			return "sat", i + 2
		}
	}
	if d := weekdayEN(words[i]); d != "" && at(words, i-1) != "last" {
		if v, n := weekEN(words, i+1, d); v != "" {
			return v, n
		}
		return "", i
	}
	return dayPhraseEN(words, i)
}

// dayPhraseEN reads the days that take more than two words to say.
func dayPhraseEN(words []string, i int) (value string, n int) {
	starts := func(phrase ...string) bool {
		return i+len(phrase) <= len(words) && equal(phrase, words[i:i+len(phrase)])
	}
	switch {
	case starts("the", "day", "after", "tomorrow"):
		return "today+2", i + 4
	case starts("day", "after", "tomorrow"):
		return "today+2", i + 3
	case starts("the", "day", "after"), starts("the", "next", "day"), starts("a", "day", "later"), starts("one", "day", "later"):
		return "later+1", i + 3
	case starts("the", "following", "day"):
		return "later+1", i + 3
	case starts("the", "day", "before"), starts("a", "day", "earlier"), starts("one", "day", "earlier"):
		return "later-1", i + 3
	case starts("as", "soon", "as", "possible"):
		return "now", i + 4
	}
	return afterEN(words, i)
}

func digitRunAt(words []string, i int) (digits string, n int) {
	if i >= len(words) {
		return "", i
	}
	return digitRun(words, i, false)
}

func weekdayEN(word string) string {
	switch word {
	case "monday", "mondays":
		return "mon"
	case "tuesday", "tuesdays":
		return "tue"
	case "wednesday", "wednesdays":
		return "wed"
	case "thursday", "thursdays":
		return "thu"
	case "friday", "fridays":
		return "fri"
	case "saturday", "saturdays":
		return "sat"
	case "sunday", "sundays":
		return "sun"
	}
	return ""
}

func dayZH(words []string, i int) (value string, n int) {
	switch words[i] + at(words, i+1) {
	case "今天", "今日":
		return "today", i + 2
	case "今晚", "今早":
		return "today", i + 1 // the part of the day is read after it
	case "明天", "明日":
		return "today+1", i + 2
	case "明早", "明晚":
		return "today+1", i + 1
	case "后天":
		return "today+2", i + 2
	case "今儿", "明儿", "后儿":
		if n = i + 2; at(words, n) == "个" {
			n++
		}
		return map[string]string{"今": "today", "明": "today+1", "后": "today+2"}[words[i]], n
	case "大后":
		if at(words, i+2) == "天" {
			return "today+3", i + 3
		}
	case "马上", "立刻", "尽快":
		return "now", i + 2
	}
	if at(words, i+1)+at(words, i+2) == "一天" {
		switch words[i] {
		case "后", "晚", "迟":
			return "later+1", i + 3
		case "前", "早":
			return "later-1", i + 3
		}
	}
	if v, n := afterDaysZH(words, i); n > i {
		return v, n
	}
	return weekZH(words, i)
}

// weekZH reads 周一, 下周三, 这个星期天, 下下礼拜五.
func weekZH(words []string, i int) (value string, n int) {
	next := ""
	k := i
	if lastWeek(words, i) {
		return "", i
	}
	for at(words, k) == "下" && k < i+2 {
		next = "+" + strconv.Itoa(k-i+1) + "w"
		k++
	}
	if next == "" && (at(words, k) == "这" || at(words, k) == "本") {
		k++
	}
	if at(words, k) == "个" {
		k++
	}
	switch at(words, k) + at(words, k+1) {
	case "星期", "礼拜":
		k += 2
	default:
		if at(words, k) != "周" {
			return "", i
		}
		k++
	}
	if d := weekdayZH(at(words, k)); d != "" {
		return d + next, k + 1
	}
	return "", i
}

func weekdayZH(word string) string {
	switch word {
	case "一", "1":
		return "mon"
	case "二", "2":
		return "tue"
	case "三", "3":
		return "wed"
	case "四", "4":
		return "thu"
	case "五", "5":
		return "fri"
	case "六", "6":
		return "sat"
	case "日", "天", "末", "7":
		return "sun"
	}
	return ""
}

// monthDay reads "May 12" and "五月十二号".
func monthDay(words []string, i int) (value string, n int) {
	if m := monthEN(words[i]); m > 0 {
		day, n := dayOfMonth(words, i+1)
		if at(words, i+1) == "the" {
			day, n = ordinalEN(words, i+2)
		}
		if day == 0 {
			return "", i
		}
		return twoDigits(m) + "-" + twoDigits(day), n
	}
	d, n := digitRunAt(words, i)
	m, err := strconv.Atoi(d)
	if n == i || err != nil || m < 1 || m > 12 || at(words, n) != "月" {
		return "", i
	}
	day, n := dayOfMonth(words, n+1)
	if day == 0 {
		return "", i
	}
	return twoDigits(m) + "-" + twoDigits(day), n
}

func dayOfMonth(words []string, i int) (day, n int) {
	if day, n = ordinalEN(words, i); n > i {
		return day, n
	}
	d, n := digitRunAt(words, i)
	day, err := strconv.Atoi(d)
	if n == i || err != nil || day < 1 || day > 31 {
		return 0, i
	}
	switch at(words, n) {
	case "th", "st", "nd", "rd", "号", "日":
		n++
	}
	return day, n
}

func monthEN(word string) int {
	switch word {
	case "january", "jan":
		return 1
	case "february", "feb":
		return 2
	case "march", "mar":
		return 3
	case "april", "apr":
		return 4
	case "may":
		return 5
	case "june", "jun":
		return 6
	case "july", "jul":
		return 7
	case "august", "aug":
		return 8
	case "september", "sep", "sept":
		return 9
	case "october", "oct":
		return 10
	case "november", "nov":
		return 11
	case "december", "dec":
		return 12
	}
	return 0
}
