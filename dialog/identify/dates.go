package identify

import (
	"strconv"
	"strings"
	"time"
)

func monthNames() map[string]byte {
	months := map[string]byte{}
	for i, words := range []string{
		"JANUARY JAN", "FEBRUARY FEB", "MARCH MAR MARTIN", "APRIL APR", "MAY", "JUNE JUN TUNE", "JULY JUL",
		"AUGUST AUG AUGUSTA", "SEPTEMBER SEP SEPT", "OCTOBER OCT", "NOVEMBER NOV", "DECEMBER DEC",
	} {
		for word := range strings.FieldsSeq(words) {
			months[word] = 'a' + byte(i)
		}
	}
	return months
}

// numberNames are numbers as words, ordinal ones too, and what recognisers
// write for them.
func numberNames() map[string]string {
	numbers := map[string]string{}
	for i, words := range []string{
		"ZERO OH O NOUGHT", "ONE FIRST WON", "TWO SECOND TO TOO SECONDS", "THREE THIRD FREE", "FOUR FOURTH FOR", "FIVE FIFTH", "SIX SIXTH SICK SIZE",
		"SEVEN SEVENTH", "EIGHT EIGHTH ATE", "NINE NINTH", "TEN TENTH", "ELEVEN ELEVENTH LEVEN", "TWELVE TWELFTH", "THIRTEEN THIRTEENTH", "FOURTEEN FOURTEENTH",
		"FIFTEEN FIFTEENTH", "SIXTEEN SIXTEENTH", "SEVENTEEN SEVENTEENTH", "EIGHTEEN EIGHTEENTH", "NINETEEN NINETEENTH", "TWENTY TWENTIETH",
	} {
		for word := range strings.FieldsSeq(words) {
			numbers[word] = strconv.Itoa(i)
		}
	}
	for i, word := range []string{"THIRTY", "FORTY", "FIFTY", "SIXTY", "SEVENTY", "EIGHTY", "NINETY"} {
		numbers[word] = strconv.Itoa(30 + 10*i)
	}
	numbers["THIRTIETH"] = "30"
	return numbers
}

// date reads a day, written or said in any order. The lattice is of digits, and
// of the letters a to l wherever a month may have been meant.
func (h *hearer) date(heard []string) lattice {
	b := newBuilder()
	for i, words := range readings(heard, numerals) {
		h.dateReading(b, rank(i), words)
	}
	return b.build()
}

func (h *hearer) dateReading(b *builder, cost float32, words []string) {
	var digits []byte // of the run so far, whose nodes are at
	at := []int{0}
	last := func() int { return at[len(at)-1] }
	for i, word := range words {
		if m, ok := h.months[word]; ok {
			next := b.node()
			b.text(last(), next, string(m), 0)
			b.skip(last(), next, 3)
			digits, at = nil, []int{next}
			continue
		}
		number, loose := word, float32(0)
		if !isDigits(word) {
			number = h.numbers[word]
			loose = 0.3
		}
		switch {
		case number == "" && (word == "ST" || word == "ND" || word == "RD" || word == "TH" || h.fillers[word]):
			continue
		case number == "":
			next := b.node()
			b.skip(last(), next, 0.7)
			digits, at = nil, []int{next}
			continue
		}
		start := last()
		for k := range len(number) {
			next := b.node()
			b.text(last(), next, number[k:k+1], loose)
			if number[k] == '0' && k > 0 { // "1990 7", "20 5": a ten that goes on
				b.skip(last(), next, 0.5)
			}
			digits, at = append(digits, number[k]), append(at, next)
			b.months(digits, at)
		}
		if len(number) == 1 {
			b.text(start, last(), "0"+number, 0.2)
		}
		if loose > 0 && i > 0 {
			b.skip(start, last(), 1)
		}
	}
	b.end(last(), cost)
}

// months lets the digits just heard be a month.
func (b *builder) months(digits []byte, at []int) {
	n := len(digits)
	end := at[len(at)-1]
	one := digits[n-1]
	if one > '0' {
		b.text(at[len(at)-2], end, string('a'+one-'1'), 0.8)
	}
	if n < 2 {
		return
	}
	if two := int(digits[n-2]-'0')*10 + int(one-'0'); two >= 1 && two <= 12 {
		b.text(at[len(at)-3], end, string('a'+byte(two)-1), 0.05)
	}
}

// dateTexts writes a day's parts: day and month, month and day, the year.
func dateTexts(at time.Time) (dm, md, year string) {
	d, m := strconv.Itoa(100 + at.Day())[1:], string(rune('a'+int(at.Month())-1))
	return d + m, m + d, strconv.Itoa(at.Year())
}
