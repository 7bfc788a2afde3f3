package member

import (
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"
)

// shortestNumber is how many digits a number must have to be found among others by
// itself: one of fewer would be found in any price.
const shortestNumber = 7

// nearby is how many bytes before a shorter number are searched for what says that it is one.
const nearby = 32

// Mentions reports whether a text names one of the members by an id or by a handle,
// however a phone number in it is written: with its country or without, with spaces, signs
// or wide digits between. What is a part of a longer word or number is not found, nor a
// number of few digits without its kind ("card 8800"). JSON is looked at value by value,
// with each value's name; a subject that is a handle ([ParseHandle]) names that alone.
// It may find more than is meant.
func Mentions(text string, ids []ID, handles []Handle) bool {
	if !structured(text) {
		return mentions(text, ids, handles)
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	found, err := leaf(d, "", func(name, value string) bool {
		if structured(value) { // JSON in a string
			return Mentions(value, ids, handles)
		}
		others := handles
		if subject, err := ParseHandle(value); err == nil && strings.EqualFold(name, "subject") {
			if slices.Contains(handles, subject) {
				return true
			}
			others = slices.DeleteFunc(slices.Clone(handles), func(h Handle) bool { return h.Kind == subject.Kind })
		}
		return mentions(name+": "+value, ids, others)
	})
	return found || err != nil
}

// structured tells whether a text is an object or a list of JSON.
func structured(text string) bool {
	text = strings.TrimSpace(text)
	return text != "" && (text[0] == '{' || text[0] == '[') && json.Valid([]byte(text))
}

// leaf looks at the next value, and at all within it, until yes says so: its name is the
// key that it, or the list that it is in, stands under.
func leaf(d *json.Decoder, name string, yes func(name, value string) bool) (found bool, err error) {
	token, err := d.Token()
	if err != nil {
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return false, err
	}
	switch v := token.(type) {
	case string:
		return yes(name, v), nil
	case json.Number:
		return yes(name, v.String()), nil
	case json.Delim:
		for d.More() && !found && err == nil {
			inner := name
			if v == '{' {
				if token, err = d.Token(); err != nil {
					return false, err
				}
				inner, _ = token.(string)
				if yes("", inner) {
					return true, nil
				}
			}
			found, err = leaf(d, inner, yes)
		}
		if !found && err == nil {
			_, err = d.Token() // its end
		}
	}
	return found, err
}

// mentions is Mentions of words.
func mentions(text string, ids []ID, handles []Handle) bool {
	folded := foldWidth(text)
	lower := strings.ToLower(folded)
	for _, h := range handles {
		switch {
		case h.Value == "":
		case h.Kind == HandlePhone:
			if dialled(folded, h.Value) {
				return true
			}
		default:
			if stands(lower, strings.ToLower(h.Value), h.Kind == HandleCard, func(before, after string) bool {
				return !joins(utf8.DecodeLastRuneInString(before)) && !joins(utf8.DecodeRuneInString(after)) && distinct(h, before)
			}) {
				return true
			}
		}
	}
	return slices.ContainsFunc(ids, func(id ID) bool {
		return id != "" && stands(folded, string(id), false, func(before, after string) bool {
			return !joins(utf8.DecodeLastRuneInString(before)) && !joins(utf8.DecodeRuneInString(after))
		})
	})
}

// stands tells whether want is anywhere in a text, and yes agrees with what is before and
// after it. With gaps, signs and spaces may stand between its letters.
func stands(text, want string, gaps bool, yes func(before, after string) bool) bool {
	for i := range text {
		if n := spelled(text[i:], want, gaps); n > 0 && yes(text[:i], text[i+n:]) {
			return true
		}
	}
	return false
}

// spelled is how many bytes at a text's beginning are want; 0: it is something else.
func spelled(text, want string, gaps bool) int {
	at := 0
	for i, w := range want {
		r, size := utf8.DecodeRuneInString(text[at:])
		for gaps && i > 0 && r != w && size > 0 && !unicode.IsLetter(r) && !isDigit(r) {
			at += size
			r, size = utf8.DecodeRuneInString(text[at:])
		}
		if size == 0 || r != w {
			return 0
		}
		at += size
	}
	return at
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

// joins tells whether a letter beside a word makes it a part of a longer one. Chinese is
// written without spaces.
func joins(r rune, size int) bool {
	return size > 0 && (unicode.IsDigit(r) || unicode.IsLetter(r) && !unicode.Is(unicode.Han, r))
}

// distinct tells whether a handle cannot be any number: it has letters, or many digits, or
// what stands before it says what it is.
func distinct(h Handle, before string) bool {
	if len(h.Value) >= shortestNumber || strings.ContainsFunc(h.Value, func(r rune) bool { return !isDigit(r) }) {
		return true
	}
	before = before[max(0, len(before)-nearby):]
	for _, word := range append([]string{h.Kind}, map[string][]string{
		HandleCard: {"卡"}, HandleAccount: {"账", "帐"}, HandleDevice: {"设备"},
	}[h.Kind]...) {
		if at := strings.LastIndex(before, word); at >= 0 && !strings.ContainsFunc(before[at:], isDigit) {
			return true
		}
	}
	return false
}

// dialled tells whether a phone number stands in a text: words may stand close to it, and
// of digits only those that are dialled before it.
func dialled(text, phone string) bool {
	national, country := national(phone)
	return stands(text, national, true, func(before, after string) bool {
		if r, _ := utf8.DecodeRuneInString(after); isDigit(r) {
			return false
		}
		first := before[len(strings.TrimRightFunc(before, isDigit)):]
		return slices.Contains([]string{"", "0", country, country + "0", "00" + country, "011" + country}, first)
	})
}

// national is a number without its country's code, which is how people at home write it.
func national(phone string) (number, country string) {
	whole := strings.TrimPrefix(phone, "+")
	parsed, err := phonenumbers.Parse(phone, "")
	if err != nil {
		return whole, ""
	}
	if short := strconv.FormatUint(parsed.GetNationalNumber(), 10); len(short) >= shortestNumber {
		return short, strconv.Itoa(int(parsed.GetCountryCode()))
	}
	return whole, ""
}
