package flow

import (
	"slices"
	"strings"

	"huike/dialog"
	"huike/dialog/nlu"
)

// Step takes one input and returns what follows from it. After an Output with
// End it returns nothing more, unless the caller interrupts the goodbye.
func (c *Conversation) Step(in Input) Output {
	var out Output
	if in.Person != nil {
		c.state.Person = *in.Person
	}
	if in.Day != "" {
		c.state.Day = in.Day
	}
	if c.state.Phase == ended {
		if in.Kind == Interrupted { // whoever speaks into the goodbye has more to say
			c.state.Phase, c.state.Stack, c.state.Leaving = talking, nil, false
			c.settle(&out)
		}
		return out
	}
	switch in.Kind {
	case Begin:
		c.push(c.def.file.Starts.Begin, nil)
		c.run(&out)
	case Words:
		c.state.NoInput = 0
		c.words(in, &out)
	case Keys:
		c.state.NoInput = 0
		c.keys(in, &out)
	case NoInput:
		c.silence(&out)
	case Done:
		c.result(in.Result, &out)
	case Returned:
		c.back(&out)
	case NobodyFree:
		c.nobody(&out)
	case Interrupted:
		c.interrupted(in)
	case Told:
		c.toldElsewhere(in.Text)
	case CalledAgain:
		c.calledAgain(&out)
	}
	c.settle(&out)
	return out
}

// settle fills in what every output says of the state.
func (c *Conversation) settle(out *Output) {
	if len(out.Acts) > 0 && !passing(out.Acts[0].Name) {
		c.state.Reply = out.Acts
		if !strings.HasPrefix(out.Acts[0].Name, "no_match") {
			c.state.Said = out.Acts
		}
	}
	out.State = c.path()
	if c.state.Phase != talking || out.Expect.Kind != "" {
		return
	}
	switch f := c.top(); {
	case f == nil:
		out.Expect = dialog.Expect{Kind: "open"}
	case f.Changing:
		out.Expect = dialog.Expect{Kind: "open"}
	case f.Waits:
		out.Expect = c.expect(c.node(f))
	}
}

// passing says whether an act only bridges a pause: nobody means it with "say
// that again".
func passing(act string) bool { return act == "wait" || act == "looking" || act == "thanks" }

// interrupted notes that the caller cut a sentence short. Nothing changes but
// this: a read-back that was not heard whole cannot be said yes to.
func (c *Conversation) interrupted(in Input) {
	f := c.top()
	if in.HeardAll || f == nil || !f.Waits {
		return
	}
	if n := c.node(f); n != nil && n.Confirm != "" {
		f.Heard = false
	}
}

// keys takes the keypad: an answer where digits, a choice or yes-no are due,
// and else the menu. "0" alone is always a person.
func (c *Conversation) keys(in Input, out *Output) {
	keys := strings.TrimRight(in.Keys, "#")
	expect := c.awaited()
	name, menu := c.def.file.Keys[keys]
	if menu && c.def.flows[name] != nil && c.def.flows[name].Urgent {
		c.urgent(c.def.flows[name], nil, out)
		return
	}
	u := dialog.Understanding{Score: 1}
	switch {
	case keys == "":
		c.again(out)
		return
	case expect.Kind == "digits":
		u.Slots = []dialog.Slot{{Name: expect.Slot, Value: keys, Heard: keys}}
	case expect.Kind == "choice":
		u.Slots = []dialog.Slot{{Name: nlu.SlotChoice, Value: keys, Heard: keys}}
	case expect.Kind == "yesno" && (keys == "1" || keys == "2"):
		u.Intent = nlu.Yes
		if keys == "2" {
			u.Intent = nlu.No
		}
		u.Slots = []dialog.Slot{{Name: nlu.SlotAnswer, Value: string(u.Intent), Heard: keys}}
	case name == string(nlu.Repeat):
		c.again(out)
		return
	case menu:
		if w := c.def.flows[name]; len(w.Intents) > 0 {
			u.Intent = w.Intents[0]
		}
	default:
		// Keys where words are due are the number they spell.
		u = c.def.understand.Understand(c.state.Lang, keys, nil, expect)
	}
	c.understood(u, keys, out)
}

// awaited says what the caller was asked, for the understander.
func (c *Conversation) awaited() nlu.Expect {
	f := c.top()
	switch {
	case f == nil && c.state.Options != nil: // "the second one" is one of what was read out
		return nlu.Expect{Expect: dialog.Expect{Kind: "choice"}, Before: c.before(), Dated: c.dated(c.state.Last)}
	case f == nil:
		return nlu.Expect{Expect: dialog.Expect{Kind: "open"}, Before: c.before(), Dated: c.dated(c.state.Last)}
	case !f.Waits || f.Changing:
		return nlu.Expect{Expect: dialog.Expect{Kind: "open"}, Dated: c.dated(f)}
	}
	n := c.node(f)
	slot := n.Ask
	if n.Choose != "" {
		slot = n.Choose
	}
	return nlu.Expect{Expect: c.expect(n), Slot: slot, Dated: c.dated(f)}
}

// dated says whether a day or an hour is a detail of what is being done, or was done last.
func (c *Conversation) dated(f *frame) bool {
	return f != nil && slices.ContainsFunc(c.def.flows[f.Flow].Slots, func(name string) bool { return c.def.file.Slots[name].Kind == "date" })
}

// The ladders: the third rung ends them.
const rungs = 3

