package flow

import (
	"huike/dialog"
	"huike/dialog/nlu"
)

// words takes what the caller said.
func (c *Conversation) words(in Input, out *Output) {
	u := c.def.understand.Understand(c.state.Lang, in.Text, in.Alternatives, c.awaited())
	c.understood(u, in.Text, out)
}

// understood acts on what was understood, the most urgent meaning first.
func (c *Conversation) understood(u dialog.Understanding, text string, out *Output) {
	out.Understood = u
	if u.Mood != "" {
		c.state.Mood = u.Mood
	}
	c.judge(u)
	w := c.wish(u)
	switch {
	case c.state.Phase == waiting:
		c.meanwhile(u, w, out)
	case c.telling(u, w):
		c.told(text, out)
	case w != nil && w.Urgent:
		c.urgent(w, u.Slots, out)
	case c.move(u, out):
	case c.pending(u, w, text, out):
	case w != nil:
		c.start(w, u, out)
	default:
		c.loose(u, out)
	}
}

// wish is the flow that u asks for, or that its mood calls for; nil where it
// asks for none.
func (c *Conversation) wish(u dialog.Understanding) *flow {
	w := c.def.intents[u.Intent]
	if w == nil && u.Mood != "" && (u.Intent == "" || u.Intent == nlu.Unsolved || u.Intent == nlu.Unknown || u.Intent == nlu.Chat) {
		w = c.def.flows[c.def.file.Moods[u.Mood]]
	}
	return w
}

// telling says whether the caller tells what went wrong, as was asked, so that
// words such as "rude" or "my order" are part of the story and no new wish.
func (c *Conversation) telling(u dialog.Understanding, w *flow) bool {
	f := c.top()
	if f == nil || !f.Waits || f.Changing || c.def.file.Slots[c.node(f).Ask].Kind != "text" {
		return false
	}
	return u.Intent == "" || u.Intent == nlu.Unsolved || w != nil && u.Intent != nlu.Person
}

// told takes the story.
func (c *Conversation) told(text string, out *Output) {
	f := c.top()
	if text == "" {
		c.miss("", out)
		return
	}
	c.state.NoMatch = 0
	c.fill(f, dialog.Slot{Name: c.node(f).Ask, Value: text, Heard: text})
	f.Waits = false
	c.run(out)
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
