package event

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// members calls each with the name and the value of every member of a JSON object, in their
// order, and reports whether it is an object. The text must be valid JSON; what each is
// given are parts of it.
func members(object []byte, each func(name, value []byte)) bool {
	i := space(object, 0)
	if i >= len(object) || object[i] != '{' {
		return false
	}
	for i = space(object, i+1); i < len(object) && object[i] != '}'; i = space(object, i) {
		if object[i] == ',' {
			i = space(object, i+1)
		}
		from := i
		i = end(object, i)
		name := object[from+1 : i-1]
		if bytes.IndexByte(name, '\\') >= 0 || !utf8.Valid(name) {
			plain, _ := text(object[from:i])
			name = []byte(plain)
		}
		i = space(object, space(object, i)+1) // behind the colon
		from = i
		i = end(object, i)
		each(name, object[from:i])
	}
	return true
}

// elements calls each with every element of a JSON array, as members does.
func elements(array []byte, each func(value []byte)) bool {
	i := space(array, 0)
	if i >= len(array) || array[i] != '[' {
		return false
	}
	for i = space(array, i+1); i < len(array) && array[i] != ']'; i = space(array, i) {
		if array[i] == ',' {
			i = space(array, i+1)
		}
		from := i
		i = end(array, i)
		each(array[from:i])
	}
	return true
}

// text returns what a JSON string says, and whether the value is one.
func text(value []byte) (string, bool) {
	if len(value) < 2 || value[0] != '"' {
		return "", false
	}
	if inner := value[1 : len(value)-1]; bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner) {
		return string(inner), true
	}
	var plain string
	err := json.Unmarshal(value, &plain)
	return plain, err == nil
}

// space returns where the white space at i ends.
func space(text []byte, i int) int {
	for i < len(text) && (text[i] == ' ' || text[i] == '\n' || text[i] == '\t' || text[i] == '\r') {
		i++
	}
	return i
}

// end returns where the value that begins at i ends.
func end(text []byte, i int) int {
	depth := 0
	for i < len(text) {
		switch text[i] {
		case '"':
			for i++; i < len(text) && text[i] != '"'; i++ {
				if text[i] == '\\' {
					i++
				}
			}
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case ',', ':', ' ', '\n', '\t', '\r':
			i++
			continue
		default: // a number or a word
			for i++; i < len(text) && !bytes.ContainsRune([]byte(",:]} \n\t\r"), rune(text[i])); i++ {
			}
			i--
		}
		i++
		if depth == 0 {
			return i
		}
	}
	return len(text)
}

// appendText writes a text as [json.Marshal] does.
func appendText(to []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			quoted, _ := json.Marshal(text) // a text can always be
			return append(to, quoted...)
		}
	}
	return append(append(append(to, '"'), text...), '"')
}
