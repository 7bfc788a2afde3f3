package nlu

import (
	"math"
	"slices"
	"strings"

	"huike/dialog"
)

// exemplars compares an utterance with the examples of every intent: cosine of
// TF-IDF vectors over word and character n-grams, through an inverted index, so
// that the cost grows with the words said and not with the intents.
type exemplars struct {
	ids      map[string]int32 // feature
	examples []example
	index    [][]posting // by feature
	weight   []float64   // by feature: how much it tells one intent from another
	rare     float64     // weight of a feature that no example has
}

type example struct {
	intent   dialog.Intent
	features []count
}

type count struct {
	feature int32
	n       float64
}

type posting struct {
	example int32
	value   float64
}

func newExemplars() *exemplars { return &exemplars{ids: map[string]int32{}} }

func (e *exemplars) add(intent dialog.Intent, words []string) {
	ex := example{intent: intent}
	for _, f := range features(words) {
		id, ok := e.ids[f]
		if !ok {
			id = int32(len(e.ids))
			e.ids[f] = id
		}
		ex.features = tally(ex.features, id)
	}
	e.examples = append(e.examples, ex)
}

func tally(list []count, id int32) []count {
	for i := range list {
		if list[i].feature == id {
			list[i].n++
			return list
		}
	}
	return append(list, count{id, 1})
}

// build weighs the features by how few intents share them.
func (e *exemplars) build() {
	intents := make([][]dialog.Intent, len(e.ids))
	var all []dialog.Intent
	for _, ex := range e.examples {
		if !slices.Contains(all, ex.intent) {
			all = append(all, ex.intent)
		}
		for _, f := range ex.features {
			if !slices.Contains(intents[f.feature], ex.intent) {
				intents[f.feature] = append(intents[f.feature], ex.intent)
			}
		}
	}
	e.weight = make([]float64, len(e.ids))
	e.index = make([][]posting, len(e.ids))
	for i := range e.weight {
		e.weight[i] = math.Log(1 + float64(len(all))/float64(len(intents[i])))
	}
	e.rare = math.Log(1+float64(len(all))) / 2
	for i, ex := range e.examples {
		norm := 0.0
		for _, f := range ex.features {
			norm += square((1 + math.Log(f.n)) * e.weight[f.feature])
		}
		for _, f := range ex.features {
			e.index[f.feature] = append(e.index[f.feature],
				posting{int32(i), (1 + math.Log(f.n)) * e.weight[f.feature] / math.Sqrt(norm)})
		}
	}
}

func square(x float64) float64 { return x * x }

// best returns the intent whose example is most like words, and how like, 0 to
// 1. The second-best example of the same intent adds a little.
func (e *exemplars) best(words []string) (dialog.Intent, float64) {
	var known []count
	norm := 0.0
	for _, f := range features(words) {
		if id, ok := e.ids[f]; ok {
			known = tally(known, id)
		} else {
			norm += square(e.rare)
		}
	}
	if len(known) == 0 {
		return "", 0
	}
	scores := make([]float64, len(e.examples))
	for _, f := range known {
		w := (1 + math.Log(f.n)) * e.weight[f.feature]
		norm += square(w)
		for _, p := range e.index[f.feature] {
			scores[p.example] += w * p.value
		}
	}
	top := 0
	for i := range scores {
		if scores[i] > scores[top] {
			top = i
		}
	}
	return e.examples[top].intent, min(1, scores[top]/math.Sqrt(norm))
}

// features of an utterance: words, pairs of them, and pieces of long words.
func features(words []string) []string {
	out := make([]string, 0, 4*len(words))
	for i, w := range words {
		out = append(out, w)
		if i+1 < len(words) {
			out = append(out, w+" "+words[i+1])
		}
		if i+2 < len(words) && isHan(w) && isHan(words[i+1]) {
			out = append(out, w+words[i+1]+words[i+2])
		}
		if len(w) > 4 && !isHan(w) && !strings.HasPrefix(w, "<") {
			for k := 0; k+4 <= len(w); k++ {
				out = append(out, "~"+w[k:k+4])
			}
		}
	}
	return out
}
