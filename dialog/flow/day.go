package flow

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"huike/dialog"
)

// calendar turns a date slot's value (see dialog/nlu: "today+1Tafternoon",
// "wed+1wT15:00", "05-20", "now") into a day, "2006-01-02", and a time, "15:00", by the day on which the call began. What it cannot turn stays.
func calendar(value, today string) (day, clock string) {
	value, clock, _ = strings.Cut(value, "T")
	clock = hourOf(clock)
	begin, err := time.Parse(time.DateOnly, today)
	if err != nil || value == "" {
		return value, clock
	}
	base, offset, _ := strings.Cut(value, "+")
	weeks := strings.HasSuffix(offset, "w")
	n, _ := strconv.Atoi(strings.TrimSuffix(offset, "w"))
	if weeks {
		n *= 7
	}
	switch weekday, ok := weekdayOf(base); {
	case base == "now" || base == "today":
		return begin.AddDate(0, 0, n).Format(time.DateOnly), clock
	case ok && weeks: // of the week that is so many weeks off, which begins on Monday
		monday := begin.AddDate(0, 0, -(int(begin.Weekday())+6)%7)
		return monday.AddDate(0, 0, n+(int(weekday)+6)%7).Format(time.DateOnly), clock
	case ok:
		return begin.AddDate(0, 0, (int(weekday)-int(begin.Weekday())+7)%7).Format(time.DateOnly), clock
	}
	if at, ok := dayOfMonth(value, begin); ok {
		return at.Format(time.DateOnly), clock
	}
	var month, dayOf int
	if _, err := fmt.Sscanf(value, "%d-%d", &month, &dayOf); err == nil && month >= 1 && month <= 12 {
		at := time.Date(begin.Year(), time.Month(month), dayOf, 0, 0, 0, 0, time.UTC)
		if at.Before(begin) {
			at = at.AddDate(1, 0, 0)
		}
		return at.Format(time.DateOnly), clock
	}
	return value, clock
}

// dayOfMonth is the day of "d31", the next that there is, and of "m+1d01", of next
// month; a month that is shorter has its last day.
func dayOfMonth(value string, begin time.Time) (time.Time, bool) {
	month, day, ok := strings.Cut(value, "d")
	n, err := strconv.Atoi(day)
	if !ok || err != nil || n < 1 || n > 31 {
		return begin, false
	}
	first := begin.AddDate(0, 0, 1-begin.Day())
	if month == "" {
		for next := first; ; next = next.AddDate(0, 1, 0) {
			if at := next.AddDate(0, 0, n-1); at.Month() == next.Month() && !at.Before(begin) {
				return at, true
			}
		}
	}
	off, err := strconv.Atoi(strings.TrimPrefix(month, "m+"))
	if err != nil {
		return begin, false
	}
	first = first.AddDate(0, off, 0)
	return first.AddDate(0, 0, min(n, first.AddDate(0, 1, -1).Day())-1), true
}

// hourOf is the hour that is read back, and then booked, for a part of the day.
func hourOf(part string) string {
	switch part {
	case "morning":
		return "10:00"
	case "noon":
		return "12:00"
	case "afternoon":
		return "14:00"
	case "evening":
		return "18:00"
	}
	return part
}

// redated is a date that has been corrected: another day keeps the hour, another
// hour keeps the day.
func redated(old, value, heard, today string) string {
	if by, ok := strings.CutPrefix(value, "later"); ok { // "the day after"
		by, retimed, _ := strings.Cut(by, "T")
		n, _ := strconv.Atoi(by)
		day, _ := calendar(old, today)
		_, hour, _ := strings.Cut(old, "T")
		if hour = cmp.Or(retimed, hour); hour != "" {
			hour = "T" + hour
		}
		at, err := time.Parse(time.DateOnly, day)
		if err != nil {
			return old
		}
		return at.AddDate(0, 0, n).Format(time.DateOnly) + hour
	}
	_, hour, timed := strings.Cut(old, "T")
	day, clock, retimed := strings.Cut(value, "T")
	switch {
	case timed && !retimed && day != "now":
		return value + "T" + hour
	case retimed && day == "today" && !strings.Contains(heard, "toda") && !strings.Contains(heard, "今"):
		return strings.TrimSuffix(old, "T"+hour) + "T" + clock
	}
	return value
}

// inWords says a date that was put together from two sentences, as a caller would.
func inWords(value string, lang dialog.Lang) string {
	day, part, _ := strings.Cut(value, "T")
	if lang == dialog.Chinese {
		return dayZH(day) + nameIn(part, partsZH)
	}
	clock := nameIn(part, partsEN)
	if clock == part && part != "" {
		clock = "at " + part
	}
	return strings.TrimSpace(dayEN(day) + " " + clock)
}

// The days and parts of days that have names, each beside its value.
const (
	daysZH  = "today=今天;today+1=明天;today+2=后天;"
	daysEN  = "today=today;today+1=tomorrow;today+2=the day after tomorrow;"
	partsZH = "morning=上午;noon=中午;afternoon=下午;evening=晚上;"
	partsEN = "morning=in the morning;noon=at noon;afternoon=in the afternoon;evening=in the evening;"
)

// nameIn is the name of value in a list such as daysZH, and value where it has none.
func nameIn(value, list string) string {
	for entry := range strings.SplitSeq(list, ";") {
		if v, name, _ := strings.Cut(entry, "="); v == value {
			return name
		}
	}
	return value
}

func dayZH(day string) string {
	base, off, _ := strings.Cut(day, "+")
	w, ok := weekdayOf(base)
	switch {
	case !ok:
		return nameIn(day, daysZH)
	case off != "":
		return "下周" + string([]rune("日一二三四五六")[w])
	}
	return "周" + string([]rune("日一二三四五六")[w])
}

func dayEN(day string) string {
	base, off, _ := strings.Cut(day, "+")
	w, ok := weekdayOf(base)
	switch {
	case !ok:
		return nameIn(day, daysEN)
	case off != "":
		return w.String() + " of next week"
	}
	return w.String()
}

func weekdayOf(name string) (time.Weekday, bool) {
	i := slices.Index([]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}, name)
	return time.Weekday(i), i >= 0
}
