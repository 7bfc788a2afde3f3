package flow

import (
	"strconv"
	"strings"

	"huike/dialog"
	"huike/dialog/nlu"
)

// words takes what the caller said.
func (c *Conversation) words(in Input, out *Output) {
	u := c.def.understand.Understand(c.state.Lang, in.Text, in.Alternatives, c.awaited())
	c.act1(u, in.Text, out)
}

// act1 acts on what was understood, the most urgent meaning first.
func (c *Conversation) act1(u dialog.Understanding, text string, out *Output) {
	out.Understood = u
	if u.Mood != "" {
		c.state.Mood = u.Mood
	}
	c.judge(u)
	w := c.def.intents[u.Intent]
	if w == nil && u.Mood != "" && (u.Intent == "" || u.Intent == nlu.Unsolved || u.Intent == nlu.Unknown || u.Intent == nlu.Chat) {
		w = c.def.flows[c.def.file.Moods[u.Mood]]
	}
	switch {
	case c.state.Phase == waiting:
		c.meanwhile(u, w, out)
	case w != nil && w.Urgent:
		c.urgent(w, u.Slots, out)
	case c.move(u, w, out):
	case c.pending(u, w, text, out):
	case w != nil:
		c.start(w, u, out)
	default:
		c.loose(u, out)
	}
}

// judge closes the problem that was just answered, unless the caller objects.
func (c *Conversation) judge(u dialog.Understanding) {
	if c.state.Solved == "" || u.Intent == nlu.Repeat || u.Intent == nlu.Wait {
		return
	}
	if u.Intent != nlu.Unsolved && u.Intent != "" {
		delete(c.state.Failures, c.state.Solved)
	}
	c.state.Solved = ""
}

// meanwhile takes words while the caller waits for a person.
func (c *Conversation) meanwhile(u dialog.Understanding, w *flow, out *Output) {
	switch {
	case u.Intent == nlu.Goodbye:
		out.Withdraw = true
		c.goodbye(out)
	case u.Intent == nlu.Cancel:
		out.Withdraw = true
		c.state.Phase = talking
		c.say(out, "handoff.withdrawn")
		c.run(out)
	case w != nil && w.Urgent || u.Intent == nlu.Repeat:
		c.say(out, "handoff.waiting")
	}
}

// urgent runs a flow that overrules everything, such as the way to a person.
func (c *Conversation) urgent(w *flow, slots []dialog.Slot, out *Output) {
	if c.state.Phase != talking {
		c.say(out, "handoff.waiting")
		return
	}
	c.remember(slots)
	c.push(w.Name, nil)
	c.run(out)
}

// remember keeps slots that no flow at work takes: the person who takes over
// should see them.
func (c *Conversation) remember(slots []dialog.Slot) {
	for _, s := range slots {
		c.state.Memory[s.Name] = s
	}
}

// move makes the moves that are possible at any moment and belong to no flow.
func (c *Conversation) move(u dialog.Understanding, w *flow, out *Output) bool {
	answering := c.answering(u)
	switch u.Intent {
	case nlu.Repeat:
		c.again(out)
	case nlu.Goodbye:
		if answering && !strings.Contains(slot(u, nlu.SlotAnswer).Value, "no") {
			return false
		}
		c.goodbye(out)
	case nlu.Wait:
		if answering {
			return false
		}
		c.say(out, "wait")
	case nlu.Why:
		c.why(out)
	case nlu.Help, nlu.Greeting:
		c.say(out, string(u.Intent))
		c.resume(out)
	case nlu.Thanks:
		if answering {
			return false
		}
		c.say(out, "thanks")
		c.resume(out)
	case nlu.Chat:
		c.state.Chats++
		if c.state.Chats%rungs != 1 {
			c.miss("steer", out)
			return true
		}
		c.say(out, "steer")
		c.resume(out)
	case nlu.Cancel:
		if answering && c.awaited().Kind == "yesno" {
			return false
		}
		c.cancel(out)
	case nlu.Unsolved:
		if answering || detailed(u) {
			return false
		}
		c.unsolved(out)
	default:
		return false
	}
	if u.Intent != nlu.Chat {
		c.state.NoMatch = 0
	}
	return true
}

// answering says whether u answers the yes-no question or the question for a
// slot that is open.
func (c *Conversation) answering(u dialog.Understanding) bool {
	e := c.awaited()
	if e.Kind == "yesno" {
		return slot(u, nlu.SlotAnswer).Name != ""
	}
	return e.Slot != "" && slot(u, e.Slot).Name != ""
}

// detailed says whether u names more than an answer.
func detailed(u dialog.Understanding) bool {
	for _, s := range u.Slots {
		if s.Name != nlu.SlotAnswer {
			return true
		}
	}
	return false
}

func slot(u dialog.Understanding, name string) dialog.Slot {
	for _, s := range u.Slots {
		if s.Name == name {
			return s
		}
	}
	return dialog.Slot{}
}

