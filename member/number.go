package member

import "strings"

// mostShown is how many digits of a number a mask may leave readable.
const mostShown = keepHead + keepTail

// Number masks a number that one party tells piece by piece, such as "138", "0000"
// and "1234" in three turns, none of which is a number by itself. The zero value has
// heard nothing.
type Number struct {
	digits string // the end of what was said, where it begins like a mobile number
	shown  int    // how many of them went out readable
}

// Next masks what the party says next. A partial text may still be taken back and
// is not remembered.
func (n *Number) Next(text string, partial bool) string {
	digits, front, only := told(text)
	if strings.Contains(text, "*") { // it was masked before
		*n = Number{}
		return Mask(text)
	}
	if only && digits == "" {
		return text // "hmm": the number may go on
	}
	before := n.digits
	again := only && strings.HasPrefix(digits, before) // the same from its beginning
	if before == "" || again || !n.continues(front, only) {
		if begun := mobileStart(digits); !partial && len(begun) <= mostShown {
			*n = Number{digits: begun, shown: len(begun)}
			return Mask(text)
		}
		if !partial {
			*n = Number{digits: mobileStart(digits), shown: keepHead}
		}
		return MaskPartial(text)
	}
	masked := mask(before+" "+text, partial, len(before), n.shown > keepHead)[len(before)+1:]
	if partial {
		return masked
	}
	if !only {
		n.digits, n.shown = mobileStart(digits), len(digits)
		return masked
	}
	n.digits = mobileStart(before + digits)
	n.shown = min(len(n.digits), max(n.shown, keepHead))
	return masked
}

// continues tells whether a text that opens with so many digits, and holds nothing
// else where only, goes on with the number. "Two" after an order number does not.
func (n *Number) continues(front int, only bool) bool {
	if n.shown > keepHead {
		return only && front > 1
	}
	return only && front > 0 || front >= keepHead
}

// told returns the digits that a text ends with, the count of those that it opens
// with, and whether it is nothing else.
func told(text string) (digits string, front int, only bool) {
	var last strings.Builder
	only = true
	for at := 0; at < len(text); {
		value, size, kind := readToken(text, at)
		switch kind {
		case tokenDigit:
			last.WriteString(value)
			if only {
				front += len(value)
			}
		case tokenOther:
			last.Reset()
			only = false
		case tokenGap, tokenNothing:
		}
		at += size
	}
	return last.String(), front, only
}

// mobileStart returns the digits without their country where a mobile number may
// begin with them and is not whole, or nothing.
func mobileStart(digits string) string {
	for _, country := range [...]string{"0086", "86"} {
		if rest, ok := strings.CutPrefix(digits, country); ok && rest != "" {
			digits = rest
			break
		}
	}
	if digits == "" || len(digits) >= mobileDigits || digits[0] != '1' || len(digits) > 1 && digits[1] < '3' {
		return ""
	}
	return digits
}
