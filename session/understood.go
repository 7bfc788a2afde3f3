package session

import (
	"huike/dialog"
	"huike/dialog/flow"
	"huike/dialog/nlu"
	"huike/session/journal"
)

// understood takes down what a turn was understood as.
func (c *conversation) understood(in flow.Input, out flow.Output) {
	u := out.Understood
	if !tells(in, u) {
		return
	}
	c.contact.Intent = c.wanted(u.Intent)
	c.contact.Complaint = c.contact.Complaint || u.Mood == "angry"
	c.emit(journal.Event{
		Type: journal.TypeUnderstood, Turn: c.asked, Intent: u.Intent, Score: u.Score, Slots: u.Slots,
		Need: u.Need, Mood: u.Mood, Node: out.State, Rule: rule(out.Route),
	})
	c.passing.follow(u)
}

// tells says whether the journal has a line of what was understood: of every turn of the
// caller's, and of whatever else was.
func tells(in flow.Input, u dialog.Understanding) bool {
	return u.Intent != "" || u.Mood != "" || in.Kind == flow.Words || in.Kind == flow.Keys
}

// rule names what the routing table decided.
func rule(r *flow.Route) string {
	if r == nil {
		return ""
	}
	return r.Rule
}

// wanted is what the member's history says that the call was about: the last wish,
// and no goodbye or call for a person after it.
func (c *conversation) wanted(intent dialog.Intent) string {
	switch intent {
	case "", nlu.Goodbye, nlu.Thanks, nlu.Person, nlu.Repeat:
		if c.contact.Intent != "" {
			return c.contact.Intent
		}
	}
	return string(intent)
}