// why says what a slot is needed for, and asks again.
func (c *Conversation) why(out *Output) {
	e := c.awaited()
	if e.Slot == "" {
		c.say(out, "help")
	} else {
		c.say(out, "why."+e.Slot)
	}
	c.resume(out)
}

// cancel leaves the flow at work. A write that is under way is not taken back.
func (c *Conversation) cancel(out *Output) {
	f := c.top()
	switch {
	case f == nil:
		c.say(out, "what_else")
	case f.Op != nil && f.Op.Write:
		c.say(out, "too_late")
	default:
		f.Op = nil
		c.goTo(f, done)
		c.say(out, "cancelled")
		c.run(out)
	}
}

// unsolved takes "that is not what I asked": a failure of the problem at hand.
func (c *Conversation) unsolved(out *Output) {
	f := c.top()
	if f == nil {
		f = c.state.Last
	}
	if f == nil {
		c.miss("", out)
		return
	}
	w := c.def.flows[f.Flow]
	if c.failed(w.problem(), out) {
		return
	}
	c.say(out, "unsolved")
	if f != c.top() && w.Retry != "" {
		n := c.push(w.Name, nil)
		n.Node = w.index[w.Retry]
		c.run(out)
		return
	}
	if c.top() == nil {
		c.say(out, "what_exactly")
		return
	}
	c.resume(out)
}

// pending answers what the conversation stands at: a read-back, a question, a
// choice, or an operation under way. It returns false where u has nothing to
// do with that.
func (c *Conversation) pending(u dialog.Understanding, w *flow, text string, out *Output) bool {
	f := c.top()
	if f == nil {
		return false
	}
	n := c.node(f)
	switch {
	case f.Op != nil:
		if w != nil && w.Name != f.Flow {
			return false
		}
		c.say(out, "looking")
		return true
	case n == nil || !f.Waits:
		return false
	case n.Confirm != "":
		return c.confirmed(f, n, u, w, out)
	case n.Choose != "":
		return c.chosen(f, n, u, w, out)
	}
	return c.answered(f, n, u, w, text, out)
}

// confirmed takes the answer to a read-back. Only an explicit yes to what was
// heard whole counts, and a change of any slot is read back again.
func (c *Conversation) confirmed(f *frame, n *node, u dialog.Understanding, w *flow, out *Output) bool {
	answer := slot(u, nlu.SlotAnswer).Value
	changed, _ := c.fillAll(f, u.Slots)
	switch {
	case changed:
		c.state.NoMatch = 0
		f.Node, f.Waits, f.Changing = 0, false, false
		c.run(out)
	case w != nil && w.Name != f.Flow:
		return false
	case f.Changing && (answer == "no" || u.Intent == nlu.Cancel), answer == "no" && n.No != "", u.Intent == nlu.Cancel:
		c.state.NoMatch = 0
		if n.No != "" && u.Intent != nlu.Cancel {
			c.goTo(f, n.No)
		} else {
			c.goTo(f, done)
			c.say(out, "cancelled")
		}
		c.run(out)
	case answer == "no":
		f.Changing = true
		c.say(out, "confirm.change")
		out.Expect = dialog.Expect{Kind: "open"}
	case answer == "yes" && f.Heard && !f.Changing:
		c.state.NoMatch = 0
		f.Yes = agreed + f.fingerprint()
		c.goTo(f, n.Next)
		c.run(out)
	case answer != "" && f.Heard && !f.Changing:
		c.miss("confirm.explicit", out)
	default:
		c.miss("", out)
	}
	return true
}

// chosen takes the answer to "which of these": by place or by name.
func (c *Conversation) chosen(f *frame, n *node, u dialog.Understanding, w *flow, out *Output) bool {
	value := slot(u, n.Choose).Value
	if v := slot(u, nlu.SlotChoice).Value; v != "" {
		i, err := strconv.Atoi(v)
		if i < 0 {
			i += min(maxChoices, len(f.Rows)) + 1
		}
		if err == nil && i >= 1 && i <= min(maxChoices, len(f.Rows)) {
			value = f.Rows[i-1][n.Value]
		}
	}
	if value == "" {
		if w != nil && w.Name != f.Flow {
			return false
		}
		c.miss("", out)
		return true
	}
	c.state.NoMatch = 0
	c.fill(f, dialog.Slot{Name: n.Choose, Value: value})
	c.goTo(f, n.Next)
	c.run(out)
	return true
}

// fillAll sets what the flow of f takes of slots. It says whether a slot that
// was filled has changed, and whether any was set.
func (c *Conversation) fillAll(f *frame, slots []dialog.Slot) (changed, any bool) {
	w := c.def.flows[f.Flow]
	for _, s := range slots {
		old, had := f.Slots[s.Name]
		if !w.takes(s.Name) || !c.valid(s) || had && old.Value == s.Value {
			continue
		}
		c.fill(f, s)
		any = true
		changed = changed || had
	}
	return changed, any
}

