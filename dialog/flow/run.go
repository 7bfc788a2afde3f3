package flow

import (
	"encoding/json"
	"strings"

	"huike/dialog"
)

// maxNodes bounds the nodes that run in one step: flows that go in circles end
// at a person and not in a hang.
const maxNodes = 64

// run goes on from where the conversation stands until it must wait for the
// caller, for a result or for a person.
func (c *Conversation) run(out *Output) {
	for range maxNodes {
		if c.state.Phase != talking {
			return
		}
		f := c.top()
		if f == nil {
			c.idle(out)
			return
		}
		if f.Op != nil {
			return
		}
		n := c.node(f)
		if n == nil {
			c.finish(f, out)
			continue
		}
		if c.barred(f) {
			c.bar(f, out)
			continue
		}
		if c.enter(f, n, out) {
			return
		}
	}
	c.handoff(dialog.ReasonFault, out)
}

// finish pops a flow that has come to its end, and goes back to the one below.
func (c *Conversation) finish(f *frame, out *Output) {
	c.pop()
	below := c.top()
	switch {
	case f.Sub && below != nil:
		c.giveBack(f, below)
	case below != nil && below.Waits:
		c.say(out, "resume")
	case c.state.Leaving:
	case below == nil && !c.def.flows[f.Flow].Quiet && c.state.Phase == talking:
		c.between(f, out)
	case below == nil && c.state.Phase == talking:
		c.next(out)
	}
}

// giveBack gives what a sub-flow has found out to the flow that started it.
func (c *Conversation) giveBack(f, below *frame) {
	for name, s := range f.Slots {
		if c.def.flows[below.Flow].takes(name) {
			below.Slots[name] = s
		}
	}
}

// idle is the state between two wishes.
func (c *Conversation) idle(out *Output) {
	if c.state.Leaving {
		c.goodbye(out)
		return
	}
	out.Expect = dialog.Expect{Kind: "open"}
}

// enter runs one node and says whether to wait.
func (c *Conversation) enter(f *frame, n *node, out *Output) (wait bool) {
	if !c.holds(f, n) {
		c.goTo(f, "")
		return false
	}
	if !f.Waits && c.mark(f, n, out) {
		return true
	}
	switch {
	case n.Ask != "":
		return c.ask(f, n, out)
	case n.Choose != "":
		return c.choose(f, n, out)
	case n.Confirm != "":
		return c.confirm(f, n, out)
	}
	for row := range max(1, min(n.Each, len(f.Rows))) {
		if n.Say != "" {
			out.Acts = append(out.Acts, c.act(f, n, n.Say, row))
		}
	}
	c.told1(f, n, out)
	c.clear(f, n)
	switch {
	case n.Do != "":
		return c.do(f, n, out)
	case n.Flow != "":
		c.goTo(f, n.Next)
		c.push(n.Flow, f.Slots).Sub = true
		return false
	case n.Handoff != "":
		c.goTo(f, n.Next)
		if c.node(f) == nil {
			c.pop()
		}
		c.handoff(n.Handoff, out)
		return true
	case n.End != "":
		c.end(dialog.Disposition{Code: n.End, By: dialog.Agent}, out)
		return true
	}
	c.goTo(f, n.Next)
	return false
}

// mark does what a node says of the state: slots, success, failure. It says
// whether the failure was one too many.
func (c *Conversation) mark(f *frame, n *node, out *Output) (handed bool) {
	for name, v := range n.Set {
		if value := c.expand(f, v, 0); value != "" { // a column that the shop has not sent takes nothing away
			c.fill(f, dialog.Slot{Name: name, Value: value})
		}
	}
	if n.Say == "" || n.Ask != "" || n.Choose != "" {
		c.clear(f, n)
	}
	if n.Outcome != "" {
		c.state.Outcome = n.Outcome
	}
	problem := c.def.flows[f.Flow].problem()
	if n.Solved {
		f.Solved = true
		c.state.Solved = problem
		c.state.NoMatch = 0
	}
	return n.Fail && c.failed(problem, out)
}

// clear forgets the slots that a node clears: what it says may still name them.
func (c *Conversation) clear(f *frame, n *node) {
	for _, name := range n.Clear {
		delete(f.Slots, name)
		delete(c.state.Memory, name)
	}
}

// told1 keeps what a node has read out, and what is to be kept of the caller.
func (c *Conversation) told1(f *frame, n *node, out *Output) {
	if n.Pick != "" {
		o := &options{Slot: n.Pick}
		for _, r := range f.Rows[:min(len(f.Rows), max(1, n.Each))] {
			o.Values = append(o.Values, r[n.Value])
		}
		c.state.Options = o
	}
	if note := n.Note[string(c.state.Lang)]; note != "" && len(c.state.Tried) > 0 {
		c.state.Tried[len(c.state.Tried)-1].Note = c.expand(f, note, 0)
	}
	if n.Event != "" {
		e := Event{Name: n.Event, Args: map[string]string{}}
		for k, v := range n.With {
			e.Args[k] = c.expand(f, v, 0)
		}
		out.Events = append(out.Events, e)
	}
}

