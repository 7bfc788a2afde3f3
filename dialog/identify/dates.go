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
	d := dateReader{builder: b, at: []int{0}}
	for i, word := range words {
		number, loose := word, false
		if !isDigits(word) {
			number, loose = h.numbers[word], true
		}
		month, isMonth := h.months[word]
		switch {
		case isMonth:
			d.month(month)
		case number != "":
			d.number(number, loose, i > 0)
		case h.fillers[word] || word == "ST" || word == "ND" || word == "RD" || word == "TH":
		default:
			d.pass(0.7)
		}
	}
	b.end(d.last(), cost)
}

// dateReader is within one reading of a day.
type dateReader struct {
	*builder
	digits []byte // of the run so far
	at     []int  // the nodes before, between and behind them
}

func (d *dateReader) last() int { return d.at[len(d.at)-1] }

// pass goes over a word.
func (d *dateReader) pass(cost float32) {
	next := d.node()
	d.skip(d.last(), next, cost)
	d.digits, d.at = nil, []int{next}
}

func (d *dateReader) month(m byte) {
	from := d.last()
	d.pass(3)
	d.text(from, d.last(), string(m), 0)
}

// number reads digits. A loose one was a word, which may have meant none.
func (d *dateReader) number(number string, loose, later bool) {
	start, cost := d.last(), float32(0)
	if loose {
		cost = 0.3
	}
	for k := range len(number) {
		next := d.node()
		d.text(d.last(), next, number[k:k+1], cost)
		if number[k] == '0' && k > 0 { // "1990 7", "20 5": a ten that goes on
			d.skip(d.last(), next, 0.5)
		}
		d.digits, d.at = append(d.digits, number[k]), append(d.at, next)
		d.months()
	}
	if len(number) == 1 {
		d.text(start, d.last(), "0"+number, 0.2)
	}
	if loose && later {
		d.skip(start, d.last(), 1)
	}
}

// months lets the digits just heard be a month.
func (d *dateReader) months() {
	n := len(d.digits)
	one := d.digits[n-1]
	if one > '0' {
		d.text(d.at[n-1], d.last(), string('a'+one-'1'), 0.8)
	}
	if n < 2 {
		return
	}
	if two := int(d.digits[n-2]-'0')*10 + int(one-'0'); two >= 1 && two <= 12 {
		d.text(d.at[n-2], d.last(), string('a'+byte(two)-1), 0.05)
	}
}

// dateTexts writes a day's parts: day and month, month and day, the year.
func dateTexts(at time.Time) (dm, md, year string) {
	d, m := strconv.Itoa(100 + at.Day())[1:], string(rune('a'+int(at.Month())-1))
	return d + m, m + d, strconv.Itoa(at.Year())
}
