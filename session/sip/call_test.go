package sip

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	wire "github.com/emiago/sipgo/sip"

	"huike/session/rtp"
)

func TestACallIsHeardBothWaysAndEndedByEither(t *testing.T) {
	for _, network := range []string{"udp", "tcp"} {
		listen := func(c *Config) { c.Listen = []string{network + ":127.0.0.1:0"} }
		shop, home := serve(t, listen), serve(t, listen)
		for _, agentEnds := range []bool{false, true} {
			caller, agent, req := talk(t, home, shop)
			done := drain(caller)
			if req.As != "13900005678" || !req.Vouched || req.Context["called"] != "shop" {
				t.Errorf("the call says %+v", req)
			}
			hears(t, caller, agent)
			hears(t, agent, caller)
			first, second := caller, agent
			if agentEnds {
				first, second = agent, caller
			}
			if err := first.Close("done"); err != nil {
				t.Error(err)
			}
			receive(t, done)
			eventually(t, "the other side has ended", func() bool { return second.Reason() == byPeer })
			if first.Reason() != "done" {
				t.Errorf("%s: reason is %q", network, first.Reason())
			}
			_ = caller.Close("over")
			eventually(t, "the dialogs are forgotten", func() bool { return shop.Legs() == 0 && home.Legs() == 0 })
		}
	}
}

func TestHoldAndResumeFromEitherSide(t *testing.T) {
	shop, home := serve(t, nil), serve(t, nil)
	caller, agent, _ := talk(t, home, shop)
	defer caller.Close("over")
	drain(caller)
	for holder, held := range map[*Leg]*Leg{caller: agent, agent: caller} {
		for _, on := range []bool{true, false} {
			if err := holder.Hold(t.Context(), on); err != nil {
				t.Fatal(err)
			}
			want := `{"type":"hold","on":false}`
			if on {
				want = `{"type":"hold","on":true}`
			}
			if got := string(receive(t, held.Messages())); got != want {
				t.Errorf("message is %s, want %s", got, want)
			}
		}
		hears(t, caller, agent)
		hears(t, agent, caller)
	}
}

func TestBothSidesHoldAtOnce(t *testing.T) {
	shop, home := serve(t, nil), serve(t, nil)
	caller, agent, _ := talk(t, home, shop)
	defer caller.Close("over")
	drain(caller)
	results := make(chan error, 2)
	for _, leg := range []*Leg{caller, agent} {
		go func() {
			for range 3 {
				if err := leg.Hold(t.Context(), true); err != nil {
					results <- err
					return
				}
				if err := leg.Hold(t.Context(), false); err != nil {
					results <- err
					return
				}
			}
			results <- nil
		}()
	}
	for range 2 {
		select {
		case err := <-results:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(40 * time.Second):
			t.Fatal("a hold never ended")
		}
	}
	hears(t, caller, agent)
}

func TestKeysGoByEventsAndByInfo(t *testing.T) {
	shop, home := serve(t, nil), serve(t, nil)
	caller, agent, _ := talk(t, home, shop)
	defer caller.Close("over")
	drain(caller)
	if err := caller.SendKeys("5#"); err != nil {
		t.Fatal(err)
	}
	d, _ := caller.parts()
	if err := d.sendInfo(t.Context(), "7"); err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for range 3 {
		got[string(receive(t, agent.Messages()))]++
	}
	for _, key := range []string{"5", "#", "7"} {
		if got[`{"type":"key","key":"`+key+`"}`] != 1 {
			t.Errorf("key %s came %d times", key, got[`{"type":"key","key":"`+key+`"}`])
		}
	}
	if err := caller.SendKeys("5x"); err == nil {
		t.Error("x is a key")
	}
}

func TestABlindTransferLetsTheCallGoOnWithAnother(t *testing.T) {
	shop, home, desk := serve(t, nil), serve(t, nil), serve(t, nil)
	caller, agent, _ := talk(t, home, shop)
	done := drain(caller)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := agent.Transfer(ctx, desk.uri()); err != nil {
		t.Fatal(err)
	}
	person := receive(t, desk.calls).leg
	hears(t, caller, person)
	hears(t, person, caller)
	_ = agent.Close("transferred")
	eventually(t, "the first dialog is over", func() bool { return shop.Legs() == 0 })
	hears(t, person, caller)
	_ = person.Close("done")
	receive(t, done)
	if caller.Reason() != byPeer {
		t.Errorf("reason is %q", caller.Reason())
	}
	_ = caller.Close("over")
}

