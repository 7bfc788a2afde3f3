package flow

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
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
func redated(old, value, heard string) string {
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

func weekdayOf(name string) (time.Weekday, bool) {
	i := slices.Index([]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}, name)
	return time.Weekday(i), i >= 0
}