// valid checks a slot's value against its type, wherever it came from.
func (c *Conversation) valid(s dialog.Slot) bool {
	t, ok := c.def.file.Slots[s.Name]
	if !ok || s.Value == "" {
		return false
	}
	if t.Kind != "digits" {
		return true
	}
	plain := strings.TrimPrefix(s.Value, "+")
	for _, d := range plain {
		if d < '0' || d > '9' {
			return false
		}
	}
	return t.Digits == 0 || len(plain) == t.Digits || plain != s.Value
}

// answered takes the answer to the question for a slot.
func (c *Conversation) answered(f *frame, n *node, u dialog.Understanding, w *flow, text string, out *Output) bool {
	t := c.def.file.Slots[n.Ask]
	changed, any := c.fillAll(f, u.Slots)
	if a := slot(u, nlu.SlotAnswer).Value; t.Kind == "yesno" && a != "" && !any {
		if a == "weak" {
			a = string(nlu.Yes)
		}
		c.fill(f, dialog.Slot{Name: n.Ask, Value: a, Heard: text})
		any = true
	}
	other := w != nil && w.Name != f.Flow
	switch {
	case any:
		c.state.NoMatch = 0
		if changed {
			f.Node = 0
		}
		f.Waits = false
		if other { // answers and asks in one sentence
			c.push(w.Name, named(u.Slots))
		}
		c.run(out)
	case other:
		return false
	case u.Intent == nlu.Unknown && n.Unknown != "":
		c.goTo(f, n.Unknown)
		c.run(out)
	case t.Kind == "digits" && c.digits(u) != "":
		c.miss("invalid."+n.Ask, out)
	case t.Kind == "text":
		c.fill(f, dialog.Slot{Name: n.Ask, Value: text, Heard: text})
		c.run(out)
	case n.Free != "" && u.Intent == "" && text != "":
		c.fill(f, dialog.Slot{Name: n.Free, Value: text, Heard: text})
		c.run(out)
	default:
		c.miss("", out)
	}
	return true
}

// digits returns the digits that the caller gave, whatever they are.
func (c *Conversation) digits(u dialog.Understanding) string {
	for _, s := range u.Slots {
		if c.def.file.Slots[s.Name].Kind == "digits" || s.Name == nlu.SlotNumber {
			return s.Value
		}
	}
	return ""
}

// named returns slots by name.
func named(slots []dialog.Slot) map[string]dialog.Slot {
	out := make(map[string]dialog.Slot, len(slots))
	for _, s := range slots {
		out[s.Name] = s
	}
	return out
}

// start begins a flow, or goes back to it where it waits already.
func (c *Conversation) start(w *flow, u dialog.Understanding, out *Output) {
	c.state.NoMatch = 0
	for i, f := range c.state.Stack {
		if f.Flow != w.Name || f.Op != nil && f.Op.Write {
			continue
		}
		c.state.Stack = append(append(c.state.Stack[:i:i], c.state.Stack[i+1:]...), f)
		c.fillAll(f, u.Slots)
		f.Node, f.Waits, f.Op = 0, false, nil
		c.run(out)
		return
	}
	c.remember(u.Slots)
	c.push(w.Name, named(u.Slots))
	c.run(out)
}

// loose takes words that name no wish: a correction of what was just dealt
// with, a detail alone, yes or no to "anything else?".
func (c *Conversation) loose(u dialog.Understanding, out *Output) {
	if c.reopen(u, out) {
		return
	}
	answer := slot(u, nlu.SlotAnswer).Value
	idle := c.top() == nil
	switch {
	case idle && answer == "no":
		c.goodbye(out)
	case idle && answer != "":
		c.state.NoMatch = 0
		c.say(out, "go_ahead")
	case u.Intent == nlu.Unsolved:
		c.unsolved(out)
	default:
		c.miss("", out)
	}
}

// reopen runs the flow again that ended last, or the one that a detail starts,
// with the details that u names.
func (c *Conversation) reopen(u dialog.Understanding, out *Output) bool {
	last := c.state.Last
	if last != nil {
		w := c.def.flows[last.Flow]
		for _, s := range u.Slots {
			if !w.takes(s.Name) || !c.valid(s) {
				continue
			}
			if u.Intent == nlu.Unsolved && c.failed(w.problem(), out) {
				return true
			}
			c.state.NoMatch = 0
			f := c.push(w.Name, last.Slots)
			c.fillAll(f, u.Slots)
			c.run(out)
			return true
		}
	}
	for _, w := range c.def.file.Flows {
		for _, name := range w.Starts {
			if s := slot(u, name); s.Name != "" && c.valid(s) {
				c.start(w, u, out)
				return true
			}
		}
	}
	return false
}
