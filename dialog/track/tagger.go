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