// say adds an act; args are pairs of name and value.
func (c *Conversation) say(out *Output, name string, args ...string) {
	a := dialog.Act{Name: name}
	for i := 0; i+1 < len(args); i += 2 {
		if a.Args == nil {
			a.Args = map[string]string{}
		}
		a.Args[args[i]] = args[i+1]
	}
	out.Acts = append(out.Acts, a)
}

// ask puts the question for a slot, unless it is filled.
func (c *Conversation) ask(f *frame, n *node, out *Output) (wait bool) {
	c.complete(f, n)
	given, ok := f.Slots[n.Ask]
	hourless := ok && n.Hour && !strings.Contains(given.Value, "T")
	if ok && !hourless {
		c.goTo(f, n.Next)
		return false
	}
	if n.Free != "" {
		if _, ok := f.Slots[n.Free]; ok {
			c.goTo(f, n.Next)
			return false
		}
	}
	name := n.Say
	if name == "" {
		name = "ask." + n.Ask
	}
	switch {
	case hourless:
		name += ".hour"
	case f.Asked > 0:
		name += ".again"
	}
	f.Asked++
	f.Waits = true
	out.Acts = append(out.Acts, c.act(f, n, name, 0))
	out.Expect = c.expect(n)
	return true
}

// complete completes a date that is an hour or a day alone from the node's Base.
func (c *Conversation) complete(f *frame, n *node) {
	given, ok := f.Slots[n.Ask]
	base := c.expand(f, n.Base, 0)
	if !ok || base == "" {
		return
	}
	if v := redated(base, given.Value, given.Heard, c.state.Day); v != given.Value {
		c.fill(f, dialog.Slot{Name: n.Ask, Value: v, Heard: inWords(v, c.state.Lang)})
	}
}

// expect says what kind of answer a node is due.
func (c *Conversation) expect(n *node) dialog.Expect {
	switch {
	case n == nil:
		return dialog.Expect{Kind: "open"}
	case n.Confirm != "":
		return dialog.Expect{Kind: "yesno"}
	case n.Choose != "":
		return dialog.Expect{Kind: "choice"}
	}
	return c.expectSlot(n.Ask)
}

// expectSlot says what kind of answer fills a slot.
func (c *Conversation) expectSlot(name string) dialog.Expect {
	t := c.def.file.Slots[name]
	switch t.Kind {
	case "digits":
		return dialog.Expect{Kind: "digits", Digits: t.Digits}
	case "yesno", "date", "choice":
		return dialog.Expect{Kind: t.Kind}
	}
	return dialog.Expect{Kind: "open"}
}

// confirm reads back what is about to be done. What it is made of must all be there:
// nobody is asked for a yes to something that a part of was not read out.
func (c *Conversation) confirm(f *frame, n *node, out *Output) (wait bool) {
	if c.unproven(f) {
		return c.prove(f, out)
	}
	f.Asked++
	f.Yes = ""
	a := c.act(f, n, n.Confirm, 0)
	for _, value := range a.Args {
		if strings.TrimSpace(value) == "" {
			c.goTo(f, done)
			c.say(out, "fault")
			c.handoff(dialog.ReasonFault, out)
			return true
		}
	}
	f.Waits, f.Heard, f.Changing = true, true, false
	a.Whole = true
	out.Acts = append(out.Acts, a)
	out.Expect = c.expect(n)
	return true
}

// agreed marks a fingerprint that the caller said yes to, so that no fingerprint
// is ever equal to no yes at all.
const agreed = "yes:"

// do asks for an operation. A write goes out only with a yes to exactly the
// slots that it is made of, and keeps its ID when it is tried again.
func (c *Conversation) do(f *frame, n *node, out *Output) (wait bool) {
	op := Operation{Name: n.Do, Write: c.def.file.Operations[n.Do].Write}
	for k, v := range n.With {
		if value := c.expand(f, v, 0); value != "" {
			if op.Args == nil {
				op.Args = map[string]string{}
			}
			op.Args[k] = value
		}
	}
	if c.def.Sure(n.Do) && c.state.Person.Unproven {
		return c.prove(f, out)
	}
	if op.Write {
		if f.Yes != agreed+f.fingerprint() || !f.Heard {
			f.Node = confirmBefore(c.def.flows[f.Flow], f.Node)
			f.Waits = false
			return false
		}
		args, _ := json.Marshal(op.Args) //nolint:errchkjson // a map of strings
		key := op.Name + string(args)
		if f.Writes == nil {
			f.Writes = map[string]uint32{}
		}
		if f.Writes[key] == 0 {
			c.state.NextOp++
			f.Writes[key] = c.state.NextOp
		}
		op.ID = f.Writes[key]
	} else {
		c.state.NextOp++
		op.ID = c.state.NextOp
	}
	f.Op = &op
	out.Operations = append(out.Operations, op)
	return true
}
