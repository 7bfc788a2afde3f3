package flow

import (
	"regexp"
	"strings"

	"huike/dialog"
	"huike/dialog/nlu"
)

// meanwhile takes words while the caller waits for a person.
func (c *Conversation) meanwhile(u dialog.Understanding, w *flow, text string, out *Output) {
	switch {
	case nlu.RefusesPerson(text):
		out.Withdraw = true
		c.state.Phase = talking
		c.say(out, "handoff.withdrawn")
		if w != nil && !w.Urgent {
			c.start(w, u, out)
			return
		}
		c.run(out)
	case u.Intent != nlu.Goodbye && u.Intent != nlu.Cancel && c.prepared(u, text, out):
	case u.Intent == nlu.Goodbye:
		out.Withdraw = true
		c.goodbye(out)
	case u.Intent == nlu.Cancel:
		out.Withdraw = true
		c.state.Phase = talking
		c.say(out, "handoff.withdrawn")
		c.run(out)
	case w != nil && w.Urgent || u.Intent != "" || len(text) > fewBytes: // a question is not met with silence
		c.say(out, "handoff.waiting")
	}
}

// fewBytes is what a murmur has at most, such as 那个 or "uh-huh".
const fewBytes = 8

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
func (c *Conversation) move(u dialog.Understanding, out *Output) bool {
	answering := c.answering(u)
	switch u.Intent {
	case nlu.Repeat:
		c.again(out)
	case nlu.Why:
		c.why(out)
	case nlu.Help, nlu.Greeting, nlu.Robot:
		c.say(out, string(u.Intent))
		c.resume(out)
	case nlu.InEnglish, nlu.InChinese:
		c.speak(u.Intent, out)
	case nlu.Chat:
		return c.chat(out)
	case Menu:
		c.menu(out)
	case Back:
		c.goBack(out)
	case nlu.Goodbye:
		if answering && slot(u, nlu.SlotAnswer).Value != "no" {
			return false
		}
		c.goodbye(out)
	default:
		if answering || !c.moveUnlessAnswering(u, out) {
			return false
		}
	}
	c.state.NoMatch = 0
	return true
}

// wait gives the caller time, unless there is more in it: "wait, the last digit is 9".
func (c *Conversation) wait(out *Output) bool {
	if f := c.top(); f != nil && f.Waits && lastDigit.MatchString(c.text) {
		return false
	}
	c.say(out, "wait")
	return true
}

// thanked takes thanks, which with a no are the end of the call.
func (c *Conversation) thanked(u dialog.Understanding, out *Output) bool {
	f, no := c.top(), slot(u, nlu.SlotAnswer).Value == "no"
	switch {
	case f != nil && f.Waits && no:
		return false // "no, thanks" to a question
	case f == nil && no && c.asked() && c.saysNothingMore():
		c.goodbye(out)
		return true
	}
	c.say(out, "thanks")
	c.resume(out)
	return true
}

// moveUnlessAnswering makes the moves whose words can also be an answer: "no
// thanks", "never mind".
func (c *Conversation) moveUnlessAnswering(u dialog.Understanding, out *Output) bool {
	switch u.Intent {
	case nlu.Wait:
		return c.wait(out)
	case nlu.Thanks:
		return c.thanked(u, out)
	case nlu.Cancel:
		c.cancel(out)
	case nlu.Unsolved:
		if detailed(u) {
			return false
		}
		c.unsolved(out)
	default:
		return false
	}
	return true
}

// speak goes on in the language that the caller asks for.
func (c *Conversation) speak(asked dialog.Intent, out *Output) {
	out.Lang = dialog.English
	if asked == nlu.InChinese {
		out.Lang = dialog.Chinese
	}
	c.Speak(out.Lang)
	c.say(out, "language")
	c.resume(out)
}

// chat steers back to business once; more of it is not understood.
func (c *Conversation) chat(out *Output) bool {
	c.state.Chats++
	if c.state.Chats > 1 {
		c.miss("steer", out)
		return true
	}
	c.say(out, "steer")
	c.resume(out)
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
	if c.top() == nil && len(c.state.Said) > 0 { // of what was said: it gives its reason
		c.again(out)
		return
	}
	if e := c.awaited(); e.Slot == "" || e.Kind == "yesno" && c.node(c.top()).Confirm != "" {
		c.say(out, "help")
	} else {
		c.say(out, whyOf(c.node(c.top())))
	}
	c.resume(out)
}

// whyOf is the act that says what a node asks for: by its question, or by its slot.
func whyOf(n *node) string {
	if question, own := strings.CutPrefix(n.Say, "ask."); own {
		return "why." + question
	}
	return "why." + n.Ask + n.Choose
}

// cancel leaves the flow at work. A write that is under way is not taken back.
func (c *Conversation) cancel(out *Output) {
	f := c.top()
	switch {
	case f == nil && c.undo(out):
	case f == nil:
		c.say(out, "what_else")
	case f.Op != nil && f.Op.Write:
		c.say(out, "too_late")
	default:
		c.leave()
		c.say(out, "cancelled")
		c.run(out)
	}
}

// undo takes "cancel it" for what was done just before, where there is a flow for that.
func (c *Conversation) undo(out *Output) bool {
	last := c.state.Last
	if last == nil || !last.Solved || !undoing.MatchString(c.text) {
		return false
	}
	name := c.def.flows[last.Flow].Undo
	if name == "" {
		return false
	}
	c.push(name, last.Slots)
	c.run(out)
	return true
}

var undoing = regexp.MustCompile(`(?i)\bcancel\b|\bcall (it|that) off\b|\bundo\b|取消|撤销|退掉|不(约|要|留)了`)

// leave ends the flow at work, and with a sub-flow what had started it.
func (c *Conversation) leave() {
	for len(c.state.Stack) > 1 && c.top().Sub {
		c.pop()
	}
	f := c.top()
	f.Op = nil
	c.goTo(f, done)
	f.Solved = false
}

// The moves that a shop gives words to in nlu.yaml.
const (
	Menu dialog.Intent = "menu" // leaves everything: what can you do?
	Back dialog.Intent = "back" // to what was before this
)

// menu leaves all flows but those with a write under way.
func (c *Conversation) menu(out *Output) {
	if c.writing() != nil {
		c.say(out, "too_late")
		return
	}
	c.state.Stack, c.state.Queue = nil, nil
	c.say(out, "menu")
}

// goBack leaves the flow at work for the one below, or takes up the one that ended
// before the last.
func (c *Conversation) goBack(out *Output) {
	last := c.state.Before
	if last == nil {
		last = c.state.Last
	}
	switch {
	case c.top() != nil && c.top().Op != nil && c.top().Op.Write:
		c.say(out, "too_late")
	case c.top() != nil:
		c.leave()
		c.run(out)
	case last != nil:
		c.push(last.Flow, last.Slots)
		c.run(out)
	default:
		c.say(out, "menu")
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
