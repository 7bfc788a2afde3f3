package track

import (
	"slices"
	"strings"
)

// Train learns from labelled dialogues, with the values that the lexicon knows
// and those of the dialogues, which are added to it. It is the same whenever it
// is given the same. progress is called with the share that is done, 0 to 1; nil
// for nobody.
func Train(dialogues [][]Turn, lexicon *Lexicon, progress func(done float64)) *Tagger {
	lexicon.learn(dialogues)
	t := &trainer{
		Tagger: &Tagger{lexicon: lexicon, labels: []string{""}, spans: newLinear(), wholes: newLinear()},
		labels: map[string]int32{"": 0},
		acts:   map[Act]int32{},
	}
	for _, d := range dialogues {
		c := context{}
		for i := range d {
			t.turn(&d[i], c)
			c = c.after(d[i].Acts)
		}
	}
	const epochs = 8
	done, all := 0, epochs*(len(t.spanExamples)+len(t.wholeExamples))
	tick := func() {
		if done++; progress != nil && done%1000 == 0 {
			progress(float64(done) / float64(all))
		}
	}
	t.spans.train(t.spanExamples, len(t.Tagger.labels), epochs, true, tick)
	t.wholes.train(t.wholeExamples, len(t.Tagger.acts), epochs, false, tick)
	return t.Tagger
}

// trainer gathers what a tagger is trained with.
type trainer struct {
	*Tagger
	labels                      map[string]int32
	acts                        map[Act]int32
	spanExamples, wholeExamples []example
}

// turn takes one turn apart: acts at mentions, and what is left over.
func (t *trainer) turn(turn *Turn, c context) {
	found := t.lexicon.find(turn.Text)
	rest := slices.Clone(turn.Acts)
	var earlier []string
	for i, m := range found {
		label := t.lexicon.gold(turn.Acts, m)
		rest = slices.DeleteFunc(rest, func(a Act) bool { _, here := t.lexicon.label(a, m); return here })
		n, ok := t.labels[label]
		if !ok {
			n = int32(len(t.labels))
			t.labels[label] = n
			t.Tagger.labels = append(t.Tagger.labels, label)
		}
		ids := t.spans.ids(around(turn.User, turn.Text, found, i, c, earlier), true)
		t.spanExamples = append(t.spanExamples, example{ids, []int32{n}})
		earlier = append(earlier, label)
	}
	var gold []int32
	for _, a := range sorted(rest) {
		if a.Intent == "Inform" && a.Value != "无" || a.Intent == "Recommend" {
			continue // its value was not found: the whole turn would learn one value by heart
		}
		n, ok := t.acts[a]
		if !ok {
			n = int32(len(t.acts))
			t.acts[a] = n
			t.Tagger.acts = append(t.Tagger.acts, a)
		}
		gold = append(gold, n)
	}
	ids := t.wholes.ids(whole(turn.User, turn.Text, found, c), true)
	t.wholeExamples = append(t.wholeExamples, example{ids, gold})
}

// learn adds the values that stand in the dialogues' texts. Amounts are not
// learnt by heart: there are patterns for them.
func (l *Lexicon) learn(dialogues [][]Turn) {
	for _, d := range dialogues {
		for _, turn := range d {
			for _, a := range turn.Acts {
				said := (a.Intent == "Inform" || a.Intent == "Recommend") && !strings.Contains(a.Slot, "-")
				if said && strings.Contains(turn.Text, a.Value) && !isMeasure(a.Value) {
					l.Add(a.Domain, a.Slot, a.Value)
				}
			}
		}
	}
}

func isMeasure(text string) bool {
	return slices.ContainsFunc(measures(text), func(m mention) bool { return m.from == 0 && m.to == len(text) })
}
