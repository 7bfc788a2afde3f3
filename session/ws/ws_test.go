package ws

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gorilla/websocket"

	"huike/audio"
)

const patience = 30 * time.Second

// endpoint is a server on loopback whose handler hands its legs to the test,
// each of which is carried until its peer or the test ends it.
type endpoint struct {
	*Server
	url  string
	legs chan *Leg
	reqs chan Request
}

func serve(tb testing.TB, config Config) *endpoint {
	tb.Helper()
	e := &endpoint{legs: make(chan *Leg, 64), reqs: make(chan Request, 64)}
	config.Handle = func(ctx context.Context, leg *Leg, req Request) {
		e.reqs <- req
		e.legs <- leg
		select {
		case <-leg.wire.Done():
		case <-ctx.Done():
		}
	}
	server := NewServer(config)
	e.Server = server
	httpServer := httptest.NewServer(server)
	e.url = "ws" + strings.TrimPrefix(httpServer.URL, "http")
	tb.Cleanup(func() {
		_ = server.Close()
		httpServer.Close()
	})
	return e
}

func (e *endpoint) call(tb testing.TB, options Options) (caller, agent *Leg) {
	tb.Helper()
	caller, err := Dial(tb.Context(), e.url, options)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = caller.Close("test over") })
	return caller, receive(tb, e.legs)
}

// connect opens a WebSocket and says nothing yet.
func (e *endpoint) connect(tb testing.TB) *websocket.Conn {
	tb.Helper()
	conn, resp, err := websocket.DefaultDialer.DialContext(tb.Context(), e.url, nil)
	if err != nil {
		tb.Fatal(err)
	}
	_ = resp.Body.Close()
	tb.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	return conn
}

const startText = `{"type":"start","rate":16000}`

// started opens a WebSocket and starts a call at 16 kHz.
func (e *endpoint) started(tb testing.TB) (*websocket.Conn, *Leg) {
	tb.Helper()
	conn := e.connect(tb)
	if err := conn.WriteMessage(websocket.TextMessage, []byte(startText)); err != nil {
		tb.Fatal(err)
	}
	return conn, receive(tb, e.legs)
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
		tb.Fatal("nothing came")
	}
	return v
}

// read runs ReadPacket until it fails, as a session does.
func read(leg *Leg) {
	var p audio.Packet
	for leg.ReadPacket(&p) == nil {
		continue
	}
}

func TestPacketsArriveAtBothEnds(t *testing.T) {
	for _, rate := range rates() {
		e := serve(t, Config{})
		caller, agent := e.call(t, Options{Rate: rate, Lang: "zh", As: "13800001234"})
		if req := receive(t, e.reqs); req.Lang != "zh" || req.As != "13800001234" || req.Remote == "" {
			t.Errorf("request is %+v", req)
		}
		if want := (audio.Format{Name: "pcm", ClockRate: rate}); agent.Format() != want || caller.Format() != want {
			t.Errorf("format is %v, want %v", agent.Format(), want)
		}
		exchange(t, caller, agent, rate)
		exchange(t, agent, caller, rate)
	}
}

