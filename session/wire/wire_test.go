package wire_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"huike/session/wire"
)

const patience = 30 * time.Second

// dial serves handle on loopback and connects to it.
func dial(tb testing.TB, config wire.Config) *websocket.Conn {
	tb.Helper()
	server := wire.NewServer(config)
	web := httptest.NewServer(server)
	tb.Cleanup(func() { _ = server.Close(); web.Close() })
	conn, resp, err := websocket.DefaultDialer.DialContext(tb.Context(), "ws"+strings.TrimPrefix(web.URL, "http"), nil)
	if err != nil {
		tb.Fatal(err)
	}
	_ = resp.Body.Close()
	tb.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	return conn
}

// Example echoes texts until the peer leaves.
func Example() {
	server := wire.NewServer(wire.Config{Handle: func(_ context.Context, conn *wire.Conn, _ *http.Request) {
		for {
			_, message, err := conn.Next()
			if err != nil {
				return
			}
			text, err := wire.ReadText(message, nil, 1024)
			if err != nil {
				return
			}
			_ = conn.Send(text)
		}
	}})
	web := httptest.NewServer(server)
	defer web.Close()
	conn, resp, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(web.URL, "http"), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = resp.Body.Close()
	_ = conn.WriteMessage(websocket.TextMessage, []byte("hello"))
	_, text, err := conn.ReadMessage()
	fmt.Println(string(text), err)
	_ = server.Close()
	// Output: hello <nil>
}

func TestRoundTripIsThatOfThePing(t *testing.T) {
	conns := make(chan *wire.Conn, 1)
	conn := dial(t, wire.Config{Lost: 300 * time.Millisecond, Handle: func(_ context.Context, conn *wire.Conn, _ *http.Request) {
		conns <- conn
		_, _, _ = conn.Next()
	}})
	const held = 40 * time.Millisecond
	conn.SetPingHandler(func(string) error {
		<-time.After(held)
		return conn.WriteControl(websocket.PongMessage, nil, time.Now().Add(time.Second))
	})
	go func() { _, _, _ = conn.ReadMessage() }()
	agent := <-conns
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for late := time.After(patience); agent.RoundTrip() == 0; {
		select {
		case <-tick.C:
		case <-late:
			t.Fatal("no ping was answered")
		}
	}
	if trip := agent.RoundTrip(); trip < held {
		t.Errorf("round trip is %v, want %v or more", trip, held)
	}
}

func TestAnAnswerToNoPingTellsNoRoundTrip(t *testing.T) {
	trips := make(chan time.Duration, 1)
	conn := dial(t, wire.Config{Handle: func(_ context.Context, conn *wire.Conn, _ *http.Request) {
		_, _, _ = conn.Next()
		trips <- conn.RoundTrip()
	}})
	_ = conn.WriteControl(websocket.PongMessage, nil, time.Now().Add(patience))
	_ = conn.WriteMessage(websocket.TextMessage, []byte("hello"))
	select {
	case trip := <-trips:
		if trip != 0 {
			t.Errorf("round trip is %v", trip)
		}
	case <-time.After(patience):
		t.Fatal("nothing came")
	}
}

func TestAPanicOfTheHandlerEndsItsConnectionAlone(t *testing.T) {
	conn := dial(t, wire.Config{Handle: func(context.Context, *wire.Conn, *http.Request) { panic("a fault") }}) //nolint:forbidigo // the fault
	if _, _, err := conn.ReadMessage(); !websocket.IsCloseError(err, websocket.CloseNormalClosure) {
		t.Errorf("closed by %v", err)
	}
}

// chunks is a reader that gives one byte at a time.
type chunks struct{ io.Reader }

func (c chunks) Read(p []byte) (int, error) { return c.Reader.Read(p[:min(1, len(p))]) }

func TestReadTextHasALimit(t *testing.T) {
	buffer := make([]byte, 0, 2)
	for text, want := range map[string]error{"": nil, "1234": nil, "12345": wire.ErrTooLong, strings.Repeat("x", 1000): wire.ErrTooLong} {
		got, err := wire.ReadText(chunks{strings.NewReader(text)}, buffer, 4)
		if !errors.Is(err, want) || (err == nil && string(got) != text) {
			t.Errorf("%d bytes: %q, %v", len(text), got, err)
		}
	}
	if _, err := wire.ReadText(io.MultiReader(strings.NewReader("1"), broken{}), nil, 4); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a broken message: %v", err)
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestTextsForAPeerThatDoesNotReadAreBoundedInBytes(t *testing.T) {
	sent := make(chan int, 1)
	dial(t, wire.Config{Handle: func(_ context.Context, conn *wire.Conn, _ *http.Request) {
		text, n := make([]byte, 1<<20), 0
		for n < 256 && conn.Send(text) == nil {
			n++
		}
		sent <- n
	}})
	select {
	case n := <-sent:
		if n > 64 {
			t.Errorf("%d MiB wait", n)
		}
	case <-time.After(patience):
		t.Fatal("a text is waited for")
	}
}
