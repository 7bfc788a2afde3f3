package rtvi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pion/webrtc/v4"
	"github.com/pion/webrtc/v4/pkg/media"

	"huike/audio"
	transport "huike/session/webrtc"
)

const patience = 10 * time.Second

// endpoint is a server on loopback whose handler hands its legs to the test.
type endpoint struct {
	*Server
	url  string
	legs chan *Leg
	reqs chan Request
}

func serve(tb testing.TB, change func(*Config)) *endpoint {
	tb.Helper()
	carrier, err := transport.NewServer(transport.Config{
		Lost:   2 * time.Second,
		Handle: func(context.Context, *transport.Leg, transport.Request) {},
		ICEServers: []transport.ICEServer{
			{URL: "stun:stun.example:3478"}, {URL: "turn:turn.example:3478", Username: "ann", Credential: "secret"},
		},
	})
	if err != nil {
		tb.Fatal(err)
	}
	e := &endpoint{legs: make(chan *Leg, 64), reqs: make(chan Request, 64)}
	config := Config{WebRTC: carrier, Version: "1.2.3", Handle: func(ctx context.Context, leg *Leg, req Request) {
		e.reqs <- req
		e.legs <- leg
		select {
		case <-leg.done:
		case <-ctx.Done():
		}
	}}
	if change != nil {
		change(&config)
	}
	if e.Server, err = NewServer(config); err != nil {
		tb.Fatal(err)
	}
	pages := httptest.NewServer(e.Server)
	e.url = pages.URL + "/v1/rtvi"
	tb.Cleanup(func() {
		pages.Close()
		if err := errors.Join(e.Close(), carrier.Close()); err != nil {
			tb.Errorf("close the server: %v", err)
		}
		if n := e.Calls(); n != 0 {
			tb.Errorf("%d calls are left", n)
		}
	})
	return e
}

func receive[T any](tb testing.TB, from <-chan T) T {
	tb.Helper()
	var v T
	select {
	case got, ok := <-from:
		if !ok {
			tb.Fatal("the channel was closed")
		}
		v = got
	case <-time.After(patience):
		tb.Fatalf("waited %v", patience)
	}
	return v
}

// ask sends a request and returns the status and the answer.
func (e *endpoint) ask(tb testing.TB, method, path, body string, headers ...string) (status int, answer map[string]any) {
	tb.Helper()
	req, err := http.NewRequestWithContext(tb.Context(), method, e.url+path, strings.NewReader(body))
	if err != nil {
		tb.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		tb.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		tb.Fatal(err)
	}
	if len(text) > 0 && json.Unmarshal(text, &answer) != nil {
		tb.Fatalf("%s %s: %s", method, path, text)
	}
	return resp.StatusCode, answer
}

// client is a peer as the SDK makes it: sound, two videos, and a data channel.
type client struct {
	tb    testing.TB
	e     *endpoint
	id    string // pc_id
	pc    *webrtc.PeerConnection
	sound *webrtc.TrackLocalStaticSample
	data  *webrtc.DataChannel
	open  chan struct{}
	said  chan string // by the server
	heard chan uint16 // sequence numbers
	mute  bool        // it offers no video
	rude  bool        // it sends longer messages than the server has said to take
}

func (e *endpoint) client(tb testing.TB) *client {
	tb.Helper()
	return &client{tb: tb, e: e, said: make(chan string, 1024), heard: make(chan uint16, 1024)}
}

// connect makes a connection, offers it at path, and waits for its channel.
func (c *client) connect(path string, data any) {
	c.tb.Helper()
	offer := c.offer()
	status, answer := c.post(path, offer, data, c.id != "")
	if status != http.StatusOK {
		c.tb.Fatalf("the offer: %d %v", status, answer)
	}
	c.take(answer)
	receiveClosed(c.tb, c.open)
}

func receiveClosed(tb testing.TB, ch <-chan struct{}) {
	tb.Helper()
	select {
	case <-ch:
	case <-time.After(patience):
		tb.Fatalf("waited %v", patience)
	}
}

