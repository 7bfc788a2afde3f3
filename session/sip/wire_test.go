package sip

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	wire "github.com/emiago/sipgo/sip"
)

func TestRequestsThatCannotBeDone(t *testing.T) {
	shop := serve(t, nil)
	for _, c := range []struct {
		name, method, extra string
		want                int
		field, value        string
	}{
		{"an extension that is not known", "INVITE", "Require: 100rel, teleport\n", 420, "Unsupported", "teleport"},
		{"a method that is not known", "DANCE", "", 405, "Allow", "INVITE"},
		{"a subscription", "SUBSCRIBE", "Event: presence\n", 405, "Allow", "REFER"},
		{"a body that is no description", "INVITE", "Content-Type: text/plain\n", 415, "Accept", "application/sdp"},
		{"a body that is compressed", "INVITE", "Content-Encoding: gzip\n", 415, "Accept-Encoding", "identity"},
		{"a CANCEL of nothing", "CANCEL", "", 481, "", ""},
		{"a BYE outside of a dialog", "BYE", "", 481, "", ""},
		{"a session that is too short", "INVITE", "Supported: timer\nSession-Expires: 60\n", 422, "Min-SE", "90"},
		{"a call that replaces none", "INVITE", "Replaces: nobody;to-tag=1;from-tag=2\n", 481, "", ""},
	} {
		p := dialPeer(t, shop.Addrs()[0])
		s := newScript(p, "UDP")
		s.seq++
		body := ""
		if c.method == "INVITE" {
			body = sdp
		}
		_, _ = io.WriteString(p.conn, strings.ReplaceAll(strings.ReplaceAll(s.request(c.method, 1, c.extra, body), "\r\n", "\n"), "\n", "\r\n"))
		res := p.status(c.want)
		if c.field != "" && !strings.Contains(fieldOf(res, c.field), c.value) {
			t.Errorf("%s: %s is %q, want %q", c.name, c.field, fieldOf(res, c.field), c.value)
		}
	}
	for status, broken := range map[int]string{400: "v=nothing\nm=\n", 488: strings.Replace(sdp, "m=audio", "m=video", 1)} {
		p := dialPeer(t, shop.Addrs()[0])
		s := newScript(p, "UDP")
		_, _ = io.WriteString(p.conn, strings.ReplaceAll(strings.ReplaceAll(s.request("INVITE", 1, "", strings.ReplaceAll(broken, "\r\n", "\n")), "\r\n", "\n"), "\n", "\r\n"))
		if res, ok := p.hear(patience).(*wire.Response); !ok || res.StatusCode != status {
			t.Errorf("a broken description is answered with %v, want %d", res, status)
		}
	}
	if len(shop.calls) != 0 || shop.Legs() != 0 {
		t.Errorf("%d calls and %d dialogs", len(shop.calls), shop.Legs())
	}
}

func TestACallByHand(t *testing.T) {
	shop := serve(t, nil)
	p := dialPeer(t, shop.Addrs()[0])
	s := newScript(p, "UDP")
	res := s.invite("P-Asserted-Identity: \"A, B\" <tel:+86-139-0000-5678>\nDiversion: <sip:4008001@pbx>;reason=no-answer\nX-Queue: gold\nAccept-Language: zh-CN, en\n", 200)
	for range 3 {
		if got := p.status(200); got.CSeq().MethodName != wire.INVITE || got.String() != res.String() {
			t.Error("the answer does not come again before its ACK")
		}
	}
	s.ack()
	got := receive(t, shop.calls)
	want := map[string]string{"called": "shop", "diversion": "4008001", "x-queue": "gold", "call-id": s.id}
	if got.req.As != "8613900005678" || got.req.Lang != "zh" || fmt.Sprint(got.req.Context) != fmt.Sprint(want) {
		t.Errorf("the call says %+v", got.req)
	}
	s.ask("OPTIONS", "", 200)
	s.ask("UPDATE", "Supported: timer\nSession-Expires: 120;refresher=uac\n", 200)
	if at, ours := got.leg.session().due(); ours || time.Until(at) > 120*time.Second || time.Until(at) < 60*time.Second {
		t.Errorf("the session ends at %v, ours %v", at, ours)
	}
	s.ask("INFO", "", 200)
	s.ask("NOTIFY", "Event: presence\n", 489)
	s.ask("REFER", "", 400)
	s.seq -= 4
	s.ask("INFO", "", 500) // an older number than the last
	s.seq += 4
	s.ask("BYE", "Reason: Q.850;cause=16\n", 200)
	eventually(t, "the leg is over", func() bool { return got.leg.Reason() == byPeer })
	s.ask("BYE", "", 481)
}

