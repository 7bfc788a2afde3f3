package sip

import (
	"strings"
	"testing"

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
