package rtvi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pion/webrtc/v4"

	"huike/audio"
)

func TestACallFromItsOfferToItsEnd(t *testing.T) {
	e := serve(t, nil)
	c := e.client(t)
	c.connect("/offer?lang=en", map[string]any{"as": "13900005678", "Shop": "North", "operations": []string{"order.status"}, "age": 3})
	c.ready()
	req, leg := receive(t, e.reqs), receive(t, e.legs)
	req.Remote = ""
	if diff := cmp.Diff(Request{Lang: "en", As: "13900005678", Context: map[string]string{"age": "3", "shop": "North"}}, req); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := string(receive(t, leg.Messages())); got != `{"operations":["order.status"],"type":"operates"}` {
		t.Errorf("the session was told %s", got)
	}
	c.speak(leg)
	c.hear(leg, 0)
	c.send(rtviMessage("send-text", `{"content":"hi"}`))
	for _, want := range []string{`{"type":"interrupt"}`, `{"text":"hi","type":"text"}`} {
		if got := string(receive(t, leg.Messages())); got != want {
			t.Errorf("the session was told %s; want %s", got, want)
		}
	}
	if err := leg.Send([]byte(`{"type":"notice","text":"x"}`)); err != nil {
		t.Fatal(err)
	}
	c.told("server-message")
	if err := leg.Close("hung_up"); err != nil {
		t.Errorf("close: %v", err)
	}
	if got := receive(t, c.said); got != string(left()) {
		t.Errorf("the last message is %s", got)
	}
	if leg.Reason() != "hung_up" || leg.String() != "rtvi(webrtc(opus/48000))" {
		t.Errorf("%s is over because %q", leg, leg.Reason())
	}
	over(t, leg)
}

// over checks that a leg that has been closed does nothing more.
func over(t *testing.T, leg *Leg) {
	t.Helper()
	if leg.Send(nil) == nil || leg.WritePacket(&audio.Packet{}) == nil || !errors.Is(leg.ReadPacket(&audio.Packet{}), io.EOF) {
		t.Error("a leg that is over goes on")
	}
}

func TestTheClientHangsUp(t *testing.T) {
	e := serve(t, nil)
	c := e.client(t)
	c.connect("/api/offer", nil)
	c.ready()
	leg := receive(t, e.legs)
	_ = c.pc.Close()
	receiveClosed(t, leg.done)
	if leg.Reason() != "peer hung up" {
		t.Errorf("it is over because %q", leg.Reason())
	}
	if _, ok := <-leg.Messages(); ok {
		t.Error("Messages goes on")
	}
}

func TestACallGoesOnOverAnotherConnection(t *testing.T) {
	for _, tt := range []struct {
		name  string
		close func(old *webrtc.PeerConnection)
	}{
		{"the old one is closed", func(old *webrtc.PeerConnection) { _ = old.Close() }},
		{"the old one is left", func(*webrtc.PeerConnection) {}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := serve(t, nil)
			c := e.client(t)
			c.connect("/offer", nil)
			c.ready()
			leg := receive(t, e.legs)
			c.speak(leg)
			_, next := c.hear(leg, 0)

			old, gone := c.pc, make(chan struct{})
			old.OnConnectionStateChange(func(state webrtc.PeerConnectionState) {
				if state == webrtc.PeerConnectionStateClosed {
					close(gone)
				}
			})
			status, answer := c.post("/offer", c.offer(), nil, true)
			if status != http.StatusOK {
				t.Fatalf("the second offer: %d %v", status, answer)
			}
			tt.close(old) // before the new one is there
			c.take(answer)
			receiveClosed(t, c.open)
			if err := leg.Send([]byte(`{"type":"notice","text":"welcome back"}`)); err != nil {
				t.Fatal(err)
			}
			if got := c.told("server-message"); !strings.Contains(got, "welcome back") {
				t.Errorf("the client was told %s", got)
			}
			for len(c.heard) > 0 {
				<-c.heard
			}
			c.hear(leg, next)
			c.speak(leg)
			c.send(rtviMessage("dtmf", `{"buttons":["5"]}`))
			if got := string(receive(t, leg.Messages())); got != `{"key":"5","type":"key"}` {
				t.Errorf("the session was told %s", got)
			}
			receiveClosed(t, gone)
			if n := e.Calls(); n != 1 {
				t.Errorf("there are %d calls", n)
			}
		})
	}
}

