package flow

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"

	"huike/dialog"
	"huike/dialog/knowledge"
	"huike/dialog/nlu"
)

// Answers is what the shop knows beside its flows: dialog/knowledge's base. Find
// returns the answer to text in lang on day ("2006-01-02", or empty), and whether it
// is sure enough to be said. Any number of conversations ask it at a time.
type Answers interface {
	Find(text string, lang dialog.Lang, day string) (dialog.Answer, bool)
}

// WithAnswers returns the same flows, which ask answers before they say that they
// did not understand; nil: nobody is asked.
func (d *Definition) WithAnswers(answers Answers) *Definition {
	other := *d
	other.answers = answers
	return &other
}

// HasFlow says whether there is a flow of this name, to which an answer may lead.
func (d *Definition) HasFlow(name string) bool { return d.flows[name] != nil }

// readKnowledge reads the questions and answers that come with a shop's flows; there
// need be none.
func (d *Definition) readKnowledge(fsys fs.FS, name string) error {
	data, err := fs.ReadFile(fsys, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("flow: %w", err)
	}
	entries, refused, err := knowledge.ReadJSON(bytes.NewReader(data))
	if err == nil && len(refused) > 0 {
		err = refused[0]
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	for i := range entries {
		if flow := entries[i].Flow; flow != "" && !d.HasFlow(flow) {
			return fmt.Errorf("%s: entry %q: flow %q: flows.yaml has no such flow", name, entries[i].ID, flow)
		}
	}
	d.answers = knowledge.New(entries)
	return nil
}

// Answered is the name of the act that says an answer: its Text are the words, its
// argument "entry" is where they come from.
const Answered = "answer"

// wordForWord is the score from which an answer goes before a flow that only
// examples have found, or that only leads to a person.
const (
	wordForWord = 0.95
	pathPerson  = "person"
)

// consult answers from what the shop knows, where no flow takes the words and they
// answer no question that is open. What was under way goes on after it.
func (c *Conversation) consult(u dialog.Understanding, w *flow, text string, out *Output) bool {
	a, ok := c.answerTo(u, w, text)
	if !ok {
		return false
	}
	c.state.NoMatch = 0
	if a.Text != "" {
		out.Acts = append(out.Acts, dialog.Act{Name: Answered, Text: a.Text, Args: map[string]string{"entry": a.ID}})
	}
	switch to := c.def.flows[a.Flow]; {
	case to != nil:
		c.start(to, u, out)
	case c.top() == nil:
		c.say(out, "anything_else")
	default:
		c.resume(out)
	}
	return true
}

// find asks what the shop knows, and else takes what another has found there.
func (c *Conversation) find(text string) (dialog.Answer, bool) {
	a, ok := c.def.answers.Find(text, c.state.Lang, c.state.Day)
	if !ok && c.advice != nil && c.advice.Answer != nil {
		return *c.advice.Answer, true
	}
	return a, ok
}

// answerTo is what the shop knows to words that it may be asked about, if it is sure.
func (c *Conversation) answerTo(u dialog.Understanding, w *flow, text string) (a dialog.Answer, ok bool) {
	if c.def.answers == nil || text == "" || c.state.Phase != talking || !c.open(u) {
		return a, false
	}
	least, may := leastScore(u, w)
	if !may {
		return a, false
	}
	a, ok = c.find(text)
	return a, ok && a.Score >= least && (a.Text != "" || c.def.flows[a.Flow] != nil)
}

// leastScore is the score that an answer needs to be said where u was understood,
// and w takes it; may is false where none may.
func leastScore(u dialog.Understanding, w *flow) (least float64, may bool) {
	switch {
	case u.Intent == "", u.Intent == nlu.Chat, w == nil && u.Intent == nlu.Help:
		return 0, true
	case w != nil && !w.Urgent && (u.Score < wordForWord || w.Path == pathPerson):
		return wordForWord, true
	}
	return 0, false
}

// open says whether words may be a question of the caller's own: they are no answer
// to the one that is open, which none in the caller's own words is known not to be.
func (c *Conversation) open(u dialog.Understanding) bool {
	f := c.top()
	if f == nil || !f.Waits || f.Changing {
		return f == nil || !f.Changing
	}
	n := c.node(f)
	if n == nil || n.Confirm != "" && (c.murmured() || !nlu.Asks(c.text)) || n.Free != "" || n.Ask != "" && c.def.file.Slots[n.Ask].Kind == "text" || c.answering(u) {
		return false
	}
	for _, s := range u.Slots {
		if c.def.flows[f.Flow].takes(s.Name) {
			return false
		}
	}
	return true
}