func TestAnInviteThatComesTwiceIsOneCall(t *testing.T) {
	shop := serve(t, func(c *Config) { c.Ring = 200 * time.Millisecond })
	p := dialPeer(t, shop.Addrs()[0])
	s := newScript(p, "UDP")
	s.seq++
	text := strings.ReplaceAll(strings.ReplaceAll(s.request("INVITE", 1, "", sdp), "\r\n", "\n"), "\n", "\r\n")
	for range 3 { // sent again
		_, _ = io.WriteString(p.conn, text)
	}
	_, _ = io.WriteString(p.conn, strings.Replace(text, "branch=z9hG4bK", "branch=z9hG4bKother", 1)) // by another way
	seen := map[int]int{}
	for seen[200] == 0 {
		res, ok := p.hear(patience).(*wire.Response)
		if !ok {
			t.Fatal("no answer")
		}
		seen[res.StatusCode]++
		if tag := tagOf(res.To().Params); res.StatusCode == 200 {
			s.to += ";tag=" + tag
		}
	}
	s.ack()
	receive(t, shop.calls)
	if seen[482] == 0 {
		t.Errorf("answers %v, without 482 for the one that came by another way", seen)
	}
	if len(shop.calls) != 0 || shop.Legs() != 1 {
		t.Errorf("%d calls more, %d dialogs", len(shop.calls), shop.Legs())
	}
}

func TestACallThatIsNeverAcknowledgedEnds(t *testing.T) {
	released := make(chan struct{}, 1)
	shop := serve(t, func(c *Config) {
		c.Admit = func() (func(), error) { return func() { released <- struct{}{} }, nil }
	})
	p := dialPeer(t, shop.Addrs()[0])
	newScript(p, "UDP").invite("", 200)
	bye := p.asked(wire.BYE)
	p.answers(bye, 200)
	if !strings.Contains(fieldOf(bye, "Reason"), "no ACK") {
		t.Errorf("the BYE says %q", fieldOf(bye, "Reason"))
	}
	receive(t, released)
	if len(shop.calls) != 0 || shop.Legs() != 0 || shop.Stats()["unheard"] != 1 {
		t.Errorf("%d calls, %d dialogs, %v", len(shop.calls), shop.Legs(), shop.Stats())
	}
}

func TestCancelAndAnswerMayCross(t *testing.T) {
	shop := serve(t, nil)
	for i := range 30 {
		p := dialPeer(t, shop.Addrs()[0])
		s := newScript(p, "UDP")
		s.seq++
		_, _ = io.WriteString(p.conn, strings.ReplaceAll(strings.ReplaceAll(s.request("INVITE", 1, "", sdp), "\r\n", "\n"), "\n", "\r\n"))
		if i%3 > 0 {
			<-time.After(time.Duration(i) * 50 * time.Microsecond)
		}
		p.say(s.request("CANCEL", 1, "", ""))
		final := 0
		for final == 0 {
			res, ok := p.hear(patience).(*wire.Response)
			if !ok {
				t.Fatal("no final answer")
			}
			if res.CSeq().MethodName == wire.INVITE && res.StatusCode >= 200 {
				final = res.StatusCode
				s.to = "<sip:shop@huike>;tag=" + tagOf(res.To().Params)
				if contact := contactOf(res); contact != nil {
					s.target = contact.Address.String()
				}
			}
		}
		s.ack()
		if final == 200 { // it was first: the caller hangs up
			s.seq++
			p.say(s.request("BYE", s.seq, "", ""))
		} else if final != 487 {
			t.Errorf("the call is answered with %d", final)
		}
	}
	eventually(t, "no dialog is left", func() bool { return shop.Legs() == 0 })
}

func TestReliableProvisionalAnswersAreSentUntilPrack(t *testing.T) {
	shop := serve(t, nil)
	p := dialPeer(t, shop.Addrs()[0])
	s := newScript(p, "UDP")
	res := s.invite("Require: 100rel\n", 180)
	rseq, ok := number(res, "RSeq")
	if !ok || fieldOf(res, "Require") != "100rel" {
		t.Fatalf("the answer is\n%s", res)
	}
	if again := p.status(180); fieldOf(again, "RSeq") != fieldOf(res, "RSeq") {
		t.Error("the answer does not come again")
	}
	s.ask("PRACK", fmt.Sprintf("RAck: %d 1 INVITE\n", rseq+1), 481)
	s.seq++
	p.say(s.request("PRACK", s.seq, fmt.Sprintf("RAck: %d 1 INVITE\n", rseq), ""))
	seen := map[wire.RequestMethod]bool{}
	for !seen[wire.PRACK] || !seen[wire.INVITE] {
		if res, ok := p.hear(patience).(*wire.Response); !ok {
			t.Fatal("no answer")
		} else if res.StatusCode == 200 {
			seen[res.CSeq().MethodName] = true
		}
	}
	p.say(s.request("ACK", 1, "", ""))
	receive(t, shop.calls)
}

