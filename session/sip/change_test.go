package sip

import (
	"fmt"
	"strings"
	"testing"

	wire "github.com/emiago/sipgo/sip"

	"huike/audio/codec"
)

func TestACallGoesOnInTheEncodingOfANewOffer(t *testing.T) {
	shop := serve(t, nil)
	s := newScript(dialPeer(t, shop.Addrs()[0]), "UDP")
	s.invite("", 200)
	s.ack()
	leg := receive(t, shop.calls).leg
	if got := leg.Format(); got != codec.PCMU {
		t.Fatalf("the call begins as %v, want PCMU", got)
	}
	res := s.offer("", strings.Replace(sdp, "RTP/AVP 0 ", "RTP/AVP 8 ", 1), 200)
	s.ack()
	if got := leg.Format(); got != codec.PCMA || !strings.Contains(string(res.Body()), "RTP/AVP 8") {
		t.Errorf("the call goes on as %v, want PCMA as in its answer\n%s", got, res.Body())
	}
}

// replaces places a call that takes the place of another, and acknowledges its answer.
func replaces(t *testing.T, shop *house, other *script) *script {
	t.Helper()
	s := newScript(dialPeer(t, shop.Addrs()[0]), "UDP")
	_, tag, _ := strings.Cut(other.to, "tag=")
	s.invite(fmt.Sprintf("Replaces: %s;to-tag=%s;from-tag=%sf\n", other.id, tag, other.id), 200)
	s.ack()
	return s
}

func TestWhoWasReplacedCannotEndTheCallByKnowingNothingOfIt(t *testing.T) {
	shop := serve(t, nil)
	first := newScript(dialPeer(t, shop.Addrs()[0]), "UDP")
	first.invite("", 200)
	first.ack()
	leg := receive(t, shop.calls).leg
	second := replaces(t, shop, first)
	bye := first.p.asked(wire.BYE)
	eventually(t, "it is noted that the BYE waits for its answer", func() bool { return saying(shop) == 1 })
	first.p.answers(bye, 481)
	eventually(t, "the BYE is answered", func() bool { return saying(shop) == 0 })
	if leg.Reason() != "" {
		t.Errorf("the call is over: %q", leg.Reason())
	}
	second.ask("BYE", "", 200)
	eventually(t, "the call is over", func() bool { return leg.Reason() == byPeer })
}

// saying is how many BYEs wait for their answer.
func saying(shop *house) int {
	shop.mu.Lock()
	defer shop.mu.Unlock()
	return len(shop.byes)
}

func TestATransferorSteersTheCallNoMore(t *testing.T) {
	shop, desk := serve(t, func(c *Config) { c.Refer = ReferAny }), serve(t, nil)
	s := newScript(dialPeer(t, shop.Addrs()[0]), "UDP")
	s.invite("", 200)
	s.ack()
	leg := receive(t, shop.calls).leg
	s.ask("REFER", "Refer-To: <"+desk.uri()+">\n", 202)
	for status := 100; status < 200; {
		notify := s.p.asked(wire.NOTIFY)
		s.p.answers(notify, 200)
		status, _ = fragStatus(notify.Body())
	}
	s.ask("INFO", "", 481)
	s.offer("", strings.Replace(sdp, "RTP/AVP 0 ", "RTP/AVP 8 ", 1), 481)
	s.ask("UPDATE", "", 481)
	s.ask("REFER", "Refer-To: <"+desk.uri()+">\n", 481)
	if leg.Format() != codec.PCMU || leg.Reason() != "" {
		t.Errorf("the call goes on as %v: %q", leg.Format(), leg.Reason())
	}
}

func TestAChangeThatIsRefusedChangesNothing(t *testing.T) {
	shop := serve(t, nil)
	s := newScript(dialPeer(t, shop.Addrs()[0]), "UDP")
	s.invite("", 200)
	s.ack()
	leg := receive(t, shop.calls).leg
	s.offer("Supported: timer\nSession-Expires: 60\n", strings.Replace(sdp, "RTP/AVP 0 ", "RTP/AVP 8 ", 1), 422)
	if leg.Format() != codec.PCMU {
		t.Errorf("the sound of a session that is too short is taken: %v", leg.Format())
	}
	s.change("UPDATE", "Supported: timer\nSession-Expires: 120\n", strings.Replace(sdp, "RTP/AVP 0 ", "RTP/AVP 96 ", 1), 488)
	if at, _ := leg.session().due(); !at.IsZero() {
		t.Error("the time of a session without sound is agreed upon")
	}
}

func TestAnUpdateWithoutAnOfferMeetsNone(t *testing.T) {
	shop := serve(t, nil)
	s := newScript(dialPeer(t, shop.Addrs()[0]), "UDP")
	s.invite("", 200)
	s.ack()
	leg := receive(t, shop.calls).leg
	held := make(chan error, 1)
	go func() { held <- leg.Hold(t.Context(), true) }()
	theirs := s.p.asked(wire.INVITE)
	s.ask("UPDATE", "Supported: timer\nSession-Expires: 120\n", 200)
	s.p.answers(theirs, 488)
	if err := receive(t, held); err == nil {
		t.Error("the hold was not refused")
	}
}
