package twilio

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"huike/audio"
)

const (
	patience = 30 * time.Second
	token    = "12345"
	jane     = "+14158675309"
)

// endpoint is a server on loopback whose handler hands its legs to the test. The
// legs are read as a session does.
type endpoint struct {
	*Server
	url     string // http
	legs    chan Leg
	reqs    chan Request
	packets chan audio.Packet
}

func serve(tb testing.TB, config Config) *endpoint {
	tb.Helper()
	e := &endpoint{legs: make(chan Leg, 64), reqs: make(chan Request, 64), packets: make(chan audio.Packet, 4096)}
	if config.Handle == nil {
		config.Handle = func(_ context.Context, leg Leg, req Request) {
			e.reqs <- req
			e.legs <- leg
			var p audio.Packet
			for leg.ReadPacket(&p) == nil {
				p.Payload = append([]byte(nil), p.Payload...)
				select {
				case e.packets <- p:
				default:
				}
			}
		}
	}
	web := httptest.NewUnstartedServer(nil)
	config.Token, config.URL = token, "http://"+web.Listener.Addr().String()
	server, err := NewServer(config)
	if err != nil {
		tb.Fatal(err)
	}
	e.Server, e.url = server, config.URL
	web.Config.Handler = server
	web.Start()
	tb.Cleanup(func() {
		_ = server.Close()
		web.Close()
	})
	return e
}

// post asks a webhook as Twilio does.
func (e *endpoint) post(tb testing.TB, path string, form url.Values) (int, string) {
	tb.Helper()
	return e.postSigned(tb, path, form, Sign(token, e.url+path, form))
}

func (e *endpoint) postSigned(tb testing.TB, path string, form url.Values, signature string) (int, string) {
	tb.Helper()
	request, err := http.NewRequestWithContext(tb.Context(), http.MethodPost, e.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		tb.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("X-Twilio-Signature", signature)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		tb.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		tb.Fatal(err)
	}
	return response.StatusCode, string(body)
}

// dial opens a WebSocket as Twilio does.
func (e *endpoint) dial(tb testing.TB, path string) *websocket.Conn {
	tb.Helper()
	address := "ws" + strings.TrimPrefix(e.url, "http") + path
	header := http.Header{"X-Twilio-Signature": {Sign(token, address, nil)}}
	conn, response, err := websocket.DefaultDialer.DialContext(tb.Context(), address, header)
	if err != nil {
		tb.Fatal(err)
	}
	_ = response.Body.Close()
	tb.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	return conn
}

func write(tb testing.TB, conn *websocket.Conn, messages ...string) {
	tb.Helper()
	for _, message := range messages {
		if err := conn.WriteMessage(websocket.TextMessage, []byte(message)); err != nil {
			tb.Fatal(err)
		}
	}
}

// recorded are the messages of a file in testdata, in the documentation's words.
func recorded(tb testing.TB, name string) []string {
	tb.Helper()
	content, err := os.ReadFile("testdata/" + name)
	if err != nil {
		tb.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(content)), "\n")
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

// told reads the next text that the server sends.
func told(tb testing.TB, conn *websocket.Conn) string {
	tb.Helper()
	kind, message, err := conn.ReadMessage()
	if err != nil || kind != websocket.TextMessage {
		tb.Fatalf("message of type %d, %v", kind, err)
	}
	return string(message)
}

// closed reads until the server closes, and returns how it did.
func closed(tb testing.TB, conn *websocket.Conn) (code int, reason string) {
	tb.Helper()
	for {
		_, _, err := conn.ReadMessage()
		if end, ok := errors.AsType[*websocket.CloseError](err); ok {
			return end.Code, end.Text
		}
		if err != nil {
			tb.Fatalf("not closed: %v", err)
		}
	}
}

// eventually waits until done is true.
func eventually(tb testing.TB, what string, done func() bool) {
	tb.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-deadline:
			tb.Fatalf("not in time: %s", what)
		}
	}
}