func TestAFloodCostsNobodyElse(t *testing.T) {
	shop := serve(t, func(c *Config) { c.Rate = 5 })
	p := dialPeer(t, shop.Addrs()[0])
	refused := 0
	for range 60 {
		s := newScript(p, "UDP")
		_, _ = io.WriteString(p.conn, strings.ReplaceAll(strings.ReplaceAll(s.request("INVITE", 1, "", sdp), "\r\n", "\n"), "\n", "\r\n"))
	}
	for refused < 40 {
		res, ok := p.hear(patience).(*wire.Response)
		if !ok {
			t.Fatalf("%d calls refused", refused)
		}
		if res.StatusCode == 503 {
			refused++
			if fieldOf(res, "Retry-After") == "" {
				t.Error("no Retry-After")
			}
		}
	}
	if shop.Stats()["flood"] < 40 || shop.Legs() > 20 {
		t.Errorf("%d dialogs, %v", shop.Legs(), shop.Stats())
	}
	// Another address of this machine is another source.
	other := serve(t, func(c *Config) { c.Listen = []string{"udp:127.0.0.2:0"} })
	caller, agent, _ := talk(t, other, shop)
	drain(caller)
	hears(t, caller, agent)
	_ = caller.Close("over")
}

func TestWhoIsNoPeerIsRefused(t *testing.T) {
	shop := serve(t, func(c *Config) { c.Peers = prefixes(t, "192.0.2.0/24") })
	p := dialPeer(t, shop.Addrs()[0])
	newScript(p, "UDP").invite("", 403)
	newScript(p, "UDP").ask("OPTIONS", "", 403)
}

func TestNothingIsLeftOfCallsThatAreOver(t *testing.T) {
	shop, home := serve(t, nil), serve(t, nil)
	caller, agent, _ := talk(t, home, shop)
	drain(caller)
	_ = caller.Close("over")
	eventually(t, "the first call is over", func() bool { return agent.Reason() != "" && shop.Legs() == 0 })
	<-time.After(64 * wire.T1)
	before := runtime.NumGoroutine()
	for range 20 {
		caller, _, _ := talk(t, home, shop)
		drain(caller)
		_ = caller.Close("over")
	}
	eventually(t, "goroutines have ended", func() bool {
		return shop.Legs() == 0 && home.Legs() == 0 && runtime.NumGoroutine() <= before+1
	})
}

func TestAStreamMayBreakItsMessagesAnywhere(t *testing.T) {
	shop := serve(t, func(c *Config) { c.Listen = []string{"tcp:127.0.0.1:0"} })
	p := dialPeer(t, shop.Addrs()[0])
	s := newScript(p, "TCP")
	text := strings.ReplaceAll(s.request("OPTIONS", 1, "", ""), "\n", "\r\n")
	for _, b := range []byte("\r\n\r\n" + text) {
		if _, err := p.conn.Write([]byte{b}); err != nil {
			t.Fatal(err)
		}
	}
	pong := make([]byte, 2)
	if _, err := io.ReadFull(p.reader, pong); err != nil || string(pong) != "\r\n" {
		t.Errorf("a ping is answered by %q, %v", pong, err)
	}
	p.status(200)
	two := newScript(p, "TCP")
	p.say(two.request("OPTIONS", 1, "", "") + two.request("OPTIONS", 2, "", ""))
	p.status(200)
	p.status(200)
	p.say("OPTIONS sip:shop SIP/2.0\nVia: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bK1\nFrom: <sip:a@b>;tag=1\nTo: <sip:a@b>\nCall-ID: 1\nCSeq: 1 OPTIONS\n\n")
	p.status(400) // no Content-Length
	if _, err := p.reader.ReadByte(); !errors.Is(err, io.EOF) {
		t.Errorf("the connection goes on: %v", err)
	}
}

func TestAFloodOnAStreamIsAnsweredMessageForMessage(t *testing.T) {
	shop := serve(t, func(c *Config) {
		c.Listen, c.Peers = []string{"tcp:127.0.0.1:0"}, prefixes(t, "192.0.2.0/24")
	})
	p := dialPeer(t, shop.Addrs()[0])
	const many = 2*messageRate + 30
	for range many {
		p.say(newScript(p, "TCP").request("OPTIONS", 1, "", ""))
	}
	for range many {
		p.status(403)
	}
}

func TestMessagesForNobody(t *testing.T) {
	shop := serve(t, nil)
	p := dialPeer(t, shop.Addrs()[0])
	for _, text := range []string{
		"", "\n\n", "\x00\x00\x00\x00", "GET / HTTP/1.1\nHost: x\n\n", "SIP/2.0 200 OK\n\n", strings.Repeat("A", 60000),
		"INVITE sip:x SIP/2.0\n\n", "INVITE sip:x SIP/2.0\nVia: SIP/2.0/UDP\n\n", "ACK sip:x SIP/2.0\nCSeq: 1 ACK\n\n",
	} {
		p.say(text)
	}
	newScript(p, "UDP").ask("OPTIONS", "", 200)
}

func TestAnOfferThatMeetsAnotherIsRefused(t *testing.T) {
	shop := serve(t, nil)
	p := dialPeer(t, shop.Addrs()[0])
	s := newScript(p, "UDP")
	s.invite("", 200)
	s.ack()
	leg := receive(t, shop.calls).leg
	held := make(chan error, 1)
	go func() { held <- leg.Hold(t.Context(), true) }()
	theirs := p.asked(wire.INVITE)
	s.invite("", 491)
	p.answers(theirs, 488)
	if refused, ok := errors.AsType[*ResponseError](receive(t, held)); !ok || refused.Status != 488 {
		t.Error("the hold was not refused")
	}
}
