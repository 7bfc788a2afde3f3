package asr

import "testing"

func TestWordsThatSoundAsDigitsBetweenDigitsAreDigits(t *testing.T) {
	for heard, want := range map[string]string{
		"My number is eight to six, four seven.": "My number is eight two six, four seven.",
		"Yes, it is one for zero, nine.":         "Yes, it is one four zero, nine.",
		"4, 5, too, 9":                           "4, 5, two, 9",
		"one to for six":                         "one to for six", // two in a row may be words
		"I waited for six weeks":                 "I waited for six weeks",
		"It is 5. For 3 of them":                 "It is 5. For 3 of them",
		"":                                       "",
		"for":                                    "for",
		"to 5":                                   "to 5",
		"from one to go":                         "from one to go",
		"two  spaces stay where nothing  changes": "two  spaces stay where nothing  changes",
	} {
		if got := asDigits(heard); got != want {
			t.Errorf("%q became %q, want %q", heard, got, want)
		}
	}
}
