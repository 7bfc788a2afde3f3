package turn

import (
	_ "embed"
	"math"
	"strconv"
	"strings"
	"sync"
)

// The model of endings is a logistic regression over a few features of the words: the
// last one, the last two, the first one, and how many there are. [Fit] makes it.
//
//go:embed ending.tsv
var endingText string

const (
	wholeFrom = 0.62 // probability from which words are a whole turn
	partBelow = 0.30 // and below which they want a continuation
)

var endingModel = sync.OnceValue(func() Ending { //nolint:gochecknoglobals // a constant
	model, _ := ParseEnding(endingText) // a test reads it
	return model
})

// ending returns the probability that folded English words are a whole turn and not
// the beginning of one. Of other languages it knows nothing.
func ending(words string) float64 {
	for _, r := range words {
		if r > 0x2000 {
			return (wholeFrom + partBelow) / 2
		}
	}
	return endingModel().Whole(words)
}

// Ending tells whole turns from beginnings of turns by their words. It maps a feature
// to its weight.
type Ending map[string]float64

// Whole returns the probability that words, in lower case without punctuation, are a
// whole turn.
func (m Ending) Whole(words string) float64 {
	sum := 0.0
	for _, f := range features(strings.Fields(words)) {
		sum += m[f]
	}
	return 1 / (1 + math.Exp(-sum))
}

func features(words []string) []string {
	n := len(words)
	if n == 0 {
		return []string{"n0"}
	}
	list := []string{"bias", "n" + strconv.Itoa(min(n, 8)), "l " + words[n-1], "f " + words[0]}
	if n > 1 {
		list = append(list, "b "+words[n-2]+" "+words[n-1], "g "+words[0]+" "+words[1])
	}
	if n > 2 {
		list = append(list, "p "+words[n-2])
	}
	return list
}

// ParseEnding reads a model as String writes it: feature, tab, weight on each line.
func ParseEnding(text string) (Ending, error) {
	m := Ending{}
	for line := range strings.Lines(text) {
		feature, weight, _ := strings.Cut(strings.TrimSpace(line), "\t")
		w, err := strconv.ParseFloat(weight, 64)
		if err != nil {
			return nil, err
		}
		m[feature] = w
	}
	return m, nil
}
