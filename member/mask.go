package member

import (
	"strings"
	"unicode/utf8"
)

// Shape of a mainland mobile number: 1, then 3 to 9, then nine more digits. The
// first three and the last four stay readable (138****1234).
const (
	mobileDigits = 11
	keepHead     = 3
	keepTail     = 4
	longDigits   = 12 // an unbroken number this long is a card, an identity or a foreign phone
)

// Mask hides the middle of every mobile number in a text, however it is written or
// was spoken: 13800001234, 138-0000-1234, 1 3 8 0 ..., １３８..., 幺三八零..., "one three
// eight double zero ...". Unbroken numbers of 12 digits and more (identity cards,
// bank cards) and numbers written with a plus are masked too. Anything else comes
// back as it is.
func Mask(text string) string { return mask(text, false, 0, false) }

// MaskPartial is [Mask] for a text that is still growing, such as a partial caption
// or keys being pressed: a number that begins like a mobile number and has reached
// four digits at the text's end is masked from the fourth digit on.
func MaskPartial(text string) string { return mask(text, true, 0, false) }

// digit is a stretch of text that stands for one to three digits.
type digit struct {
	start, end int    // bytes
	value      string // such as "8", or "00" for "double zero"
	chunk      int    // which unbroken stretch of digits it belongs to
	comma      bool   // a comma stood before it
	plus       bool   // a plus stood before it
	hidden     bool
}

// mask masks text. Its first lead bytes are the digits that stood in the texts
// before: a number that begins there is masked although it is not whole, from the
// fourth digit on, or with all of its digits where those are too many to show more.
func mask(text string, partial bool, lead int, shown bool) string {
	m := masking{text: text, lead: lead, shown: shown}
	for at := 0; at < len(text); {
		value, size, kind := readToken(text, at)
		m.take(at, size, value, kind)
		at += size
	}
	m.flush(partial)
	if m.copied == 0 {
		return text
	}
	m.out.WriteString(text[m.copied:])
	return m.out.String()
}

// masking is a text that is being masked.
type masking struct {
	text   string
	lead   int
	shown  bool
	run    []digit // digits that only gaps divide
	chunk  int
	comma  bool // since the last digit
	plus   bool
	out    strings.Builder
	copied int // bytes of text that out stands for
}

// take takes the next token, which is size bytes long.
func (m *masking) take(at, size int, value string, kind token) {
	switch kind {
	case tokenDigit:
		if n := len(m.run); n > 0 && (m.text[m.run[n-1].start] < utf8.RuneSelf) != (m.text[at] < utf8.RuneSelf) {
			m.chunk++ // 我要138...: the verb is no digit of the number
		}
		if m.run == nil {
			m.run = make([]digit, 0, mobileDigits) // most texts hold no digit
		}
		m.run = append(m.run, digit{start: at, end: at + size, value: value, chunk: m.chunk, comma: m.comma, plus: m.plus})
		m.comma, m.plus = false, false
	case tokenGap:
		m.chunk++
		m.comma = m.comma || value == ","
		m.plus = value == "+" || (m.plus && len(m.run) == 0)
	case tokenNothing:
	case tokenOther:
		m.flush(false)
		m.chunk++
		m.comma, m.plus = false, false
	}
}

// flush writes the run that is over, masked where it must be.
func (m *masking) flush(partial bool) {
	led := len(m.run) > 0 && m.run[0].start < m.lead
	hidden := hideRun(m.run, partial || led)
	if led && m.shown {
		hideAfter(m.run, m.lead)
		hidden = true
	}
	if hidden {
		for _, d := range m.run {
			if d.hidden {
				m.out.WriteString(m.text[m.copied:d.start])
				m.out.WriteString(strings.Repeat("*", len(d.value)))
				m.copied = d.end
			}
		}
	}
	m.run = m.run[:0]
}

// hideAfter marks every digit that stands behind the lead.
func hideAfter(run []digit, lead int) {
	for i := range run {
		run[i].hidden = run[i].hidden || run[i].start >= lead
	}
}

// hideRun marks what must be hidden in a run of digits that only gaps divide, and
// reports whether anything is.
func hideRun(run []digit, partial bool) bool {
	hidden := false
	for from := 0; from < len(run); {
		to := from + 1
		for to < len(run) && !splits(run, from, to) {
			to++
		}
		if hideNumber(run[from:to], partial && to == len(run)) {
			hidden = true
		}
		from = to
	}
	return hidden
}

// splits reports whether a comma at run[at] divides two numbers, not two groups of
// one: both its neighbours are written in five digits or more.
func splits(run []digit, from, at int) bool {
	if !run[at].comma {
		return false
	}
	before, after := 0, 0
	for i := at - 1; i >= from && run[i].chunk == run[at-1].chunk; i-- {
		before += len(run[i].value)
	}
	for i := at; i < len(run) && run[i].chunk == run[at].chunk; i++ {
		after += len(run[i].value)
	}
	return before >= 5 && after >= 5
}

// hideNumber masks every window of the run that could be a mobile number. Where one
// is written as a stretch of its own, that one alone; a long stretch as a whole.
func hideNumber(run []digit, partial bool) bool {
	digits, owner := spread(run)
	n := len(digits)
	switch {
	case n < mobileDigits && !run[0].plus:
		if partial && n > keepHead && digits[0] == '1' && digits[1] >= '3' {
			return hideSpan(run, owner, keepHead, n)
		}
		return false
	case hideWhole(run, digits, owner):
		return true
	}
	found := false
	for i := 0; i+mobileDigits <= n; i++ {
		if isMobile(digits[i : i+mobileDigits]) {
			found = hideSpan(run, owner, i+keepHead, i+mobileDigits-keepTail) || found
		}
	}
	if !found && run[0].plus && n >= 8 {
		return hideSpan(run, owner, keepHead, n-keepTail)
	}
	return found
}

// hideWhole deals with the stretches that stand for a number by themselves.
func hideWhole(run []digit, digits string, owner []int) bool {
	found := false
	for from := 0; from < len(owner); {
		to := from + 1
		for to < len(owner) && run[owner[to]].chunk == run[owner[from]].chunk {
			to++
		}
		size, country := to-from, 0
		for _, prefix := range [...]string{"86", "0086"} {
			if size == len(prefix)+mobileDigits && strings.HasPrefix(digits[from:], prefix) {
				country = len(prefix)
			}
		}
		switch {
		case size-country == mobileDigits && isMobile(digits[from+country:to]), size >= longDigits:
			found = hideSpan(run, owner, from+country+keepHead, to-keepTail) || found
		}
		from = to
	}
	return found
}

// spread writes the run digit by digit, with the index of each digit's owner.
func spread(run []digit) (string, []int) {
	var b strings.Builder
	owner := make([]int, 0, len(run))
	for i := range run {
		b.WriteString(run[i].value)
		for range run[i].value {
			owner = append(owner, i)
		}
	}
	return b.String(), owner
}

func hideSpan(run []digit, owner []int, from, to int) bool {
	for i := from; i < to; i++ {
		run[owner[i]].hidden = true
	}
	return from < to
}

func isMobile(digits string) bool {
	return len(digits) == mobileDigits && digits[0] == '1' && digits[1] >= '3'
}

// maskNumber masks a number that is known to be one.
func maskNumber(number string) string {
	if len(number) <= keepHead+keepTail {
		return "****"
	}
	return number[:keepHead] + "****" + number[len(number)-keepTail:]
}
