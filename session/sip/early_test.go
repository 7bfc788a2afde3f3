package sip

import (
	"errors"
	"io"
	"testing"
	"time"

	wire "github.com/emiago/sipgo/sip"
)

func TestACallerWhoHangsUpWhileItRingsGetsAFinalAnswer(t *testing.T) {
	shop := serve(t, func(c *Config) { c.Ring = time.Hour })
	p := dialPeer(t, shop.Addrs()[0])
	s := newScript(p, "UDP")
	s.invite("", 180)
	s.seq++
	p.say(s.request("BYE", s.seq, "", ""))
	seen := map[wire.RequestMethod]int{}
	for seen[wire.BYE] == 0 || seen[wire.INVITE] == 0 {
		res, ok := p.hear(patience).(*wire.Response)
		if !ok {
			t.Fatalf("answers are %v", seen)
		}
		if res.StatusCode >= 200 {
			seen[res.CSeq().MethodName] = res.StatusCode
		}
	}
	if seen[wire.BYE] != 200 || seen[wire.INVITE] != 487 {
		t.Errorf("answers are %v, want 200 for the BYE and 487 for the INVITE", seen)
	}
	eventually(t, "nothing is left", func() bool { return shop.Legs() == 0 })
}

func TestACallThatRingsIsRefusedWhenTheServerIsClosed(t *testing.T) {
	shop := serve(t, func(c *Config) { c.Ring = time.Hour })
	p := dialPeer(t, shop.Addrs()[0])
	newScript(p, "UDP").invite("", 180)
	if err := shop.Close(); err != nil {
		t.Fatal(err)
	}
	for {
		msg := p.hear(patience)
		if req, ok := msg.(*wire.Request); ok {
			t.Errorf("an early dialog is ended by %s", req.Method)
		}
		res, ok := msg.(*wire.Response)
		if msg == nil {
			t.Fatal("no final answer")
		}
		if ok && res.StatusCode >= 200 {
			if res.StatusCode != 503 {
				t.Errorf("the final answer is %d, want 503", res.StatusCode)
			}
			return
		}
	}
}

func TestACallThatIsPlacedIsCancelledWhenTheServerIsClosed(t *testing.T) {
	home := serve(t, nil)
	p := dialPeer(t, home.Addrs()[0])
	rings, ended := make(chan struct{}, 8), make(chan error, 1)
	go func() {
		_, err := home.Call(t.Context(), "sip:desk@"+p.conn.LocalAddr().String(), CallOptions{trying: func(int) { rings <- struct{}{} }})
		ended <- err
	}()
	invite := p.asked(wire.INVITE)
	answer := answer(invite, 180)
	answer.To().Params.Add("tag", "desk")
	if _, err := io.WriteString(p.conn, answer.String()); err != nil {
		t.Fatal(err)
	}
	receive(t, rings)
	closed := make(chan error, 1)
	go func() { closed <- home.Close() }()
	p.answers(p.asked(wire.CANCEL), 200)
	p.answers(invite, 487)
	if err := receive(t, ended); !errors.Is(err, ErrClosed) {
		t.Errorf("the call ended with %v, want ErrClosed", err)
	}
	if err := receive(t, closed); err != nil {
		t.Error(err)
	}
}