func TestConnectionsThatDoNotComeAreBounded(t *testing.T) {
	e := serve(t, nil)
	c := e.client(t)
	c.connect("/offer", nil)
	c.ready()
	receive(t, e.legs)
	offer := c.offer() // which takes no answer
	for range mostExpected {
		if status, answer := c.post("/offer", offer, nil, true); status != http.StatusOK {
			t.Fatalf("%d %v", status, answer)
		}
	}
	if status, answer := c.post("/offer", offer, nil, true); status != http.StatusServiceUnavailable {
		t.Errorf("one too many: %d %v", status, answer)
	}
}

// BenchmarkWrite is this package's own part of a packet's way out.
func BenchmarkWrite(b *testing.B) {
	leg := newLeg("")
	packet := audio.Packet{Payload: make([]byte, 80)}
	b.ReportAllocs()
	for b.Loop() {
		packet.Sequence++
		if err := leg.WritePacket(&packet); err != nil {
			b.Fatal(err)
		}
	}
}

func TestACallIsRenegotiated(t *testing.T) {
	e := serve(t, nil)
	c := e.client(t)
	c.mute = true // pion, not a browser, stumbles over a second refusal
	c.connect("/offer", nil)
	c.ready()
	leg := receive(t, e.legs)
	status, answer := c.post("/offer", c.describe(), nil, false)
	if status != http.StatusOK {
		t.Fatalf("the second offer: %d %v", status, answer)
	}
	c.take(answer)
	c.speak(leg)
	c.hear(leg, 0)
	if status, answer := e.ask(t, http.MethodPatch, "/offer",
		`{"pc_id":"`+c.id+`","candidates":[{"candidate":"candidate:1 1 udp 2130706431 127.0.0.1 9 typ host","sdp_mid":"0","sdp_mline_index":0},{"candidate":""}]}`,
	); status != http.StatusOK || answer["status"] != "success" {
		t.Errorf("late candidates: %d %v", status, answer)
	}
	if status, answer := e.ask(t, http.MethodPatch, "/offer", `{"pc_id":"`+c.id+`","candidates":[{"candidate":"nonsense"}]}`); status != http.StatusBadRequest {
		t.Errorf("a broken candidate: %d %v", status, answer)
	}
}

func TestAClientThatIsNeverReadyHasItsSound(t *testing.T) {
	e := serve(t, nil)
	e.readyWait = 10 * time.Millisecond
	c := e.client(t)
	c.connect("/offer", nil)
	leg := receive(t, e.legs)
	c.speak(leg)
	c.hear(leg, 0)
}

func TestSoundThatIsNotWantedLeavesNoGap(t *testing.T) {
	e := serve(t, nil)
	c := e.client(t)
	c.connect("/offer", nil)
	c.ready()
	leg := receive(t, e.legs)
	first, next := c.hear(leg, 0)
	c.send(rtviMessage("send-text", `{"content":"hi","options":{"audio_response":false}}`))
	receive(t, leg.Messages())
	if err := leg.Send([]byte(`{"type":"text","turn":4,"text":"hi"}`)); err != nil {
		t.Fatal(err)
	}
	last := first
	for len(c.heard) > 0 {
		last = <-c.heard
	}
	for range 50 {
		_ = leg.WritePacket(&audio.Packet{Sequence: next, Payload: []byte{0xf8, 0xff, 0xfe}})
		next++
	}
	if err := leg.Send([]byte(`{"type":"caption","party":"caller","turn":6,"text":"x","final":true}`)); err != nil {
		t.Fatal(err)
	}
	heard, _ := c.hear(leg, next)
	if gap := heard - last; gap > 10 {
		t.Errorf("the client misses %d packets", gap)
	}
}