func TestAnAttendedTransferJoinsTheTwoOthers(t *testing.T) {
	shop, home, desk := serve(t, nil), serve(t, nil), serve(t, nil)
	caller, agent, _ := talk(t, home, shop)
	defer caller.Close("over")
	drain(caller)
	consult, err := shop.Call(t.Context(), desk.uri(), CallOptions{})
	if err != nil {
		t.Fatal(err)
	}
	drain(consult)
	person := receive(t, desk.calls).leg
	hears(t, consult, person)
	if err := agent.TransferTo(t.Context(), consult); err != nil {
		t.Fatal(err)
	}
	hears(t, caller, person)
	hears(t, person, caller)
	eventually(t, "the consultation is over", func() bool { return consult.Reason() == byPeer })
	_ = consult.Close("over")
	_ = agent.Close("transferred")
	hears(t, person, caller)
	if shop.Legs() != 0 {
		t.Errorf("%d dialogs are left where the call was passed on", shop.Legs())
	}
}

func TestATransferThatFailsLeavesTheCall(t *testing.T) {
	shop, home := serve(t, nil), serve(t, nil)
	full := serve(t, func(c *Config) { c.Admit = func() (func(), error) { return nil, errors.New("all lines are busy") } })
	caller, agent, _ := talk(t, home, shop)
	defer caller.Close("over")
	drain(caller)
	err := agent.Transfer(t.Context(), full.uri())
	if refused, ok := errors.AsType[*ResponseError](err); !ok || refused.Status != 503 {
		t.Errorf("the transfer ended with %v", err)
	}
	hears(t, agent, caller)
	err = agent.Transfer(t.Context(), "sip:someone@198.51.100.1") // not the peer's own
	if refused, ok := errors.AsType[*ResponseError](err); !ok || refused.Status != 603 {
		t.Errorf("the transfer to a foreign address ended with %v", err)
	}
	hears(t, caller, agent)
}

func TestWhoIsNoPeerMayTransferNothing(t *testing.T) {
	everybody := serve(t, func(c *Config) { c.Peers = prefixes(t, "0.0.0.0/0"); c.Refer = ReferAny })
	shop := serve(t, nil)
	caller, agent, _ := talk(t, shop, everybody)
	defer caller.Close("over")
	drain(caller)
	if got := receiveVouched(agent); got {
		t.Error("everybody is vouched for")
	}
	err := caller.Transfer(t.Context(), shop.uri())
	if refused, ok := errors.AsType[*ResponseError](err); !ok || refused.Status != 603 {
		t.Errorf("the transfer ended with %v", err)
	}
}

func receiveVouched(leg *Leg) bool {
	d, _ := leg.parts()
	return d.trusted
}

