package rtvi

import (
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

	"github.com/pion/webrtc/v4"
	"github.com/pion/webrtc/v4/pkg/media"

	"huike/audio"
	transport "huike/session/webrtc"
)

const patience = 30 * time.Second

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
