package wording

import (
	"strconv"
	"strings"
)

// englishDigit returns the word for one digit.
func englishDigit(d byte) string {
	return [...]string{
		"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
	}[d-'0']
}

// englishDigits reads digits one by one, with a comma, which a voice takes as
// a short rest, between groups.
func englishDigits(digits string) string {
	groups := groupDigits(digits)
	for i, g := range groups {
		groups[i] = englishRow(g)
	}
	return strings.Join(groups, ", ")
}

// englishRow reads digits one by one without a rest.
func englishRow(digits string) string {
	words := make([]string, len(digits))
	for i := range len(digits) {
		words[i] = englishDigit(digits[i])
	}
	return strings.Join(words, " ")
}

// englishBelow100 reads 0 to 99.
func englishBelow100(n uint64) string {
	if n < 20 {
		return [...]string{
			"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
			"eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen",
			"eighteen", "nineteen",
		}[n]
	}
	tens := [...]string{
		"", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
	}[n/10]
	if n%10 == 0 {
		return tens
	}
	return tens + "-" + englishDigit(byte('0'+n%10))
}

// englishCardinal reads n as a quantity.
func englishCardinal(n uint64) string {
	if n < 100 {
		return englishBelow100(n)
	}
	for _, scale := range []struct {
		size uint64
		name string
	}{{1e12, "trillion"}, {1e9, "billion"}, {1e6, "million"}, {1e3, "thousand"}, {100, "hundred"}} {
		if n < scale.size {
			continue
		}
		words := englishCardinal(n/scale.size) + " " + scale.name
		rest := n % scale.size
		switch {
		case rest == 0:
			return words
		case rest < 100:
			return words + " and " + englishCardinal(rest)
		default:
			return words + " " + englishCardinal(rest)
		}
	}
	return englishBelow100(n)
}

// englishNumber reads a number as written: digits with commas between the
// thousands and perhaps decimals. A row too long to be a quantity, or one that
// begins with 0, is read digit by digit.
func englishNumber(written string) string {
	whole, decimals, _ := strings.Cut(strings.ReplaceAll(written, ",", ""), ".")
	var words string
	switch n, err := strconv.ParseUint(whole, 10, 64); {
	case err != nil, n >= 1e15, len(whole) > 1 && whole[0] == '0',
		len(whole) > 7 && !strings.Contains(written, ","):
		words = englishDigits(whole)
	default:
		words = englishCardinal(n)
	}
	if decimals != "" {
		words += " point " + englishRow(decimals)
	}
	return words
}

// englishOrdinal reads n as a rank: 21 is "twenty-first".
func englishOrdinal(n uint64) string {
	words := englishCardinal(n)
	cut := strings.LastIndexAny(words, " -") + 1
	head, last := words[:cut], words[cut:]
	switch last {
	case "one":
		last = "first"
	case "two":
		last = "second"
	case "three":
		last = "third"
	case "five":
		last = "fifth"
	case "eight":
		last = "eighth"
	case "nine":
		last = "ninth"
	case "twelve":
		last = "twelfth"
	default:
		last = strings.TrimSuffix(last, "y")
		if strings.HasSuffix(words, "y") {
			last += "ie"
		}
		last += "th"
	}
	return head + last
}

// englishYear reads a year as people say it: 2026 is "twenty twenty-six".
func englishYear(year uint64) string {
	century, rest := year/100, year%100
	switch {
	case year < 1000 || year > 9999, year >= 2000 && year < 2010:
		return englishCardinal(year)
	case rest == 0 && year%1000 == 0:
		return englishCardinal(year)
	case rest == 0:
		return englishBelow100(century) + " hundred"
	case rest < 10:
		return englishBelow100(century) + " oh " + englishBelow100(rest)
	}
	return englishBelow100(century) + " " + englishBelow100(rest)
}

// englishTime reads a time of day; half of the day is said as "A M" and "P M".
func englishTime(hour, minute int) string {
	switch {
	case hour == 12 && minute == 0:
		return "noon"
	case hour%24 == 0 && minute == 0:
		return "midnight"
	}
	half := "A M"
	if hour%24 >= 12 {
		half = "P M"
	}
	return englishClock(hour, minute) + " " + half
}

// englishClock reads a time on a dial of twelve hours.
func englishClock(hour, minute int) string {
	h := uint64((hour+11)%12 + 1)
	switch {
	case minute == 0:
		return englishBelow100(h)
	case minute < 10:
		return englishBelow100(h) + " oh " + englishBelow100(uint64(minute))
	}
	return englishBelow100(h) + " " + englishBelow100(uint64(minute))
}

// englishMonth returns the name of month 1 to 12.
func englishMonth(month int) string {
	return [...]string{
		"January", "February", "March", "April", "May", "June", "July", "August",
		"September", "October", "November", "December",
	}[month-1]
}

// number parses a whole number of ASCII digits; what is none counts as 0.
func number(digits string) uint64 {
	n, err := strconv.ParseUint(digits, 10, 64)
	if err != nil {
		return 0
	}
	return n
}
