package flow

import "slices"

// individual is the account type of who has none in their profile.
const individual = "individual"

// accounts are the types of account that a member may have (member.Account).
func accounts() []string { return []string{individual, "enterprise", "dealer", "provider"} }

// Permits says whether an operation is there for members of an account type; "" is an
// individual. An operation whose accounts flows.yaml does not name is there for all.
func (d *Definition) Permits(operation, account string) bool {
	only := d.file.Operations[operation].Accounts
	if account == "" {
		account = individual
	}
	return len(only) == 0 || slices.Contains(only, account)
}

// barred says whether a flow will come to an operation that is not there for the caller's
// type of account, so that nobody is asked for details in vain.
func (c *Conversation) barred(f *frame) bool {
	return c.state.Person.Known && c.ahead(f, func(operation string) bool {
		return !c.def.Permits(operation, c.state.Person.Account)
	})
}

// ahead says whether one of the operations that f comes to next is such a one, if all goes
// well: what a condition leads to counts when the flow stands at it and it holds, and what
// only a refusal or a fault leads to does not.
func (c *Conversation) ahead(f *frame, such func(operation string) bool) bool {
	w := c.def.flows[f.Flow]
	seen := make([]bool, len(w.Nodes))
	for at := f.Node; at < len(w.Nodes) && !seen[at]; {
		seen[at] = true
		n := w.Nodes[at]
		if n.When != "" && (at != f.Node || !c.holds(f, n)) {
			at++
			continue
		}
		if n.Do != "" && such(n.Do) {
			return true
		}
		to := n.Next
		if ok, leads := n.On["ok"]; leads {
			to = ok
		}
		switch {
		case to == done, n.Handoff != "", n.End != "":
			return false
		case to == "":
			at++
		default:
			at = w.index[to]
		}
	}
	return false
}

// bar tells the caller that this is not done for their type of account, offers whoever does
// it, and ends the flow.
func (c *Conversation) bar(f *frame, out *Output) {
	f.Waits = false
	c.goTo(f, done)
	if to := c.def.file.Starts.Barred; to != "" && len(c.state.Stack) == 1 {
		c.state.Queue = nil
		c.state.Offered = &offered{Flow: to}
		c.say(out, "not_for_account.offer")
		return
	}
	c.say(out, "not_for_account")
}
