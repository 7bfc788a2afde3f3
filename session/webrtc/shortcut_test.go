package webrtc

import (
	"bytes"
	"testing"

	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"
)

func TestACallersSoundTakesTheShortcut(t *testing.T) {
	e := serve(t, nil)
	caller, agent := e.call(t, Options{})
	exchange(t, caller, agent)
	exchangeAt(t, caller, agent, 5)
	eventually(t, "the agent's end has the keys", func() bool { return agent.opener.Load() != nil })
	exchangeAt(t, caller, agent, 10)
	opener := agent.opener.Load()
	opener.mu.Lock()
	defer opener.mu.Unlock()
	if len(opener.known) != 1 {
		t.Errorf("%d streams were opened by the agent's end, want one: does pion keep its DTLS connection elsewhere now?", len(opener.known))
	}
	if agent.out.sealer.Load() == nil {
		t.Error("the agent's end has pion encrypt its sound: does pion keep its ICE connection elsewhere now?")
	}
}

// sealed is a stream as a peer sends it, and what opens it.
func sealed(t *testing.T) (seal func(ssrc uint32, sequence uint16) []byte, o *opener) {
	t.Helper()
	key, salt := bytes.Repeat([]byte{1}, 16), bytes.Repeat([]byte{2}, 12)
	context := func() *srtp.Context {
		c, err := srtp.CreateContext(key, salt, srtp.ProtectionProfileAeadAes128Gcm, srtp.SRTPReplayProtection(replayWindow))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	out := context()
	return func(ssrc uint32, sequence uint16) []byte {
		packet := rtp.Packet{Header: rtp.Header{Version: 2, SSRC: ssrc, SequenceNumber: sequence}, Payload: []byte("sound")}
		raw, err := packet.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		if raw, err = out.EncryptRTP(nil, raw, nil); err != nil {
			t.Fatal(err)
		}
		return raw
	}, &opener{context: context()}
}

func TestWhatAPeerHasNotSentIsNotOpened(t *testing.T) {
	seal, o := sealed(t)
	first := seal(7, 100)
	forged := bytes.Clone(first)
	forged[len(forged)-1] ^= 1
	for ssrc := range byte(3 * streamLimit) { // each by a stream of its own
		forged[11] = ssrc
		if _, ok, _ := o.open(bytes.Clone(forged)); ok {
			t.Fatal("a forged packet is opened")
		}
	}
	if packet, ok, _ := o.open(bytes.Clone(first)); !ok || !bytes.HasSuffix(packet, []byte("sound")) {
		t.Errorf("the peer's own is not: %q", packet)
	}
	if _, ok, _ := o.open(bytes.Clone(first)); ok {
		t.Error("it is opened twice")
	}
	if len(o.known) != 1 {
		t.Errorf("%d streams are known", len(o.known))
	}
}

func TestAStreamWhoseNumbersWentRoundBeforeTheShortcutIsOpened(t *testing.T) {
	seal, o := sealed(t)
	for sequence := uint16(65530); sequence != 3; sequence++ {
		seal(7, sequence) // through pion
	}
	for sequence := range uint16(5) {
		if _, ok, _ := o.open(seal(7, 3+sequence)); !ok {
			t.Fatalf("packet %d is not opened", 3+sequence)
		}
	}
}

func TestAPeerHasSoManyStreamsAndNoMore(t *testing.T) {
	seal, o := sealed(t)
	for ssrc := range uint32(streamLimit + 1) {
		_, ok, tooMany := o.open(seal(ssrc+1, 1))
		if !ok || tooMany != (ssrc == streamLimit) {
			t.Errorf("stream %d: opened %v, too many %v", ssrc+1, ok, tooMany)
		}
	}
}
