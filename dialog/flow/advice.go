package flow

import (
	"slices"
	"strings"
	"unicode"

	"huike/dialog"
	"huike/dialog/knowledge"
	"huike/dialog/nlu"
)

// Reading is what somebody else, such as a language model, took the caller's words
// for. Nothing of it is believed for being said: an intent must be one that starts a
// flow, a detail must stand in words that were really said, and a yes, a no or the end
// of a call never comes from it. What it starts goes the way of every flow: checks,
// read-back, the caller's own yes.
type Reading struct {
	Intent  dialog.Intent  `json:"intent,omitempty"`
	Need    string         `json:"need,omitempty"`    // "explicit" or "latent"
	Details []Detail       `json:"details,omitempty"` // what the words name
	Answer  *dialog.Answer `json:"answer,omitempty"`  // of the shop's own knowledge, in its own words
	// Words are what a detail may be quoted from beside the words in hand: what the
	// caller and the shop's records have said in this call.
	Words []string `json:"words,omitempty"`
}

// Detail is a slot as it was said.
type Detail struct {
	Name  string `json:"name"`
	Heard string `json:"heard"` // a part of the words; the value is read from it here
}

// Look returns what the flows themselves make of the words of in, without taking
// them, and whether another's [Reading] could count: not where a pattern has decided,
// where an answer to a question was given, at a read-back, or while a person is waited
// for.
func (c *Conversation) Look(in Input) (u dialog.Understanding, open bool) {
	expect := c.awaited()
	u = c.def.understand.Understand(c.state.Lang, in.Text, in.Alternatives, expect)
	if in.Kind != Words || in.Text == "" || c.state.Phase != talking {
		return u, false
	}
	return u, c.readable(u)
}

// Idle says whether no flow is at work: nothing is asked, and nothing is under way.
func (c *Conversation) Idle() bool { return c.state.Phase == talking && c.top() == nil }

// readable says whether a reading of the words may count beside u.
func (c *Conversation) readable(u dialog.Understanding) bool {
	f := c.top()
	switch {
	case u.Score >= wordForWord || slot(u, nlu.SlotAnswer).Name != "":
		return false
	case f == nil:
		return true
	case f.Op != nil || f.Waits && c.node(f) != nil && (c.node(f).Confirm != "" || c.node(f).Choose != ""):
		return false
	}
	return c.open(u)
}

// advised is u with what a reading adds to it.
func (c *Conversation) advised(u dialog.Understanding, r *Reading, text string) dialog.Understanding {
	if c.def.intents[r.Intent] != nil && r.Intent != u.Intent {
		u.Intent, u.Score, u.Need, u.Negated, u.Follows, u.Others = r.Intent, advisedScore, r.Need, false, false, nil
	}
	u.Slots = slices.Clone(u.Slots)
	for _, d := range r.Details {
		if s, ok := c.grounded(d, append([]string{text}, r.Words...)); ok && slot(u, d.Name).Name == "" {
			u.Slots = append(u.Slots, s)
		}
	}
	return u
}

// advisedScore is the score of what only a reading has decided: below that of a
// pattern.
const advisedScore = 0.9

// grounded is the slot that a detail names, if its words were really said and mean a
// value of its kind.
func (c *Conversation) grounded(d Detail, said []string) (dialog.Slot, bool) {
	t, ok := c.def.file.Slots[d.Name]
	if !ok || t.Own || !slices.ContainsFunc(said, func(text string) bool { return quotes(text, d.Heard) }) {
		return dialog.Slot{}, false
	}
	expect := nlu.Expect{Expect: c.expectSlot(d.Name), Slot: d.Name}
	s := slot(c.def.understand.Understand(c.state.Lang, d.Heard, nil, expect), d.Name)
	if s.Name == "" && t.Kind == "text" {
		s = c.worded(d.Name, d.Heard)
	}
	return s, s.Name != "" && c.valid(s)
}

