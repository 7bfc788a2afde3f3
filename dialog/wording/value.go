package wording

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"huike/dialog"
)

var isoDate = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}(?:T.*)?$`)

// readable says whether a template may ask for this reading.
func readable(name string) bool {
	switch name {
	case "", "digits", "phone", "number", "money", "date", "time", "text":
		return true
	}
	return false
}

// read gives a value its written and its spoken form.
func read(lang dialog.Lang, reading, value string, today time.Time) span {
	switch reading {
	case "digits":
		return span{written: value, spoken: spoken(lang, value), atom: true}
	case "phone":
		return span{written: value, spoken: Normalise(lang, value), atom: true}
	case "number":
		return span{written: thousands(lang, value), spoken: Normalise(lang, value), atom: true}
	case "money":
		return money(lang, value)
	case "date":
		if day, err := time.Parse(time.DateOnly, value[:min(len(value), len(time.DateOnly))]); err == nil {
			written := Date(lang, day, today)
			return span{written: written, spoken: Normalise(lang, written), atom: true}
		}
	case "time":
		return span{written: value, spoken: Normalise(lang, value), atom: true}
	}
	return span{written: value}
}

// spoken reads a number as people dictate it, letters by their names.
func spoken(lang dialog.Lang, value string) string {
	digits := strings.Join(strings.FieldsFunc(value, func(r rune) bool { return r == ' ' || r == '-' }), "")
	if digitsOnly(digits) == digits {
		if lang == dialog.Chinese {
			return chineseDigits(digits)
		}
		return englishDigits(digits)
	}
	var words []string
	for _, part := range runs(value) {
		switch {
		case !isDigit(part[0]):
			words = append(words, spell(part))
		case lang == dialog.Chinese:
			words = append(words, chineseDigits(part))
		default:
			words = append(words, englishDigits(part))
		}
	}
	return strings.Join(words, " ")
}

// thousands writes a whole number with commas between its thousands.
func thousands(lang dialog.Lang, value string) string {
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || lang == dialog.Chinese || (n > -1000 && n < 1000) {
		return value
	}
	digits := strings.TrimPrefix(value, "-")
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	if n < 0 {
		return "-" + digits
	}
	return digits
}

// money gives an amount its currency, which is yuan where it names none.
func money(lang dialog.Lang, value string) span {
	written := value
	if isDigit(value[0]) && digitsOnly(value[len(value)-1:]) != "" {
		written = "¥" + value
	}
	return span{written: written, spoken: Normalise(lang, written), atom: true}
}

// Date writes day as people speak of it on the day today: "tomorrow", "on
// Friday, May 8" (without the "on"), "May 8, 2027". A zero today gives the
// date in full. Only the calendar days count, not the hours.
func Date(lang dialog.Lang, day, today time.Time) string {
	away := 1000
	if !today.IsZero() {
		away = int(midnight(day).Sub(midnight(today)) / (24 * time.Hour))
	}
	if lang == dialog.Chinese {
		return chineseDay(day, today, away)
	}
	return englishDay(day, today, away)
}

// midnight is the beginning of the day on a calendar without clock changes.
func midnight(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

func englishDay(day, today time.Time, away int) string {
	switch {
	case away == 0:
		return "today"
	case away == 1:
		return "tomorrow"
	case away == -1:
		return "yesterday"
	case away > 1 && away < 7:
		return day.Format("Monday, January 2")
	case day.Year() == today.Year():
		return day.Format("January 2")
	}
	return day.Format("January 2, 2006")
}

func chineseDay(day, today time.Time, away int) string {
	date := fmt.Sprintf("%d月%d日", day.Month(), day.Day())
	switch {
	case away >= -2 && away <= 2:
		return [...]string{"前天", "昨天", "今天", "明天", "后天"}[away+2]
	case away > 2 && away < 7:
		return date + "星期" + [...]string{"日", "一", "二", "三", "四", "五", "六"}[day.Weekday()]
	case day.Year() == today.Year():
		return date
	}
	return fmt.Sprintf("%d年%s", day.Year(), date)
}