// silence climbs the no-input ladder: say it again, offer help, hang up.
func (c *Conversation) silence(out *Output) {
	if c.state.Phase == waiting {
		if !c.prepare(out) {
			c.say(out, "handoff.waiting") // nobody waits in dead air
		}
		return
	}
	c.state.NoInput++
	f := c.top()
	if f != nil && f.Op != nil {
		c.late(f, out)
		return
	}
	switch c.state.NoInput {
	case 1, 2:
		c.say(out, "no_input."+string(rune('0'+c.state.NoInput)))
		c.resume(out)
	default:
		c.say(out, "goodbye.silent")
		c.end(dialog.Disposition{Code: dialog.NoInput, By: dialog.Caller}, out)
	}
}

// late bridges the wait for an operation that takes long, and gives it up in
// the end: a read as failed, a write to a person, who sees what was asked for.
func (c *Conversation) late(f *frame, out *Output) {
	if c.state.NoInput < rungs {
		c.say(out, "looking")
		return
	}
	c.state.NoInput = 0
	if f.Op.Write {
		c.say(out, "fault")
		c.handoff(dialog.ReasonFault, out)
		return
	}
	c.result(&Result{ID: f.Op.ID, Code: "timeout"}, out)
}

// resume puts the question again at which the conversation stands.
func (c *Conversation) resume(out *Output) {
	f := c.top()
	if f == nil {
		return
	}
	if f.Changing {
		c.say(out, "confirm.change")
		return
	}
	c.run(out)
}

// again repeats the last reply, and at a read-back nothing but that.
func (c *Conversation) again(out *Output) {
	f := c.top()
	switch {
	case f != nil && f.Op != nil: // a read-back that was said yes to is not read again
		c.say(out, "looking")
		return
	case f != nil && f.Waits && !f.Changing && c.node(f).Confirm != "":
		c.run(out)
		return
	}
	out.Acts = slices.Clone(c.state.Said)
	if len(out.Acts) == 0 {
		c.say(out, "help")
	}
}

// miss climbs the no-match ladder and counts a failure of the problem at hand.
// Either may end at a person.
func (c *Conversation) miss(act string, out *Output) {
	c.state.NoMatch++
	if f := c.top(); f != nil && c.failed(c.def.flows[f.Flow].problem(), out) {
		return
	}
	if c.route(onMiss, "", out.Understood, out) {
		c.state.NoMatch = 0
		return
	}
	if c.state.NoMatch >= hardFailures {
		c.state.NoMatch = 0
		c.handoff(dialog.ReasonNoAnswer, out)
		return
	}
	if act == "" {
		act = "no_match." + string(rune('0'+min(c.state.NoMatch, rungs-1)))
	}
	c.say(out, act)
	c.resume(out)
}

// hardFailures is how often the same problem may fail, or words not be understood,
// before a person has the call whatever the routing table says.
const hardFailures = 10

// failed counts a failure of a problem and says whether it was one too many, so
// that something else goes on: by the routing table, a person.
func (c *Conversation) failed(problem string, out *Output) bool {
	c.state.Failures[problem]++
	routed := c.route(onFailure, problem, out.Understood, out)
	if !routed && c.state.Failures[problem] >= hardFailures {
		c.handoff(dialog.ReasonUnresolved, out)
		routed = true
	}
	if routed {
		delete(c.state.Failures, problem)
	}
	return routed
}

// handoff asks for a person. Where one has been asked for, it is not asked
// again.
func (c *Conversation) handoff(reason dialog.Reason, out *Output) {
	if c.state.Phase != talking {
		return
	}
	c.state.Phase = waiting
	c.state.Reason = reason
	c.state.NoMatch, c.state.NoInput = 0, 0
	c.state.Prepared, c.state.Preparing = 0, ""
	out.Handoff = c.brief(reason)
	out.Expect = dialog.Expect{}
}

// brief is what a person is told.
func (c *Conversation) brief(reason dialog.Reason) *dialog.Handoff {
	return &dialog.Handoff{Reason: reason, Summary: c.summary(reason), Slots: c.slots()}
}

// back takes the call over again from a person, who has dealt with what was
// going on.
func (c *Conversation) back(out *Output) {
	c.state.Phase = talking
	c.state.Stack, c.state.Queue = nil, nil
	clear(c.state.Failures)
	c.state.Solved = ""
	c.push(c.def.file.Starts.Returned, nil)
	c.run(out)
}

// nobody offers a call-back because no person took the call.
func (c *Conversation) nobody(out *Output) {
	if c.state.Phase != waiting {
		return
	}
	c.state.Phase = talking
	for _, f := range c.state.Stack { // a write that was given up is the person's matter now
		f.Op = nil
	}
	c.push(c.def.file.Starts.Nobody, map[string]dialog.Slot{nlu.SlotPhone: c.state.Memory[nlu.SlotPhone]})
	c.run(out)
}

// end ends the call.
func (c *Conversation) end(d dialog.Disposition, out *Output) {
	if c.state.Outcome != "" && d.Code == dialog.Completed {
		d.Code = c.state.Outcome
	}
	c.state.Phase = ended
	out.End = &d
	out.Expect = dialog.Expect{}
}

// goodbye ends the call as the caller wishes, but not before a write that is
// under way has been answered for.
func (c *Conversation) goodbye(out *Output) {
	c.state.Queue = nil
	if c.writing() != nil {
		c.state.Leaving = true
		c.say(out, "looking")
		return
	}
	c.say(out, "goodbye")
	c.end(dialog.Disposition{Code: dialog.Completed, By: dialog.Caller}, out)
}
