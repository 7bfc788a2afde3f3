package flow

import "huike/dialog"

// result takes an operation's result to the flow that waits for it. A result
// that nobody waits for is late and means nothing.
func (c *Conversation) result(r *Result, out *Output) {
	f := c.waitsFor(r)
	if f == nil {
		return
	}
	n, op := c.node(f), f.Op
	c.state.NoInput = 0 // the silence was ours
	f.Op = nil
	if r.OK || !op.Write || len(r.Rows) > 0 { // what a write was about is read back before it is tried again
		f.Rows = r.Rows
	}
	f.Code = codeOf(r, op)
	c.state.Tried = append(c.state.Tried, attempt{Flow: f.Flow, Op: op.Name, Code: f.Code})
	if c.follow(f, n, out) && f == c.top() && c.state.Phase == talking {
		c.run(out)
	}
}

// waitsFor is the flow whose operation r is the result of, or nil.
func (c *Conversation) waitsFor(r *Result) *frame {
	if r == nil {
		return nil
	}
	for _, f := range c.state.Stack {
		if f.Op != nil && f.Op.ID == r.ID {
			return f
		}
	}
	return nil
}

// codeOf is what a result of op is called in the flows.
func codeOf(r *Result, op *Operation) string {
	switch {
	case r.OK && len(r.Rows) == 0 && !op.Write:
		return "none"
	case r.OK:
		return "ok"
	case r.Code == "" || r.Code == "ok":
		return "fault"
	}
	return r.Code
}

// The codes of results that mean the same in every flow.
const (
	// NotForAccount: the operation is not there for the type of the caller's account.
	NotForAccount = "not_for_account"
	// NotSure: the operation is for a caller who is known for sure.
	NotSure = "not_sure"
)

// follow moves f to where its result leads. An error that the flow has no way
// for ends at a person.
func (c *Conversation) follow(f *frame, n *node, out *Output) bool {
	switch f.Code {
	case NotForAccount:
		c.bar(f, out)
		return true
	case NotSure:
		if top := f == c.top(); !c.prove(f, out) && top {
			c.run(out)
		}
		return false
	}
	target, ok := n.On[f.Code]
	if ok || f.Code == "ok" || f.Code == "none" {
		if !ok {
			target = n.Next
		}
		c.goTo(f, target)
		return true
	}
	if target, ok = n.On["fault"]; ok {
		c.goTo(f, target)
		return true
	}
	c.goTo(f, done)
	c.say(out, "fault")
	c.handoff(dialog.ReasonFault, out)
	return false
}
