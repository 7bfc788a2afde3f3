// Package spoken knows the English words for digits and small numbers, as
// people say them and recognisers write them. It reads words, no numbers: what
// a row of them means depends on who asks (see member's masks and dialog/nlu).
package spoken

import "slices"

// Digit returns the digit that word names, "0" to "9", or "".
func Digit(word string) string {
	switch word {
	case "nought", "naught":
		return "0"
	}
	words := [...]string{"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"}
	if i := slices.Index(words[:], word); i >= 0 {
		return string(rune('0' + i))
	}
	return ""
}

// Alike returns the digit for which people say word, or recognisers write it,
// inside a number: "oh", "to", "niner". Outside of one it is a plain word.
func Alike(word string) string {
	switch word {
	case "oh", "o":
		return "0"
	case "to", "too":
		return "2"
	case "for":
		return "4"
	case "niner":
		return "9"
	}
	return ""
}

// Teen returns 10 to 19 for "ten" to "nineteen", or 0.
func Teen(word string) int {
	words := [...]string{"ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"}
	if i := slices.Index(words[:], word); i >= 0 {
		return 10 + i
	}
	return 0
}

// Tens returns 20, 30 and so on for "twenty" to "ninety", or 0.
func Tens(word string) int {
	words := [...]string{"twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"}
	if i := slices.Index(words[:], word); i >= 0 {
		return 20 + 10*i
	}
	return 0
}
