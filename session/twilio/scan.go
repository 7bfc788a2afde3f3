package twilio

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// value returns the JSON of an object's member as it stands in object, or nil.
// Of two members with one name it is the last. object must be valid JSON. Nothing
// is allocated: fifty of these come a second for each call.
func value(object []byte, name string) []byte {
	i := space(object, 0)
	if i == len(object) || object[i] != '{' {
		return nil
	}
	var found []byte
	for i = space(object, i+1); object[i] != '}'; i = space(object, i) {
		if object[i] == ',' {
			i++
			continue
		}
		end := past(object, i)
		key := object[i+1 : end-1]
		i = space(object, space(object, end)+1) // over the colon
		end = past(object, i)
		if string(key) == name {
			found = object[i:end]
		}
		i = end
	}
	return found
}

// space returns the index of the first byte from i on that is no space.
func space(text []byte, i int) int {
	for i < len(text) && (text[i] == ' ' || text[i] == '\t' || text[i] == '\n' || text[i] == '\r') {
		i++
	}
	return i
}

// past returns the index behind the JSON value that begins at i.
func past(text []byte, i int) int {
	depth := 0
	for ; i < len(text); i++ {
		switch text[i] {
		case '"':
			i = quoteEnd(text, i)
			if depth == 0 {
				return i + 1
			}
		case '{', '[':
			depth++
		case '}', ']':
			depth--
			if depth == 0 {
				return i + 1
			}
			if depth < 0 { // behind a number at the end of its object
				return i
			}
		case ',', ' ', '\t', '\n', '\r':
			if depth == 0 {
				return i
			}
		}
	}
	return i
}

// quoteEnd returns the index of the quote that ends the string that begins at i.
func quoteEnd(text []byte, i int) int {
	for i++; i < len(text) && text[i] != '"'; i++ {
		if text[i] == '\\' {
			i++
		}
	}
	return i
}

// text returns the bytes of a JSON string, in place unless it has escapes. What
// is no string is empty.
func text(raw []byte) []byte {
	if len(raw) < 2 || raw[0] != '"' {
		return nil
	}
	plain := raw[1 : len(raw)-1]
	if !bytes.ContainsRune(plain, '\\') {
		return plain
	}
	var escaped string
	_ = json.Unmarshal(raw, &escaped) // valid
	return []byte(escaped)
}

// count returns a whole number that is written as one or, as Twilio does, as a
// string; ok is false for anything else.
func count(raw []byte) (n uint64, ok bool) {
	if len(raw) >= 2 && raw[0] == '"' {
		raw = raw[1 : len(raw)-1]
	}
	if len(raw) == 0 || len(raw) > 18 {
		return 0, false
	}
	for _, digit := range raw {
		if digit < '0' || digit > '9' {
			return 0, false
		}
		n = 10*n + uint64(digit-'0')
	}
	return n, true
}

// number is count for encoding/json.
type number int64

// UnmarshalJSON takes a number or a string of digits. Anything else is 0.
func (n *number) UnmarshalJSON(raw []byte) error {
	if whole, ok := count(raw); ok {
		*n = number(whole)
		return nil
	}
	float, _ := strconv.ParseFloat(string(raw), 64)
	*n = number(min(max(float, 0), 1<<40))
	return nil
}