func TestACallIsCancelled(t *testing.T) {
	shop := serve(t, func(c *Config) { c.Ring = time.Minute })
	home := serve(t, nil)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := home.Call(ctx, shop.uri(), CallOptions{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the call ended with %v", err)
	}
	eventually(t, "no dialog is left", func() bool { return shop.Legs() == 0 && home.Legs() == 0 })
	if len(shop.calls) != 0 {
		t.Error("the handler was called")
	}
}

func TestEarlySoundIsReliable(t *testing.T) {
	shop := serve(t, func(c *Config) { c.Ring, c.Early = 300*time.Millisecond, true })
	home := serve(t, nil)
	var seen []int
	caller, err := home.Call(t.Context(), shop.uri(), CallOptions{trying: func(status int) { seen = append(seen, status) }})
	if err != nil {
		t.Fatal(err)
	}
	defer caller.Close("over")
	drain(caller)
	agent := receive(t, shop.calls).leg
	hears(t, agent, caller)
	if len(seen) == 0 || seen[len(seen)-1] != 183 {
		t.Errorf("provisional answers: %v", seen)
	}
}

func TestPasswordsAreAskedForAndShown(t *testing.T) {
	users := map[string]string{"alice": "s3cret"}
	shop := serve(t, func(c *Config) { c.Users, c.Peers = users, prefixes(t, "192.0.2.0/24") })
	account, err := ParseAccount("sip:alice:s3cret@" + strings.TrimPrefix(shop.Addrs()[0], "udp:"))
	if err != nil {
		t.Fatal(err)
	}
	home := serve(t, func(c *Config) { c.Trunk = &account })
	caller, err := home.Call(t.Context(), "13900005678", CallOptions{From: "18800001111"})
	if err != nil {
		t.Fatal(err)
	}
	drain(caller)
	got := receive(t, shop.calls)
	if got.req.As != "18800001111" || !got.req.Vouched || got.req.Context["called"] != "13900005678" {
		t.Errorf("the call says %+v", got.req)
	}
	if err := caller.Hold(t.Context(), true); err != nil {
		t.Error(err)
	}
	_ = caller.Close("over")
	wrong := account
	wrong.Password = "guess"
	stranger := serve(t, func(c *Config) { c.Trunk = &wrong })
	for to, status := range map[string]int{"13900005678": 401, shop.uri(): 401} {
		_, err := stranger.Call(t.Context(), to, CallOptions{})
		if refused, ok := errors.AsType[*ResponseError](err); !ok || refused.Status != status {
			t.Errorf("the call ended with %v, want %d", err, status)
		}
	}
	if strings.Contains(shop.log.String(), "s3cret") || strings.Contains(shop.log.String(), "alice") {
		t.Errorf("the log tells: %s", shop.log)
	}
}

func TestACallWithoutALineIsRefusedWithTheReason(t *testing.T) {
	shop := serve(t, func(c *Config) {
		c.Admit = func() (func(), error) { return nil, errors.New("all 3 lines are busy") }
		c.Ready = func() error { return errors.New("all 3 lines are busy") }
	})
	home := serve(t, nil)
	_, err := home.Call(t.Context(), shop.uri(), CallOptions{})
	refused, ok := errors.AsType[*ResponseError](err)
	if !ok || refused.Status != 503 || refused.RetryAfter != 5*time.Second {
		t.Errorf("the call ended with %v", err)
	}
	p := dialPeer(t, shop.Addrs()[0])
	s := newScript(p, "UDP")
	res := s.ask("OPTIONS", "", 503)
	if !strings.Contains(fieldOf(res, "Warning"), "all 3 lines are busy") || fieldOf(res, "Retry-After") != "5" {
		t.Errorf("the answer is\n%s", res)
	}
}

func TestSoundIsEncryptedWhereAskedFor(t *testing.T) {
	for _, secure := range []rtp.Secure{rtp.SDES, rtp.DTLS} {
		shop := serve(t, func(c *Config) { c.Media = media(t, secure) })
		home := serve(t, func(c *Config) { c.Media = media(t, secure) })
		caller, agent, _ := talk(t, home, shop)
		drain(caller)
		hears(t, caller, agent)
		hears(t, agent, caller)
		_ = caller.Close("over")
	}
	shop := serve(t, func(c *Config) { c.Media = media(t, rtp.Required) })
	home := serve(t, func(c *Config) { c.Media = media(t, rtp.None) })
	_, err := home.Call(t.Context(), shop.uri(), CallOptions{})
	if refused, ok := errors.AsType[*ResponseError](err); !ok || refused.Status != 488 {
		t.Errorf("the call ended with %v", err)
	}
}

func TestAPanicOfAHandlerEndsItsCallAlone(t *testing.T) {
	first := true
	shop := serve(t, func(c *Config) {
		handle := c.Handle
		c.Handle = func(ctx context.Context, leg *Leg, req Request) {
			if first {
				first = false
				_ = any(leg).(error)
			}
			handle(ctx, leg, req)
		}
	})
	home := serve(t, nil)
	broken, err := home.Call(t.Context(), shop.uri(), CallOptions{})
	if err != nil {
		t.Fatal(err)
	}
	receive(t, drain(broken))
	_ = broken.Close("over")
	caller, agent, _ := talk(t, home, shop)
	defer caller.Close("over")
	hears(t, caller, agent)
	if !strings.Contains(shop.log.String(), "panicked") {
		t.Error("the log tells nothing of it")
	}
}

func TestAPeerThatVanishesIsLost(t *testing.T) {
	shop := serve(t, func(c *Config) { c.Lost = 100 * time.Millisecond })
	p := dialPeer(t, shop.Addrs()[0])
	s := newScript(p, "UDP")
	s.invite("", 200)
	s.ack()
	leg := receive(t, shop.calls).leg
	p.answers(p.asked(wire.OPTIONS), 200) // it is still there
	if leg.Reason() != "" {
		t.Errorf("the leg is over: %q", leg.Reason())
	}
	_ = p.conn.Close()
	eventually(t, "the leg is over", func() bool { return leg.Reason() == "peer lost" })
	eventually(t, "the dialog is forgotten", func() bool { return shop.Legs() == 0 })
}
