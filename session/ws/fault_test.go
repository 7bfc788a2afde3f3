package ws

import (
	"encoding/json"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"huike/audio"
)

func TestPeerThatStopsReadingLosesItsLegAndNoOther(t *testing.T) {
	e := serve(t, Config{Lost: 1200 * time.Millisecond})
	stuck, agent := e.started(t)
	if tcp, ok := stuck.NetConn().(*net.TCPConn); ok {
		_ = tcp.SetReadBuffer(4 << 10)
	}
	other, otherAgent := e.call(t, Options{})
	go read(other)
	go read(otherAgent)
	go read(agent)
	go func() { // it is not silent: it only does not read
		for stuck.WriteMessage(websocket.BinaryMessage, make([]byte, 640)) == nil {
			time.Sleep(10 * time.Millisecond)
		}
	}()

	packet := audio.Packet{Payload: make([]byte, 640)}
	slowest := time.Duration(0)
	eventually(t, "the stuck leg is over", func() bool {
		for range 100 {
			began := time.Now()
			if agent.WritePacket(&packet) != nil {
				return true
			}
			slowest = max(slowest, time.Since(began))
		}
		return false
	})
	if agent.Reason() != "peer stopped reading" {
		t.Errorf("reason is %q", agent.Reason())
	}
	if slowest > time.Second {
		t.Errorf("WritePacket blocked for %v", slowest)
	}
	_ = otherAgent.Send([]byte(`{"type":"notice"}`))
	receive(t, other.Messages())
	eventually(t, "the stuck leg is forgotten", func() bool { return e.Legs() == 1 })
}

func TestTextsForAPeerThatStopsReadingEndItsLeg(t *testing.T) {
	e := serve(t, Config{})
	_, agent := e.started(t)
	text := []byte(`{"type":"caption","text":"` + strings.Repeat("x", 8000) + `"}`)
	eventually(t, "the leg is over", func() bool {
		for range 100 {
			if agent.Send(text) != nil {
				return true
			}
		}
		return false
	})
	if agent.Reason() != "peer stopped reading" {
		t.Errorf("reason is %q", agent.Reason())
	}
}

func TestHalfOpenConnectionIsFound(t *testing.T) {
	e := serve(t, Config{Lost: 300 * time.Millisecond})
	_, agent := e.started(t) // it answers no ping, as nobody reads there
	var p audio.Packet
	if err := agent.ReadPacket(&p); err == nil {
		t.Error("a packet came")
	}
	if agent.Reason() != "peer lost" {
		t.Errorf("reason is %q", agent.Reason())
	}
}

func TestQuietPeerThatAnswersPingsIsKept(t *testing.T) {
	const lost = 1500 * time.Millisecond
	e := serve(t, Config{Lost: lost})
	caller, agent := e.call(t, Options{})
	go read(caller) // pongs
	began := time.Now()
	go read(agent)
	ticker := time.NewTicker(lost / 10)
	defer ticker.Stop()
	for range ticker.C {
		if agent.Reason() != "" {
			t.Fatalf("over after %v: %s", time.Since(began), agent.Reason())
		}
		if time.Since(began) > 2*lost {
			return
		}
	}
}

func TestPeerThatVanishesIsLost(t *testing.T) {
	e := serve(t, Config{})
	conn, agent := e.started(t)
	_ = conn.NetConn().Close()
	read(agent)
	if agent.Reason() != "peer lost" {
		t.Errorf("reason is %q", agent.Reason())
	}
}

func TestPeerThatNeverStartsIsToldSo(t *testing.T) {
	e := serve(t, Config{})
	conn := e.connect(t)
	var told struct{ Type, Error string }
	began := time.Now()
	if err := conn.ReadJSON(&told); err != nil || !strings.Contains(told.Error, "in time") {
		t.Errorf("told %+v, %v", told, err)
	}
	if waited := time.Since(began); waited < startTimeout-time.Second || waited > startTimeout+patience {
		t.Errorf("told after %v", waited)
	}
}

func TestServerClosesItsCalls(t *testing.T) {
	e := serve(t, Config{})
	conn, agent := e.started(t)
	go read(agent)
	closed := make(chan error, 1)
	go func() { closed <- e.Close() }()
	_, _, err := conn.ReadMessage()
	if !websocket.IsCloseError(err, websocket.CloseGoingAway) {
		t.Errorf("closed by %v", err)
	}
	if err := receive(t, closed); err != nil {
		t.Error(err)
	}
	if _, err := Dial(t.Context(), e.url, Options{}); err == nil {
		read(agent) // an upgrade may be answered, but the leg is over at once
	}
}

func TestLegCostsOneGoroutineBesideItsRequest(t *testing.T) {
	e := serve(t, Config{})
	const calls = 20
	e.connectMany(t, 1)
	before := runtime.NumGoroutine()
	e.connectMany(t, calls)
	if each := float64(runtime.NumGoroutine()-before) / calls; each > 2.01 {
		t.Errorf("%.2f goroutines a call", each)
	}
}

// connectMany starts calls with clients that have no goroutine of their own.
func (e *endpoint) connectMany(tb testing.TB, n int) {
	tb.Helper()
	for range n {
		conn := e.connect(tb)
		_ = conn.WriteMessage(websocket.TextMessage, []byte(startText))
		receive(tb, e.legs)
		receive(tb, e.reqs)
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

func FuzzStart(f *testing.F) {
	for _, seed := range []string{
		startText, `{"type":"start","rate":8000,"lang":"zh","as":"13800001234"}`, `{"type":"start","rate":1e99}`,
		`{}`, `[]`, `null`, ``, `{"type":"start","rate":-1}`, "\xff", `{"type":{"type":"start"}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		first, err := parseStart(text)
		if err != nil {
			if !json.Valid([]byte(`"`+strings.ReplaceAll(err.Error(), `"`, `\"`)+`"`)) || len(err.Error()) > 120 {
				t.Errorf("error is not fit for the peer: %q", err)
			}
			return
		}
		if first.Rate < 8000 || first.Rate > 24000 || len(first.As) > asLimit || len(first.Lang) > langLimit {
			t.Errorf("started by %+v", first)
		}
	})
}

// FuzzMessages sends a server whatever a peer may, after the start.
func FuzzMessages(f *testing.F) {
	f.Add([]byte(`{"type":"key","key":"5"}`), []byte{0, 1}, uint16(640))
	f.Add([]byte(`{"type":"mute","on":true}`), []byte{1}, uint16(6402))
	f.Add([]byte("\x00"), []byte{}, uint16(1))
	f.Fuzz(func(t *testing.T, text, order []byte, size uint16) {
		e := serve(t, Config{})
		conn, agent := e.started(t)
		for i, kind := range order {
			if i == 8 {
				break
			}
			m := message{websocket.TextMessage, text}
			if kind%2 == 1 {
				m = message{websocket.BinaryMessage, make([]byte, int(size))}
			}
			if conn.WriteMessage(m.kind, m.data) != nil {
				break
			}
		}
		_ = conn.WriteControl(websocket.CloseMessage, nil, time.Now().Add(time.Second))
		var p audio.Packet
		for agent.ReadPacket(&p) == nil {
			if len(p.Payload) != 640 {
				t.Fatalf("a packet has %d bytes", len(p.Payload))
			}
		}
		for msg := range agent.Messages() {
			if !json.Valid(msg) {
				t.Errorf("a text is not JSON: %q", msg)
			}
		}
	})
}