// exchange sends packets one way and checks what comes out.
func exchange(t *testing.T, from, to *Leg, rate int) {
	t.Helper()
	for i := range 4 {
		payload := bytes.Repeat([]byte{byte(i), 1}, rate/50)
		if err := from.WritePacket(&audio.Packet{Payload: payload}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 4 {
		var got audio.Packet
		if err := to.ReadPacket(&got); err != nil {
			t.Fatal(err)
		}
		want := audio.Packet{
			Sequence: uint16(i), Timestamp: uint32(i * rate / 50), Marker: i == 0,
			Payload: bytes.Repeat([]byte{byte(i), 1}, rate/50),
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("at %d Hz, packet %d (-want +got):\n%s", rate, i, diff)
		}
	}
}

func TestSoundOfAnySizeIsCutTo20Milliseconds(t *testing.T) {
	e := serve(t, Config{})
	conn, agent := e.started(t)
	sound := make([]byte, 640*20)
	for i := range sound {
		sound[i] = byte(i / 2)
	}
	for at, sizes := 0, []int{2, 638, 640, 1280, 6400, 0, 400, 880, 2560}; len(sizes) > 0; sizes = sizes[1:] {
		if err := conn.WriteMessage(websocket.BinaryMessage, sound[at:at+sizes[0]]); err != nil {
			t.Fatal(err)
		}
		at += sizes[0]
	}
	var p audio.Packet
	for i := range 20 {
		if err := agent.ReadPacket(&p); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(p.Payload, sound[640*i:640*(i+1)]) || int(p.Timestamp) != 320*i || int(p.Sequence) != i {
			t.Fatalf("packet %d differs", i)
		}
	}
}

func TestTextsArriveInOrder(t *testing.T) {
	e := serve(t, Config{})
	caller, agent := e.call(t, Options{})
	go read(caller)
	go read(agent)
	for from, to := range map[*Leg]*Leg{caller: agent, agent: caller} {
		texts := []string{`{"type":"key","key":"5"}`, `{"type":"text","text":"你好"}`, `{"type":"hangup"}`}
		for _, text := range texts {
			if err := from.Send([]byte(text)); err != nil {
				t.Fatal(err)
			}
		}
		for _, text := range texts {
			if got := string(receive(t, to.Messages())); got != text {
				t.Errorf("text is %s, want %s", got, text)
			}
		}
	}
}

// message is what a peer does, and answer what it is told.
type message struct {
	kind int
	data []byte
}

func TestBadInputIsAnsweredWithItsReason(t *testing.T) {
	text := func(s string) message { return message{websocket.TextMessage, []byte(s)} }
	sound := func(n int) message { return message{websocket.BinaryMessage, make([]byte, n)} }
	for name, c := range map[string]struct {
		send []message
		code int
		says string
	}{
		"sound before the start":        {[]message{sound(640)}, 1003, "text message that starts"},
		"a start that is not JSON":      {[]message{text("hello")}, 1003, "JSON"},
		"a start of another type":       {[]message{text(`{"type":"key"}`)}, 1003, "start"},
		"a start that is a list":        {[]message{text(`[1,2]`)}, 1003, "JSON"},
		"a start without a rate":        {[]message{text(`{"type":"start"}`)}, 1003, "rate is 0"},
		"a rate of 44100":               {[]message{text(`{"type":"start","rate":44100}`)}, 1003, "8000, 16000 or 24000"},
		"a rate that is a text":         {[]message{text(`{"type":"start","rate":"16k"}`)}, 1003, "JSON"},
		"an endless name":               {[]message{text(`{"type":"start","rate":8000,"as":"` + strings.Repeat("1", 200) + `"}`)}, 1003, "as is longer"},
		"an endless language":           {[]message{text(`{"type":"start","rate":8000,"lang":"` + strings.Repeat("x", 200) + `"}`)}, 1003, "lang is longer"},
		"an oversized start":            {[]message{text(`{"type":"start","x":"` + strings.Repeat("x", 20000) + `"}`)}, 1009, "16384"},
		"a text that is not JSON":       {[]message{text(startText), text("garbage")}, 1003, "JSON"},
		"a text that is broken UTF-8":   {[]message{text(startText), text("\xff\xfe{")}, 1003, "JSON"},
		"a text without a type":         {[]message{text(startText), text(`{"key":"5"}`)}, 1003, "type"},
		"an oversized text":             {[]message{text(startText), text(`{"type":"text","text":"` + strings.Repeat("x", 20000) + `"}`)}, 1009, "16384"},
		"sound of an odd length":        {[]message{text(startText), sound(641)}, 1003, "whole 16-bit samples"},
		"sound of more than 200 ms":     {[]message{text(startText), sound(6402)}, 1009, "6400"},
		"sound of a megabyte":           {[]message{text(startText), sound(1 << 20)}, 1009, "6400"},
		"more texts than can be taken":  {append([]message{text(startText)}, repeat(text(`{"type":"x"}`), 100)...), 1008, "faster"},
		"a second start is only a text": {[]message{text(startText), text(startText), sound(1)}, 1003, "whole"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := serve(t, Config{})
			go func() {
				for leg := range e.legs {
					read(leg)
				}
			}()
			t.Cleanup(func() { close(e.legs) })
			conn := e.connect(t)
			for _, m := range c.send {
				if conn.WriteMessage(m.kind, m.data) != nil {
					break // the server has closed by now
				}
			}
			var told struct{ Type, Error string }
			if err := conn.ReadJSON(&told); err != nil {
				t.Fatal(err)
			}
			if told.Type != "error" || !strings.Contains(told.Error, c.says) {
				t.Errorf("told %+v, want %q", told, c.says)
			}
			_, _, err := conn.ReadMessage()
			var closed *websocket.CloseError
			if !errors.As(err, &closed) || closed.Code != c.code {
				t.Errorf("closed by %v, want %d", err, c.code)
			}
		})
	}
}

func repeat(m message, n int) []message {
	all := make([]message, n)
	for i := range all {
		all[i] = m
	}
	return all
}

func TestRefusedCallIsToldWhy(t *testing.T) {
	e := serve(t, Config{Admit: func() (func(), error) { return nil, errors.New("30 calls are being carried") }})
	_, err := Dial(t.Context(), e.url, Options{})
	if err == nil || !strings.Contains(err.Error(), "503: 30 calls are being carried") {
		t.Errorf("error is %v", err)
	}
}

func TestOnlyPagesOfKnownOriginsMayCall(t *testing.T) {
	e := serve(t, Config{Origins: []string{"https://shop.example"}})
	for origin, want := range map[string]int{
		"":                                       http.StatusSwitchingProtocols,
		"https://shop.example":                   http.StatusSwitchingProtocols,
		"http" + strings.TrimPrefix(e.url, "ws"): http.StatusSwitchingProtocols,
		"https://evil.example":                   http.StatusForbidden,
		"null":                                   http.StatusForbidden,
	} {
		header := http.Header{}
		if origin != "" {
			header.Set("Origin", origin)
		}
		conn, resp, err := websocket.DefaultDialer.DialContext(t.Context(), e.url, header)
		if resp == nil || resp.StatusCode != want {
			t.Errorf("origin %q: %v %v", origin, resp, err)
		}
		if err == nil {
			_ = conn.Close()
		}
		_ = resp.Body.Close()
	}
}

func TestRequestThatIsNoWebSocketIsToldSo(t *testing.T) {
	e := serve(t, Config{})
	recorder := httptest.NewRecorder()
	e.ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/ws", nil))
	var told struct{ Detail string }
	if err := json.NewDecoder(recorder.Body).Decode(&told); err != nil || recorder.Code != http.StatusBadRequest {
		t.Errorf("status %d, %v", recorder.Code, err)
	}
	if !strings.Contains(told.Detail, "upgrade") {
		t.Errorf("detail is %q", told.Detail)
	}
}

func TestHangingUpEndsTheOtherEnd(t *testing.T) {
	e := serve(t, Config{})
	caller, agent := e.call(t, Options{})
	if err := caller.Close("hung up"); err != nil {
		t.Error(err)
	}
	var p audio.Packet
	if err := agent.ReadPacket(&p); !errors.Is(err, io.EOF) {
		t.Errorf("read after the end: %v", err)
	}
	if agent.Reason() != "peer hung up" {
		t.Errorf("reason is %q", agent.Reason())
	}
	if err := agent.WritePacket(&p); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("write after the end: %v", err)
	}
	if err := agent.Send([]byte("{}")); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("send after the end: %v", err)
	}
	if _, open := <-agent.Messages(); open {
		t.Error("messages are open after the end")
	}
}

func TestLastTextArrivesBeforeTheClose(t *testing.T) {
	e := serve(t, Config{})
	caller, agent := e.call(t, Options{})
	// Sound that the server never reads must not turn the close into a reset.
	for range 20 {
		_ = caller.WritePacket(&audio.Packet{Payload: make([]byte, 640)})
	}
	_ = agent.Send([]byte(`{"type":"ended"}`))
	_ = agent.Close("call over")
	read(caller)
	if got := string(receive(t, caller.Messages())); got != `{"type":"ended"}` {
		t.Errorf("text is %s", got)
	}
}
