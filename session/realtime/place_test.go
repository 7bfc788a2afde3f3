package realtime

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// place is a server in the test.
type place struct {
	*Server
	t    *testing.T
	url  string
	legs chan *Leg
	reqs chan Request
}

// serve starts a server whose calls last until their client hangs up.
func serve(t *testing.T, config Config) *place {
	t.Helper()
	p := &place{t: t, legs: make(chan *Leg, 8), reqs: make(chan Request, 8)}
	if config.Handle == nil {
		config.Handle = func(_ context.Context, leg *Leg, req Request) {
			p.legs <- leg
			p.reqs <- req
			for range leg.Messages() {
			}
		}
	}
	if config.Keys == nil && !config.AnyKey {
		config.Keys = []string{ownKey}
	}
	p.Server = New(config)
	web := httptest.NewServer(p.Server)
	p.url = web.URL
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
		web.Close()
	})
	return p
}

// client is a client's end of a WebSocket.
type client struct {
	*websocket.Conn
	t *testing.T
}

// reply is what a server answered a request.
type reply struct {
	StatusCode int
	Header     http.Header
	text       []byte
}

func newReply(t *testing.T, response *http.Response) reply {
	t.Helper()
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{response.StatusCode, response.Header, text}
}

// dial connects, or returns why not.
func (p *place) dial(query string, header http.Header) (*client, reply) {
	p.t.Helper()
	conn, response, err := websocket.DefaultDialer.DialContext(p.t.Context(), "ws"+strings.TrimPrefix(p.url, "http")+"/v1/realtime?"+query, header)
	if response == nil {
		p.t.Fatal(err)
	}
	if err != nil {
		return nil, newReply(p.t, response)
	}
	p.t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetReadDeadline(time.Now().Add(longWait))
	return &client{conn, p.t}, reply{StatusCode: response.StatusCode}
}

// call connects with the server's own key and says what session it wants.
func (p *place) call(query, session string) (*client, *Leg) {
	p.t.Helper()
	c, _ := p.dial(query, http.Header{"Authorization": {"Bearer " + ownKey}})
	c.send(`{"type":"session.update","session":` + session + `}`)
	return c, <-p.legs
}

func (c *client) send(text string) {
	c.t.Helper()
	if err := c.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
		c.t.Fatal(err)
	}
}

// next waits for an event of that type.
func (c *client) next(kind string) fields {
	c.t.Helper()
	for {
		_, text, err := c.ReadMessage()
		if err != nil {
			c.t.Fatalf("waiting for %s: %v", kind, err)
		}
		if event := read(c.t, text); event["type"] == kind {
			return event
		}
	}
}