// quotes says whether part stands in text as it is, and no number in it is a piece of
// a longer one.
func quotes(text, part string) bool {
	text, part = strings.ToLower(text), strings.ToLower(strings.TrimSpace(part))
	if part == "" {
		return false
	}
	for from := 0; ; {
		i := strings.Index(text[from:], part)
		if i < 0 {
			return false
		}
		i += from
		before, after := []rune(text[:i]), []rune(text[i+len(part):])
		runes := []rune(part)
		cut := len(before) > 0 && unicode.IsDigit(before[len(before)-1]) && unicode.IsDigit(runes[0]) ||
			len(after) > 0 && unicode.IsDigit(after[0]) && unicode.IsDigit(runes[len(runes)-1])
		if !cut {
			return true
		}
		from = i + len(part)
	}
}

// toldElsewhere notes that somebody else has answered the caller with text, which "say that
// again" repeats.
func (c *Conversation) toldElsewhere(text string) {
	c.state.NoMatch, c.state.NoInput, c.state.Solved = 0, 0, ""
	c.state.Reply = []dialog.Act{{Name: Answered, Text: text}}
	c.state.Said = c.state.Reply
}

// Wish is something that callers can want of the shop: an intent that starts a flow.
type Wish struct {
	Intent   dialog.Intent
	Title    string   // in the language asked for; may be empty
	Slots    []string // what it takes
	Examples []string // how callers say it, at most three
}

// mostExamples is how many examples describe a wish.
const mostExamples = 3

// Wishes are what callers can want, in the order of the flows.
func (d *Definition) Wishes(lang dialog.Lang) []Wish {
	examples := map[dialog.Intent][]string{}
	for _, in := range d.words.Intents {
		lines := in.Examples[lang]
		examples[in.Intent] = lines[:min(len(lines), mostExamples)]
	}
	var out []Wish
	for _, f := range d.file.Flows {
		intents := slices.Clone(f.Intents)
		for _, n := range f.Nodes {
			intents = append(intents, n.Intents...)
		}
		for _, in := range intents {
			out = append(out, Wish{Intent: in, Title: f.Title[string(lang)], Slots: f.Slots, Examples: examples[in]})
		}
	}
	return out
}

// Tool is an operation of the shop's, as somebody else may ask for it. One that
// writes is no more than the wish for its flow.
type Tool struct {
	Name   string
	Args   []string
	Intent dialog.Intent     // of the flow that does it; empty where it only reads
	Slots  map[string]string // the flow's slots by argument, where it writes
}

// Tools are the shop's operations: those that read, and those that write and that a
// caller's wish can lead to.
func (d *Definition) Tools() []Tool {
	var out []Tool
	for _, f := range d.file.Flows {
		for _, n := range f.Nodes {
			if n.Do == "" || len(f.Intents) == 0 || slices.ContainsFunc(out, func(t Tool) bool { return t.Name == n.Do }) {
				continue
			}
			t := Tool{Name: n.Do, Args: d.file.Operations[n.Do].Args}
			if d.file.Operations[n.Do].Write {
				t.Intent, t.Slots, t.Args = f.Intents[0], map[string]string{}, nil
				for arg, from := range n.With {
					name, _, _ := strings.Cut(strings.Trim(from, "{}"), "|")
					if kind, name, _ := strings.Cut(name, "."); (kind == "slot" || kind == "date" || kind == "heard") && !d.file.Slots[name].Own {
						t.Slots[arg] = name
						t.Args = append(t.Args, arg)
					}
				}
				slices.Sort(t.Args)
			}
			out = append(out, t)
		}
	}
	return out
}

// Near returns what the shop's knowledge has that comes nearest to text, best first,
// at most n, whether it would be said or not.
func (d *Definition) Near(text string, lang dialog.Lang, day string, n int) []knowledge.Hit {
	base, ok := d.answers.(interface {
		Search(text string, lang dialog.Lang, day string, n int) []knowledge.Hit
	})
	if !ok {
		return nil
	}
	return base.Search(text, lang, day, n)
}
