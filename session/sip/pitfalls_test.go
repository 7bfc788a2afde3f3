package sip

import (
	"testing"
)

// A party that is put on hold and then sent to another: the other hears it, and is heard.
func TestMediaIsNotLostOnRedirectFromHold(t *testing.T) {
	shop := serve(t, func(c *Config) { c.Refer = ReferAny })
	home, other := serve(t, nil), serve(t, nil)
	caller, agent, _ := talk(t, home, shop)
	drain(caller)
	if err := caller.Hold(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	if got := string(receive(t, agent.Messages())); got != `{"type":"hold","on":true}` {
		t.Errorf("the agent is told %s", got)
	}
	if err := caller.Transfer(t.Context(), other.uri()); err != nil {
		t.Fatal(err)
	}
	third := receive(t, other.calls).leg
	hears(t, third, agent)
	hears(t, agent, third)
	if got := string(receive(t, agent.Messages())); got != `{"type":"hold","on":false}` {
		t.Errorf("the agent is told %s, and would go on waiting", got)
	}
	_ = caller.Close("over")
	_ = agent.Close("over")
}

// Keys are pressed on hold, after it, and towards another that the call was sent to.
func TestDTMFIsNotLostOnHoldNorAfterATransfer(t *testing.T) {
	shop := serve(t, func(c *Config) { c.Refer = ReferAny })
	home, other := serve(t, nil), serve(t, nil)
	caller, agent, _ := talk(t, home, shop)
	drain(caller)
	hears(t, caller, agent)
	next := func(from *Leg, key string) {
		t.Helper()
		if err := from.SendKeys(key); err != nil {
			t.Fatal(err)
		}
		for {
			switch got := string(receive(t, agent.Messages())); got {
			case `{"type":"key","key":"` + key + `"}`:
				return
			case `{"type":"hold","on":true}`, `{"type":"hold","on":false}`:
			default:
				t.Fatalf("told %s, want key %s", got, key)
			}
		}
	}
	next(caller, "1")
	if err := caller.Hold(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	next(caller, "2")
	if err := caller.Hold(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	next(caller, "3")
	if err := caller.Transfer(t.Context(), other.uri()); err != nil {
		t.Fatal(err)
	}
	third := receive(t, other.calls).leg
	hears(t, third, agent)
	next(third, "4")
	_ = caller.Close("over")
	_ = agent.Close("over")
}

// The one that asked for the transfer does not hang up: this side does. Nothing of it is
// left on any of the three, whoever ends the call then.
func TestAReferAcrossServersLeavesNoLegHanging(t *testing.T) {
	for _, thirdEnds := range []bool{false, true} {
		shop := serve(t, func(c *Config) { c.Refer = ReferAny })
		home, other := serve(t, nil), serve(t, nil)
		caller, agent, _ := talk(t, home, shop)
		drain(caller)
		if err := caller.Transfer(t.Context(), other.uri()); err != nil {
			t.Fatal(err)
		}
		third := receive(t, other.calls).leg
		hears(t, third, agent)
		eventually(t, "the transferor is hung up on", func() bool { return caller.Reason() == byPeer && home.Legs() == 0 })
		if agent.Reason() != "" || third.Reason() != "" {
			t.Errorf("the call is over with it: %q, %q", agent.Reason(), third.Reason())
		}
		first, second := agent, third
		if thirdEnds {
			first, second = third, agent
		}
		_ = first.Close("done")
		eventually(t, "the other is told", func() bool { return second.Reason() == byPeer })
		eventually(t, "nothing is left", func() bool { return shop.Legs() == 0 && other.Legs() == 0 })
	}
}
