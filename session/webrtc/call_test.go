package webrtc

import (
	"context"
	"errors"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"huike/audio"
)

func TestPeerWhoseCandidatesComeLateIsConnected(t *testing.T) {
	e := serve(t, nil)
	pc := peer(t)
	connected := make(chan struct{})
	pc.OnConnectionStateChange(func(state webrtc.PeerConnectionState) {
		if state == webrtc.PeerConnectionStateConnected {
			close(connected)
		}
	})
	late := make(chan string, 16)
	pc.OnICECandidate(func(candidate *webrtc.ICECandidate) {
		if candidate != nil {
			late <- candidate.ToJSON().Candidate
		}
	})
	offer := browserOffer(t, pc)
	if err := pc.SetLocalDescription(offer); err != nil {
		t.Fatal(err)
	}
	got := do(t, http.MethodPost, e.url, typeSDP, offer.SDP)
	if got.status != http.StatusCreated {
		t.Fatalf("status %d: %s", got.status, got.body)
	}
	// Without the server's candidates only its checks can find the way.
	answer := webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: without(got.body, "a=candidate")}
	if err := pc.SetRemoteDescription(answer); err != nil {
		t.Fatal(err)
	}
	url := strings.TrimSuffix(e.url, "/v1/whip") + got.header.Get("Location")
	fragment := "a=mid:0\r\na=" + receive(t, late) + "\r\n"
	if got := do(t, http.MethodPatch, url, typeFragment, fragment, "If-Match", got.header.Get("ETag")); got.status != 204 {
		t.Fatalf("status %d: %s", got.status, got.body)
	}
	eventually(t, "the peer is connected", func() bool {
		select {
		case <-connected:
			return true
		default:
			return false
		}
	})
	receive(t, e.legs)
	if got := do(t, http.MethodDelete, url, "", ""); got.status != http.StatusOK {
		t.Errorf("DELETE: status %d", got.status)
	}
	eventually(t, "the leg is forgotten", func() bool { return e.Legs() == 0 })
}

// writeRTP sends a packet as it is, with offsets and SSRC of the test's choice.
func writeRTP(tb testing.TB, leg *Leg, header rtp.Header, payload ...byte) {
	tb.Helper()
	header.Version = 2
	if _, err := leg.out.bound.Load().writer.WriteRTP(&header, payload); err != nil {
		tb.Fatal(err)
	}
}

func TestKeyIsToldOnceHoweverManyPacketsItHas(t *testing.T) {
	e := serve(t, nil)
	caller, agent := e.call(t, Options{})
	go func() {
		var p audio.Packet
		for agent.ReadPacket(&p) == nil {
			continue
		}
	}()
	if len(caller.types.Load().keys) == 0 {
		t.Fatal("telephone-event was not agreed upon")
	}
	seq := uint16(0)
	press := func(stamp uint32, key byte, times int) {
		for i := range times {
			seq++
			end := byte(0)
			if i >= times-3 {
				end = 0x80 // the last packet is sent three times
			}
			writeRTP(t, caller, rtp.Header{
				PayloadType: caller.types.Load().keys[0], SSRC: 7, SequenceNumber: seq, Timestamp: stamp, Marker: i == 0,
			}, key, end|10, byte(i>>8), byte(i*160))
		}
	}
	press(1000, 5, 6)
	press(9000, 5, 3)
	press(1000, 5, 1)      // one of the first key's, late
	press(17000, 11, 4)    // #
	press(25000, 16, 3)    // flash, which is no key
	press(33000, 0, 1)     // its end was lost
	press(1<<32-1, 200, 1) // what no keypad has
	for _, want := range []string{"5", "5", "#", "0"} {
		if got := string(receive(t, agent.Messages())); got != `{"type":"key","key":"`+want+`"}` {
			t.Errorf("message is %s, want key %s", got, want)
		}
	}
	select {
	case msg := <-agent.Messages():
		t.Errorf("one more message: %s", msg)
	default:
	}
}

