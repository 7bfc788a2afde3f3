package flow

import "huike/dialog"

// unproven says whether what f is about to read back needs a caller who is known for
// sure, and this one is not.
func (c *Conversation) unproven(f *frame) bool {
	if !c.state.Person.Unproven {
		return false
	}
	return c.ahead(f, c.def.Sure)
}

// prove has the caller say more of themselves, once, and passes on one who is still
// not known for sure: nothing is done for whoever might be somebody else.
func (c *Conversation) prove(f *frame, out *Output) (wait bool) {
	identify := c.def.file.Starts.Identify
	if identify == "" || c.state.Prove {
		c.goTo(f, done)
		c.say(out, "unproven")
		c.handoff(dialog.ReasonIdentity, out)
		return true
	}
	c.state.Prove = true
	c.push(identify, nil).Sub = true
	return false
}
