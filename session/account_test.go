package session

import (
	"testing"

	"huike/dialog/flow"
	"huike/member"
)

// TestWhatAnAccountMayNotHaveIsRefusedWhoeverAsks holds an operation back that the flow did
// not ask for: a model, or the caller's own side, may name any.
func TestWhatAnAccountMayNotHaveIsRefusedWhoeverAsks(t *testing.T) {
	dealer := member.Dealer
	for _, c := range []struct {
		name, operation string
		who             person
		want            bool
	}{
		{"a dealer's points", "points.balance", person{known: true, view: member.View{Account: &dealer}}, true},
		{"a dealer's order", "order.status", person{known: true, view: member.View{Account: &dealer}}, false},
		{"anybody's points", "points.balance", person{known: true}, false},
		{"who is not known", "points.balance", person{}, false},
		{"who is not known for sure", "points.redeem", person{known: true, unproven: true}, true},
	} {
		conv := &conversation{config: &Config{Flow: house.flow}, person: c.who}
		if got := conv.withheld(flow.Operation{Name: c.operation}); got != c.want {
			t.Errorf("%s: withheld %t", c.name, got)
		}
	}
}