func TestKeysAreSentAsEventsAndLeaveNoHole(t *testing.T) {
	e := serve(t, nil)
	caller, agent := e.call(t, Options{})
	exchange(t, agent, caller)
	for _, wrong := range []string{"x", "", strings.Repeat("1", 100)} {
		if err := agent.SendKeys(wrong); err == nil {
			t.Errorf("%q was sent", wrong)
		}
	}
	if err := agent.SendKeys("4#"); err != nil {
		t.Fatal(err)
	}
	if err := agent.SendKeys("1"); !errors.Is(err, ErrKeys) {
		t.Errorf("keys into keys: %v", err)
	}
	heard := make(chan audio.Packet, 1)
	go func() {
		var p audio.Packet
		_ = caller.ReadPacket(&p)
		heard <- p
	}()
	for _, want := range []string{"4", "#"} {
		if got := string(receive(t, caller.Messages())); got != `{"type":"key","key":"`+want+`"}` {
			t.Errorf("message is %s, want key %s", got, want)
		}
		_ = agent.WritePacket(&audio.Packet{Sequence: 5, Timestamp: 4800, Payload: []byte{9}}) // lost under the keys
	}
	eventually(t, "the keys are over", func() bool {
		agent.out.mu.Lock()
		defer agent.out.mu.Unlock()
		return !agent.out.pressing
	})
	_ = agent.WritePacket(&audio.Packet{Sequence: 7, Timestamp: 48000, Payload: []byte{8}})
	if p := receive(t, heard); p.Payload[0] != 8 {
		t.Errorf("heard %+v", p)
	}
	if lost := caller.Stats()["packetsLost"]; lost != 0 {
		t.Errorf("the peer counts %v packets lost", lost)
	}
}

func TestPacketsOfAnotherSSRCArriveToo(t *testing.T) {
	e := serve(t, nil)
	caller, agent := e.call(t, Options{})
	opus := caller.types.Load().opus
	writeRTP(t, caller, rtp.Header{PayloadType: opus, SSRC: 1, SequenceNumber: 1}, 1)
	writeRTP(t, caller, rtp.Header{PayloadType: opus, SSRC: 2, SequenceNumber: 9}, 2)
	writeRTP(t, caller, rtp.Header{PayloadType: 33, SSRC: 1, SequenceNumber: 2}, 3) // never agreed upon
	writeRTP(t, caller, rtp.Header{PayloadType: opus, SSRC: 1, SequenceNumber: 3})  // empty
	writeRTP(t, caller, rtp.Header{PayloadType: opus, SSRC: 1, SequenceNumber: 4}, 4)
	for _, want := range []byte{1, 2, 4} {
		var p audio.Packet
		if err := agent.ReadPacket(&p); err != nil || p.Payload[0] != want {
			t.Errorf("packet is %+v, %v; want %d", p, err, want)
		}
	}
}

func TestFloodOfStreamsCostsTheLegAndNoOther(t *testing.T) {
	e := serve(t, nil)
	other, otherAgent := e.call(t, Options{})
	caller, agent := e.call(t, Options{})
	for ssrc := range uint32(2 * streamLimit) {
		writeRTP(t, caller, rtp.Header{PayloadType: caller.types.Load().opus, SSRC: ssrc + 1}, 1)
	}
	var p audio.Packet
	for agent.ReadPacket(&p) == nil {
		continue
	}
	if agent.Reason() != "peer sent too many streams" {
		t.Errorf("reason is %q", agent.Reason())
	}
	exchange(t, other, otherAgent)
}

func TestGapOfSecondsEndsNothing(t *testing.T) {
	e := serve(t, func(c *Config) { c.Lost = 2 * time.Second })
	caller, agent := e.call(t, Options{})
	exchange(t, caller, agent)
	<-time.After(3 * time.Second) // longer than Lost: keepalives go on
	exchangeAt(t, caller, agent, 5)
}

