package spoken_test

import (
	"fmt"
	"testing"

	"huike/member/spoken"
)

func TestWords(t *testing.T) {
	for word, want := range map[string]string{"zero": "0", "nought": "0", "seven": "7", "nine": "9", "oh": "", "to": "", "": "", "ten": ""} {
		if got := spoken.Digit(word); got != want {
			t.Errorf("digit %q: %q, want %q", word, got, want)
		}
	}
	for word, want := range map[string]string{"oh": "0", "to": "2", "for": "4", "niner": "9", "seven": "", "": ""} {
		if got := spoken.Alike(word); got != want {
			t.Errorf("alike %q: %q, want %q", word, got, want)
		}
	}
	for word, want := range map[string][2]int{"ten": {10, 0}, "nineteen": {19, 0}, "twenty": {0, 20}, "ninety": {0, 90}, "one": {}, "": {}} {
		if got := [2]int{spoken.Teen(word), spoken.Tens(word)}; got != want {
			t.Errorf("%q: %v, want %v", word, got, want)
		}
	}
}

func Example() {
	fmt.Println(spoken.Digit("seven"), spoken.Alike("oh"), spoken.Tens("forty"))
	// Output: 7 0 40
}