func TestHostileMessagesCostNobodyElsesCall(t *testing.T) {
	e := serve(t, nil)
	other := e.client(t)
	other.connect("/offer", nil)
	other.ready()
	others := receive(t, e.legs)
	for _, tt := range []struct {
		name string
		act  func(c *client)
	}{
		{"a flood", func(c *client) {
			for range 200 { // which nobody takes
				_ = c.data.SendText(rtviMessage("disconnect-bot", `{}`)) // its call may be over by then
			}
		}},
		{"an oversized message", func(c *client) {
			if err := c.data.Send(bytes.Repeat([]byte("a"), messageSize+1)); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := e.client(t)
			c.rude = true
			c.connect("/offer", nil)
			c.ready()
			leg := receive(t, e.legs)
			tt.act(c)
			receiveClosed(t, leg.done)
		})
	}
	other.speak(others)
	other.hear(others, 0)
}

func TestARequestThatIsWrongIsToldWhy(t *testing.T) {
	full := errors.New("all lines are busy")
	e := serve(t, func(c *Config) { c.Admit = func() (func(), error) { return nil, full } })
	sdp := string(encode(e.client(t).offer()))
	for _, tt := range []struct {
		name, method, path, body string
		status                   int
		detail                   string
	}{
		{"no JSON", "POST", "/offer", `{`, 400, "JSON object"},
		{"no SDP", "POST", "/offer", `{"type":"offer"}`, 400, "an offer has sdp"},
		{"an answer", "POST", "/offer", `{"type":"answer","sdp":"x"}`, 400, "an offer has sdp"},
		{"too long", "POST", "/offer", `{"sdp":"` + strings.Repeat("a", bodyLimit) + `"}`, 413, "bytes"},
		{"a call that is over", "POST", "/offer", `{"type":"offer","sdp":"x","pc_id":"y"}`, 404, "it is over"},
		{"a session that never was", "POST", "/sessions/x/api/offer", `{"type":"offer","sdp":"x"}`, 404, "start again"},
		{"all lines are busy", "POST", "/offer", `{"type":"offer","sdp":` + sdp + `}`, 503, "all lines are busy"},
		{"candidates of no call", "PATCH", "/offer", `{"pc_id":"y"}`, 404, "it is over"},
		{"another transport", "POST", "/start", `{"transport":"daily"}`, 400, "webrtc"},
		{"another path", "POST", "/connect", `{}`, 404, "offer and start"},
		{"another method", "GET", "/offer", ``, 405, "POST, PATCH, OPTIONS"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			status, answer := e.ask(t, tt.method, tt.path, tt.body)
			if detail, _ := answer["detail"].(string); status != tt.status || !strings.Contains(detail, tt.detail) {
				t.Errorf("%d %v", status, answer)
			}
		})
	}
	if status, answer := e.ask(t, "POST", "/offer", `{}`, "Content-Type", "text/plain"); status != http.StatusUnsupportedMediaType {
		t.Errorf("plain text: %d %v", status, answer)
	}
}

func TestAnOfferThatIsNoneFreesItsLine(t *testing.T) {
	released := make(chan struct{})
	e := serve(t, func(c *Config) { c.Admit = func() (func(), error) { return func() { close(released) }, nil } })
	if status, answer := e.ask(t, "POST", "/offer", `{"type":"offer","sdp":"v=0"}`); status != http.StatusBadRequest {
		t.Errorf("%d %v", status, answer)
	}
	receiveClosed(t, released)
}

