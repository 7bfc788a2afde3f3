package member

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers"
)

// shortestNational is how many digits a number without its country must have to be found
// among others: one of fewer would be found in any price.
const shortestNational = 7

// Mentions reports whether a text names one of the members by an id or by a handle,
// however a phone number in it is written: with its country or without, with spaces, signs
// or wide digits between. It may find more than is meant, and never less.
func Mentions(text string, ids []ID, handles []Handle) bool {
	folded := foldWidth(text)
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		if unicode.IsLetter(r) {
			return '|'
		}
		return -1 // signs between the digits of a number
	}, folded)
	lower := strings.ToLower(folded)
	for _, h := range handles {
		if h.Value == "" {
			continue
		}
		if strings.Contains(lower, strings.ToLower(h.Value)) || h.Kind == HandlePhone && strings.Contains(digits, national(h.Value)) {
			return true
		}
		// A card number is kept without the gaps that people write.
		if tight := strings.NewReplacer(" ", "", "-", "").Replace(lower); h.Kind == HandleCard && strings.Contains(tight, strings.ToLower(h.Value)) {
			return true
		}
	}
	for _, id := range ids {
		if id != "" && strings.Contains(text, string(id)) {
			return true
		}
	}
	return false
}

// national is a number without its country's code, which is how people at home write it.
func national(phone string) string {
	whole := strings.TrimPrefix(phone, "+")
	parsed, err := phonenumbers.Parse(phone, "")
	if err != nil {
		return whole
	}
	if short := strconv.FormatUint(parsed.GetNationalNumber(), 10); len(short) >= shortestNational {
		return short
	}
	return whole
}