func TestPeerThatVanishesIsLost(t *testing.T) {
	e := serve(t, func(c *Config) { c.Lost = 2 * time.Second })
	mux, err := listen("127.0.0.1:0", false)
	if err != nil {
		t.Fatal(err)
	}
	caller, err := newLeg(engine{mux: mux, lost: defaultLost}, "", "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = caller.Close("test over") }()
	if err := caller.place(t.Context(), parse(t, e.url), Options{}); err != nil {
		t.Fatal(err)
	}
	agent := receive(t, e.legs)
	_ = mux.Close() // no goodbye can be said
	var p audio.Packet
	if err := agent.ReadPacket(&p); !errors.Is(err, io.EOF) {
		t.Errorf("read from a lost peer: %v", err)
	}
	if agent.Reason() != "peer lost" {
		t.Errorf("over because %q", agent.Reason())
	}
	eventually(t, "the leg is forgotten", func() bool { return e.Legs() == 0 })
}

func TestPeerThatReadsNoMessagesLosesItsLeg(t *testing.T) {
	e := serve(t, func(c *Config) { c.Lost = 60 * time.Second })
	mux, err := listen("127.0.0.1:0", false)
	if err != nil {
		t.Fatal(err)
	}
	caller, err := newLeg(engine{mux: mux, lost: defaultLost}, "", "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = caller.Close("test over") }()
	if err := caller.place(t.Context(), parse(t, e.url), Options{}); err != nil {
		t.Fatal(err)
	}
	agent := receive(t, e.legs)
	_ = caller.Send([]byte(`{"type":"x"}`))
	receive(t, agent.Messages()) // the channel is open
	_ = mux.Close()              // and nothing is acknowledged any more
	text := []byte(`{"type":"caption","text":"` + strings.Repeat("x", 8000) + `"}`)
	eventually(t, "the leg is over", func() bool { return agent.Send(text) != nil })
	if agent.Reason() != "peer stopped reading messages" {
		t.Errorf("reason is %q", agent.Reason())
	}
}

func TestMessagesThatNobodyTakesEndTheLeg(t *testing.T) {
	e := serve(t, nil)
	caller, agent := e.call(t, Options{})
	for range 2 * messagesIn {
		_ = caller.Send([]byte(`{"type":"key","key":"1"}`))
	}
	var p audio.Packet
	for agent.ReadPacket(&p) == nil {
		continue
	}
	if agent.Reason() != "messages from the peer were not taken" {
		t.Errorf("reason is %q", agent.Reason())
	}
}

func TestPanicOfAHandlerEndsItsCallAlone(t *testing.T) {
	first := true
	e := serve(t, func(c *Config) {
		handle := c.Handle
		c.Handle = func(ctx context.Context, leg *Leg, req Request) {
			if first {
				first = false
				_ = any(leg).(error)
			}
			handle(ctx, leg, req)
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if broken, err := Dial(ctx, e.url, Options{}); err == nil { // it may be over before it has begun
		<-broken.done
		_ = broken.Close("test over")
	}
	caller, agent := e.call(t, Options{})
	exchange(t, caller, agent)
}

func TestFiftyCallsAtOnceAreCarriedAndLeaveNothing(t *testing.T) {
	e := serve(t, nil)
	settled(t, e)
	http.DefaultClient.CloseIdleConnections()
	before := runtime.NumGoroutine()
	const calls = 50
	callers := make(chan *Leg, calls)
	for range calls {
		go func() {
			ctx, cancel := context.WithTimeout(t.Context(), 3*patience)
			defer cancel()
			caller, err := Dial(ctx, e.url, Options{})
			if err != nil {
				t.Error(err)
				callers <- nil
				return
			}
			_ = caller.Send([]byte(`{"type":"key","key":"1"}`))
			for i := range uint16(20) {
				_ = caller.WritePacket(&audio.Packet{Sequence: i, Payload: []byte{1}})
			}
			callers <- caller
		}()
	}
	for range calls {
		agent := receive(t, e.legs)
		for range 20 {
			var p audio.Packet
			if err := agent.ReadPacket(&p); err != nil {
				t.Fatal(err)
			}
		}
		receive(t, agent.Messages())
	}
	for range calls {
		if caller := receive(t, callers); caller != nil {
			_ = caller.Close("hung up")
		}
	}
	eventually(t, "nothing is left", func() bool {
		http.DefaultClient.CloseIdleConnections()
		return e.Legs() == 1 && runtime.NumGoroutine() <= before
	})
}