// offer makes a new connection and its offer.
func (c *client) offer() string {
	c.tb.Helper()
	settings := webrtc.SettingEngine{}
	settings.SetIncludeLoopbackCandidate(true)
	codecs := &webrtc.MediaEngine{}
	if err := codecs.RegisterDefaultCodecs(); err != nil {
		c.tb.Fatal(err)
	}
	pc, err := webrtc.NewAPI(webrtc.WithMediaEngine(codecs), webrtc.WithSettingEngine(settings)).NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		c.tb.Fatal(err)
	}
	c.tb.Cleanup(func() { _ = pc.Close() })
	c.pc, c.open = pc, make(chan struct{})
	c.sound, err = webrtc.NewTrackLocalStaticSample(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2}, "audio", "mic")
	if err != nil {
		c.tb.Fatal(err)
	}
	if _, err := pc.AddTrack(c.sound); err != nil {
		c.tb.Fatal(err)
	}
	for range 2 { // the SDK would send video too, which pion cannot be refused
		if c.mute {
			break
		}
		direction := webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly}
		if _, err := pc.AddTransceiverFromKind(webrtc.RTPCodecTypeVideo, direction); err != nil {
			c.tb.Fatal(err)
		}
	}
	if c.data, err = pc.CreateDataChannel("chat", nil); err != nil {
		c.tb.Fatal(err)
	}
	open := c.open
	c.data.OnOpen(func() { close(open) })
	c.data.OnMessage(func(m webrtc.DataChannelMessage) { c.said <- string(m.Data) })
	pc.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		for {
			packet, _, err := track.ReadRTP()
			if err != nil {
				return
			}
			c.heard <- packet.SequenceNumber
		}
	})
	return c.describe()
}

// describe makes another offer of the same connection.
func (c *client) describe() string {
	c.tb.Helper()
	offer, err := c.pc.CreateOffer(nil)
	if err != nil {
		c.tb.Fatal(err)
	}
	gathered := webrtc.GatheringCompletePromise(c.pc)
	if err := c.pc.SetLocalDescription(offer); err != nil {
		c.tb.Fatal(err)
	}
	receiveClosed(c.tb, gathered)
	return c.pc.LocalDescription().SDP
}

func (c *client) post(path, offer string, data any, restart bool) (status int, answer map[string]any) {
	c.tb.Helper()
	body := fields{"sdp": offer, "type": "offer", "pc_id": nil, "restart_pc": restart, "requestData": data}
	if c.id != "" {
		body["pc_id"] = c.id
	}
	return c.e.ask(c.tb, http.MethodPost, path, string(encode(body)))
}

// take takes the answer to an offer.
func (c *client) take(answer map[string]any) {
	c.tb.Helper()
	sdp, _ := answer["sdp"].(string)
	id, _ := answer["pc_id"].(string)
	if answer["type"] != "answer" || id == "" || c.id != "" && c.id != id {
		c.tb.Fatalf("the answer is %v", answer)
	}
	c.id = id
	if c.rude {
		sdp = strings.ReplaceAll(sdp, fmt.Sprint("a=max-message-size:", messageSize), fmt.Sprint("a=max-message-size:", 4*messageSize))
	}
	if err := c.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: sdp}); err != nil {
		c.tb.Fatal(err)
	}
}

func (c *client) send(text string) {
	c.tb.Helper()
	if err := c.data.SendText(text); err != nil {
		c.tb.Fatal(err)
	}
}

// ready says client-ready and waits for bot-ready.
func (c *client) ready() {
	c.tb.Helper()
	c.send(rtviMessage("client-ready", `{"version":"2.1.0"}`))
	c.told("bot-ready")
}

// told waits for a message of that type, and returns it.
func (c *client) told(kind string) string {
	c.tb.Helper()
	for {
		if text := receive(c.tb, c.said); strings.Contains(text, `"type":"`+kind+`"`) {
			return text
		}
	}
}

// speak sends packets until the leg has one.
func (c *client) speak(leg *Leg) {
	c.tb.Helper()
	got := make(chan error, 1)
	go func() {
		var p audio.Packet
		got <- leg.ReadPacket(&p)
	}()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	late := time.After(patience)
	for {
		select {
		case err := <-got:
			if err != nil {
				c.tb.Fatalf("read a packet: %v", err)
			}
			return
		case <-tick.C:
			_ = c.sound.WriteSample(media.Sample{Data: []byte{0xf8, 0xff, 0xfe}, Duration: 20 * time.Millisecond})
		case <-late:
			c.tb.Fatalf("no packet arrived within %v", patience)
		}
	}
}

// hear has the leg say packets until the client has one.
func (c *client) hear(leg *Leg, from uint16) (heard, next uint16) {
	c.tb.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	late := time.After(patience)
	for {
		select {
		case heard = <-c.heard:
			return heard, from
		case <-tick.C:
			if err := leg.WritePacket(&audio.Packet{Sequence: from, Timestamp: uint32(from) * 960, Payload: []byte{0xf8, 0xff, 0xfe}}); err != nil {
				c.tb.Fatalf("write a packet: %v", err)
			}
			from++
		case <-late:
			c.tb.Fatalf("no packet arrived within %v", patience)
		}
	}
}

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
		if !e.keep(fmt.Sprint(i), nil, now) {
			t.Fatalf("session %d found no room", i)
		}
	}
	if status, answer := e.ask(t, "POST", "/start", `{}`); status != http.StatusServiceUnavailable {
		t.Errorf("one too many: %d %v", status, answer)
	}
	if !e.keep("late", nil, now.Add(sessionLife+time.Second)) || len(e.sessions) != 1 {
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
