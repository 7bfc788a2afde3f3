package flow

import (
	"fmt"
	"slices"
	"unicode"

	"huike/dialog"
	"huike/dialog/nlu"
)

// WithExamples returns the same flows, whose understanding has also learned that
// sentences lead to a flow: texts by the flow's name, in either language. A flow that
// no intent starts learns nothing, and without any text the flows are returned as they
// are. It trains anew, which takes as long as for the shop's own examples.
func (d *Definition) WithExamples(texts map[string][]string) (*Definition, error) {
	other := *d
	other.words.Intents = slices.Clone(d.words.Intents)
	learned := false
	for _, f := range d.file.Flows { // in order: training is to be repeatable
		if len(f.Intents) == 0 || len(texts[f.Name]) == 0 {
			continue
		}
		in := nlu.IntentData{Intent: f.Intents[0], Examples: nlu.Texts{}}
		for _, text := range texts[f.Name] {
			lang := dialog.English
			for _, c := range text {
				if unicode.Is(unicode.Han, c) {
					lang = dialog.Chinese
				}
			}
			in.Examples[lang] = append(in.Examples[lang], text)
		}
		other.words.Intents = append(other.words.Intents, in)
		learned = true
	}
	if !learned {
		return d, nil
	}
	other.words.Trained = nil // of fewer examples
	var err error
	if other.understand, err = nlu.New(other.words); err != nil {
		return nil, fmt.Errorf("approved examples: %w", err)
	}
	return &other, nil
}

// Takes says whether a call that begins with text would be answered by something: a flow
// or what the shop knows.
func (d *Definition) Takes(text string, lang dialog.Lang) bool {
	u := d.understand.Understand(lang, text, nil, nlu.Expect{Expect: dialog.Expect{Kind: "open"}})
	if d.intents[u.Intent] != nil && !u.Negated {
		return true
	}
	if d.answers == nil {
		return false
	}
	_, ok := d.answers.Find(text, lang, "")
	return ok
}
