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

// barred says whether a flow has before it an operation that is not there for the
// caller's type of account. One behind a condition counts when the flow stands at it and
// the condition holds; all others count from the beginning, so that nobody is asked for
// details in vain.
func (c *Conversation) barred(f *frame) bool {
	if !c.state.Person.Known {
		return false
	}
	for i, n := range c.def.flows[f.Flow].Nodes[f.Node:] {
		ahead := n.When == "" || i == 0 && c.holds(f, n)
		if n.Do != "" && ahead && !c.def.Permits(n.Do, c.state.Person.Account) {
			return true
		}
	}
	return false
}

// bar tells the caller that this is not done for their type of account, and ends the flow.
func (c *Conversation) bar(f *frame, out *Output) {
	f.Waits = false
	c.goTo(f, done)
	c.say(out, "not_for_account")
}
