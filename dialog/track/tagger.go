package track

import (
	"slices"
	"strings"
)

// Tagger reads acts out of turns. It is read-only after [Train], and serves any
// number of conversations at a time.
type Tagger struct {
	lexicon *Lexicon
	spans   *linear
	labels  []string // of spans: acts without their value, joined by "|"; the first is none
	wholes  *linear
	acts    []Act // of wholes
}

// label says whether an act stands at a mention, and as which label.
func (l *Lexicon) label(a Act, m mention) (string, bool) {
	if slot, option, ok := strings.Cut(a.Slot, "-"); ok {
		return strings.Join([]string{a.Intent, a.Domain, slot + "-", a.Value}, "+"), option == m.value
	}
	if a.Intent != "Inform" && a.Intent != "Recommend" || a.Value == "" || a.Value == "none" {
		return "", false
	}
	return strings.Join([]string{a.Intent, a.Domain, a.Slot, "*"}, "+"), a.Value == m.value
}

// act is what a label means at a mention.
func act(label string, m mention) Act {
	p := strings.Split(label, "+")
	a := Act{p[0], p[1], p[2], p[3]}
	if strings.HasSuffix(a.Slot, "-") {
		a.Slot += m.value
	} else {
		a.Value = m.value
	}
	return a
}

// Train learns from labelled dialogues, with the values that the lexicon knows
// and those of the dialogues, which are added to it. progress is called with the
// share that is done, 0 to 1; nil for nobody.
func Train(dialogues [][]Turn, lexicon *Lexicon, progress func(done float64)) *Tagger {
	t := &Tagger{lexicon: lexicon}
	for _, d := range dialogues {
		for _, turn := range d {
			for _, a := range turn.Acts {
				if (a.Intent == "Inform" || a.Intent == "Recommend") && !strings.Contains(a.Slot, "-") && strings.Contains(turn.Text, a.Value) && !number(a.Value) {
					lexicon.Add(a.Domain, a.Slot, a.Value)
				}
			}
		}
	}
	var spans, wholes []example
	numbers, actNumbers := map[string]int32{"": 0}, map[Act]int32{}
	t.labels = []string{""}
	t.spans, t.wholes = newLinear(0), newLinear(0)
	for _, d := range dialogues {
		c := context{}
		for _, turn := range d {
			found := lexicon.find(turn.Text)
			rest := slices.Clone(turn.Acts)
			var earlier []string
			for i := range found {
				label := lexicon.gold(turn.Acts, found[i])
				rest = slices.DeleteFunc(rest, func(a Act) bool { _, here := lexicon.label(a, found[i]); return here })
				n, ok := numbers[label]
				if !ok {
					n = int32(len(t.labels))
					numbers[label] = n
					t.labels = append(t.labels, label)
				}
				ids := t.spans.ids(around(turn.User, turn.Text, found, i, c, earlier), true)
				spans = append(spans, example{ids, []int32{n}})
				earlier = append(earlier, label)
			}
			var gold []int32
			for _, a := range sorted(rest) {
				if a.Intent == "Inform" && a.Value != "无" || a.Intent == "Recommend" {
					continue // a value that was not found: nothing to learn from the whole
				}
				n, ok := actNumbers[a]
				if !ok {
					n = int32(len(t.acts))
					actNumbers[a] = n
					t.acts = append(t.acts, a)
				}
				gold = append(gold, n)
			}
			wholes = append(wholes, example{t.wholes.ids(whole(turn.User, turn.Text, found, c), true), gold})
			c = c.after(turn.Acts)
		}
	}
	t.spans.prune(spans)
	t.wholes.prune(wholes)
	t.spans.classes, t.wholes.classes = len(t.labels), len(t.acts)
	const epochs = 8
	done, all := 0, epochs*(len(spans)+len(wholes))
	tick := func() {
		if done++; progress != nil && done%1000 == 0 {
			progress(float64(done) / float64(all))
		}
	}
	t.spans.train(spans, epochs, true, 0.08, 1e-6, tick)
	t.wholes.train(wholes, epochs, false, 0.08, 1e-6, tick)
	return t
}

func number(text string) bool {
	found := measures(text)
	return len(found) > 0 && slices.ContainsFunc(found, func(m mention) bool { return m.from == 0 && m.to == len(text) })
}

// gold is the label of a mention.
func (l *Lexicon) gold(acts []Act, m mention) string {
	var labels []string
	for _, a := range acts {
		if label, here := l.label(a, m); here {
			labels = append(labels, label)
		}
	}
	slices.Sort(labels)
	return strings.Join(slices.Compact(labels), "|")
}

// Conversation is what a [Tagger] remembers of one conversation. It is for one
// goroutine.
type Conversation struct {
	tagger  *Tagger
	context context
}

// Begin starts a conversation.
func (t *Tagger) Begin() *Conversation { return &Conversation{tagger: t} }

// Read returns the acts of the next turn, in order.
func (v *Conversation) Read(user bool, text string) []Act {
	t := v.tagger
	found := t.lexicon.find(text)
	var acts []Act
	var earlier []string
	scores := make([]float32, t.spans.classes)
	for i, m := range found {
		t.spans.scores(t.spans.ids(around(user, text, found, i, v.context, earlier), false), scores)
		scores[0] -= lean
		best := 0
		for c, s := range scores {
			if s > scores[best] {
				best = c
			}
		}
		earlier = append(earlier, t.labels[best])
		if best > 0 {
			for label := range strings.SplitSeq(t.labels[best], "|") {
				acts = append(acts, act(label, m))
			}
		}
	}
	scores = make([]float32, t.wholes.classes)
	t.wholes.scores(t.wholes.ids(whole(user, text, found, v.context), false), scores)
	for c, s := range scores {
		if s > -lean {
			acts = append(acts, t.acts[c])
		}
	}
	acts = sorted(acts)
	v.context = v.context.after(acts)
	return acts
}

// Meant tells what the next turn did mean, where that is known: the agent's own.
func (v *Conversation) Meant(acts []Act) { v.context = v.context.after(acts) }

// lean is by how much, in log odds, an act that is a little less likely than not
// is believed: F1 asks for as many missed ones as invented ones. It was chosen on
// two of five parts of the 500 dialogues.
const lean = 0.5