func TestStartTellsTheServersAndKeepsTheData(t *testing.T) {
	e := serve(t, nil)
	status, answer := e.ask(t, "POST", "/start", `{"transport":"webrtc","body":{"lang":"zh"}}`)
	id, _ := answer["sessionId"].(string)
	if status != http.StatusOK || id == "" {
		t.Fatalf("%d %v", status, answer)
	}
	servers := string(encode(answer["iceConfig"]))
	want := `{"iceServers":[{"urls":["stun:stun.example:3478"]},{"credential":"secret","urls":["turn:turn.example:3478"],"username":"ann"}]}`
	if servers != want {
		t.Errorf("the servers are %s", servers)
	}
	c := e.client(t)
	c.connect("/sessions/"+id+"/api/offer", nil)
	c.ready()
	if req := receive(t, e.reqs); req.Lang != "zh" {
		t.Errorf("the request is %+v", req)
	}
	if status, answer := e.ask(t, "POST", "/start", ""); status != http.StatusOK {
		t.Errorf("without a body: %d %v", status, answer)
	}
}

func TestSessionsThatNobodyCallsAreForgotten(t *testing.T) {
	e := serve(t, nil)
	now := time.Now()
	for i := range mostSessions {
		e.keep(fmt.Sprint(i), nil, now.Add(time.Duration(i)))
	}
	if status, answer := e.ask(t, "POST", "/start", `{}`); status != http.StatusOK {
		t.Errorf("somebody who does not call shuts others out: %d %v", status, answer)
	}
	_, oldest := e.started("0")
	_, next := e.started("1")
	if oldest || !next || len(e.sessions) != mostSessions {
		t.Errorf("of %d sessions the oldest is kept: %v, the next: %v", len(e.sessions), oldest, next)
	}
	if status, answer := e.ask(t, "POST", "/start", `{"body":{"x":"`+strings.Repeat("x", mostData)+`"}}`); status != http.StatusRequestEntityTooLarge {
		t.Errorf("a session as large as it likes: %d %v", status, answer)
	}
	e.keep("late", nil, now.Add(sessionLife+time.Hour))
	if len(e.sessions) != 1 {
		t.Errorf("%d sessions are kept", len(e.sessions))
	}
}

func TestATokenOpensTheServer(t *testing.T) {
	e := serve(t, func(c *Config) { c.Tokens, c.Origins = []string{"one", "two"}, []string{"https://shop.example"} })
	for header, want := range map[string]int{
		"": 401, "Bearer three": 401, "Basic one": 401, "Bearer": 401, "Bearer one": 200, "bearer two": 200,
	} {
		if status, answer := e.ask(t, "POST", "/start", `{}`, "Authorization", header); status != want {
			t.Errorf("%q: %d %v; want %d", header, status, answer, want)
		}
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodOptions, e.url+"/offer", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	for origin, want := range map[string]string{"https://shop.example": "https://shop.example", "https://evil.example": ""} {
		req.Header.Set("Origin", origin)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if got := resp.Header.Get("Access-Control-Allow-Origin"); got != want || resp.StatusCode != http.StatusNoContent {
			t.Errorf("%s: %d, allowed %q", origin, resp.StatusCode, got)
		}
	}
}

func TestAPanicOfTheHandlerEndsThatCallAlone(t *testing.T) {
	legs := make(chan *Leg, 2)
	e := serve(t, func(c *Config) {
		handle := c.Handle
		c.Handle = func(ctx context.Context, leg *Leg, req Request) {
			if req.Lang == "zh" {
				legs <- leg
				_ = []int{}[len(req.Context)] // the fault
			}
			handle(ctx, leg, req)
		}
	})
	other := e.client(t)
	other.connect("/offer", nil)
	other.ready()
	others := receive(t, e.legs)
	c := e.client(t)
	c.connect("/offer?lang=zh", nil)
	c.send(rtviMessage("client-ready", `{"version":"2.1.0"}`))
	receiveClosed(t, receive(t, legs).done)
	other.speak(others)
}
