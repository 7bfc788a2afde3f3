package sip

import (
	"context"
	"errors"
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

// The other end is called, and rings; the caller does not wait for it.
func TestACallerWhoHangsUpDuringATransferIsNotPassedOn(t *testing.T) {
	shop, home := serve(t, nil), serve(t, nil)
	asked, answered := make(chan struct{}, 1), make(chan struct{})
	defer close(answered)
	desk := serve(t, func(c *Config) {
		c.Admit = func() (func(), error) {
			asked <- struct{}{}
			<-answered
			return nil, errors.New("nobody is there any more")
		}
	})
	caller, agent, _ := talk(t, home, shop)
	drain(caller)
	ended := make(chan error, 1)
	go func() { ended <- agent.Transfer(context.WithoutCancel(t.Context()), desk.uri()) }()
	receive(t, asked)
	_ = caller.Close("over")
	if err := receive(t, ended); !errors.Is(err, ErrClosed) {
		t.Errorf("the transfer ended with %v, want ErrClosed", err)
	}
	if agent.Reason() != byPeer {
		t.Errorf("the leg ended for %q", agent.Reason())
	}
}

func TestWhatTheEndOfALegMeansForItsTransfer(t *testing.T) {
	for _, c := range []struct {
		name   string
		told   bool
		status int // that came with the end
		reason string
		passed bool
	}{
		{"an exchange that tells nothing connects them and leaves", false, 0, byPeer, true},
		{"the caller hangs up while it rings", true, 0, byPeer, false},
		{"the peer tells that they talk and leaves", true, 200, byPeer, true},
		{"the peer tells that nobody answers and leaves", true, 486, byPeer, false},
		{"the line is lost", false, 0, "media ended", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			under := &transfer{status: make(chan int, 1)}
			under.told.Store(c.told)
			if c.status > 0 {
				under.status <- c.status
			}
			if err := under.left(c.reason); (err == nil) != c.passed {
				t.Errorf("%v", err)
			}
		})
	}
}
