package webrtc

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"

	"huike/audio"
)

// browser is a caller's leg whose signalling the test does itself.
type browser struct {
	*Leg
	url    string // its resource
	etag   string
	answer string
}

// browse places a call from a leg of the test's own making.
func (e *endpoint) browse(tb testing.TB, caller *Leg) (b *browser, agent *Leg) {
	tb.Helper()
	tb.Cleanup(func() { _ = caller.Close("test over") })
	offer, err := caller.offer(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	got := do(tb, http.MethodPost, e.url, typeSDP, offer)
	if got.status != http.StatusCreated {
		tb.Fatalf("status %d: %s", got.status, got.body)
	}
	b = &browser{Leg: caller, etag: got.header.Get("ETag"), answer: got.body}
	b.url = strings.TrimSuffix(e.url, "/v1/whip") + got.header.Get("Location")
	b.take(tb, got.body)
	if err := caller.connected(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	return b, receive(tb, e.legs)
}

func (b *browser) take(tb testing.TB, answer string) {
	tb.Helper()
	types, err := agreedTypes(answer, "sendonly")
	if err != nil {
		tb.Fatal(err)
	}
	b.agree(types, answer)
	b.answer = answer
	err = b.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer})
	if err != nil {
		tb.Fatal(err)
	}
}

// restart restarts ICE as a browser does, and returns the server's fragment.
func (b *browser) restart(tb testing.TB) reply {
	tb.Helper()
	offer, err := b.pc.CreateOffer(&webrtc.OfferOptions{ICERestart: true})
	if err != nil {
		tb.Fatal(err)
	}
	described, err := b.describe(tb.Context(), offer)
	if err != nil {
		tb.Fatal(err)
	}
	got := do(tb, http.MethodPatch, b.url, typeFragment, fragmentOf(described), "If-Match", "*")
	if got.status != http.StatusOK {
		tb.Fatalf("ICE restart: status %d: %s", got.status, got.body)
	}
	told, err := parseFragment(got.body)
	if err != nil {
		tb.Fatal(err)
	}
	b.take(tb, told.applyTo(b.answer))
	b.etag = got.header.Get("ETag")
	return got
}

// pour sends packets until the other end has one more that was sent after now.
func pour(tb testing.TB, from, to *Leg) {
	tb.Helper()
	heard := make(chan uint32, 1)
	go func() {
		var p audio.Packet
		for to.ReadPacket(&p) == nil {
			if string(p.Payload) == "last" {
				heard <- p.SSRC
				return
			}
		}
	}()
	tick := time.NewTicker(audio.PTime)
	defer tick.Stop()
	late := time.After(patience)
	packet := audio.Packet{Sequence: 1000, Payload: []byte("last")}
	for {
		packet.Sequence++
		packet.Timestamp += 960
		if err := from.WritePacket(&packet); err != nil {
			tb.Fatal(err)
		}
		select {
		case <-heard:
			return
		case <-tick.C:
		case <-late:
			tb.Fatal("no packet came")
		}
	}
}

func TestCallGoesOnAfterAnICERestart(t *testing.T) {
	e := serve(t, nil)
	caller, err := newLeg(engine{lost: defaultLost}, "", "")
	if err != nil {
		t.Fatal(err)
	}
	b, agent := e.browse(t, caller)
	exchange(t, caller, agent)
	first := b.etag
	old := ufragOf(caller.pc.RemoteDescription().SDP)
	for i := range 3 {
		var got reply
		eventually(t, "a restart is due", func() bool {
			before := agent.restarted.Load()
			return before == nil || time.Since(*before) > restartPause
		})
		got = b.restart(t)
		if ufragOf(got.body) == old || !strings.Contains(got.body, "a=ice-pwd:") || !strings.Contains(got.body, "a=candidate:") {
			t.Errorf("restart %d: the fragment is\n%s", i, got.body)
		}
		old = ufragOf(got.body)
		if kind := got.header.Get("Content-Type"); kind != typeFragment {
			t.Errorf("type is %q", kind)
		}
		if b.etag == first || b.etag == "" {
			t.Errorf("ETag is still %q", b.etag)
		}
		pour(t, caller, agent)
		pour(t, agent, caller)
		if got := do(t, http.MethodPatch, b.url, typeFragment, "a=end-of-candidates\r\n", "If-Match", first); got.status != 412 {
			t.Errorf("a late candidate of the old session: status %d", got.status)
		}
		if got := do(t, http.MethodPatch, b.url, typeFragment, "a=end-of-candidates\r\n", "If-Match", b.etag); got.status != 204 {
			t.Errorf("a late candidate of the new session: status %d", got.status)
		}
		first = b.etag
	}
	if e.Legs() != 1 || agent.Reason() != "" {
		t.Errorf("%d legs, %q", e.Legs(), agent.Reason())
	}
	_ = caller.Send([]byte(`{"n":1}`)) // the data channel lives too
	if got := string(receive(t, agent.Messages())); got != `{"n":1}` {
		t.Errorf("message is %s", got)
	}
}

func TestRestartsInHasteAreRefused(t *testing.T) {
	e := serve(t, nil)
	caller, err := newLeg(engine{lost: defaultLost}, "", "")
	if err != nil {
		t.Fatal(err)
	}
	b, agent := e.browse(t, caller)
	b.restart(t)
	now := time.Now()
	agent.restarted.Store(&now)
	const body = "a=ice-ufrag:other\r\na=ice-pwd:0123456789012345678901\r\n"
	if got := do(t, http.MethodPatch, b.url, typeFragment, body, "If-Match", "*"); got.status != 429 || got.header.Get("Retry-After") == "" {
		t.Errorf("status %d: %s", got.status, got.body)
	}
	pour(t, caller, agent)
}

func FuzzRestart(f *testing.F) {
	caller, err := newLeg(engine{lost: defaultLost}, "", "")
	if err != nil {
		f.Fatal(err)
	}
	defer func() { _ = caller.Close("fuzzed") }()
	offer, err := caller.offer(f.Context())
	if err != nil {
		f.Fatal(err)
	}
	f.Add("a=ice-ufrag:other\r\na=ice-pwd:0123456789012345678901\r\na=candidate:1 1 udp 2130706431 127.0.0.1 9 typ host\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := parseFragment(text)
		if err != nil || parsed.checkCredentials() != nil || len(parsed.candidates) > candidateLimit {
			return
		}
		leg, err := newLeg(engine{lost: defaultLost}, "fuzz", "")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = leg.Close("fuzzed") }()
		if _, err := leg.answer(t.Context(), offer); err != nil {
			t.Fatal(err)
		}
		before := leg.etag()
		if answer, err := leg.restart(t.Context(), parsed); err == nil && (leg.etag() == before || fragmentOf(answer) == "") {
			t.Errorf("restarted, and yet the ICE session is %s", leg.etag())
		}
	})
}
