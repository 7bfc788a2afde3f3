package score_test

import (
	"fmt"

	"huike/audio/asr/score"
)

// The same number, written in two ways, and one word that was misheard.
func ExampleCounts() {
	var c score.Counts
	c.Add("My order is four seven zero.", "my order is 470")
	c.Add("Where is it?", "Wear is it?")
	fmt.Printf("WER %.2f\n", c.WER())
	// Output: WER 0.11
}
