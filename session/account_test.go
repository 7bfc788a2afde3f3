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
		want            string
	}{
		{"a dealer's points", "points.balance", person{known: true, view: member.View{Account: &dealer}}, flow.NotForAccount},
		{"a dealer's order", "order.status", person{known: true, view: member.View{Account: &dealer}}, ""},
		{"anybody's points", "points.balance", person{known: true}, ""},
		{"who is not known", "points.balance", person{}, ""},
		{"who is not known for sure", "points.redeem", person{known: true, unproven: true}, flow.NotSure},
	} {
		conv := &conversation{config: &Config{Flow: house.flow}, person: c.who}
		if got := conv.withheld(flow.Operation{Name: c.operation}); got != c.want {
			t.Errorf("%s: withheld %q", c.name, got)
		}
	}
}
