package webrtc

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"huike/audio"
)

const patience = 10 * time.Second

// endpoint is a server on loopback whose handler hands its legs to the test,
// each of which is carried until its peer or the test ends it.
type endpoint struct {
	*Server
	url  string
	legs chan *Leg
	reqs chan Request
}

func serve(tb testing.TB, change func(*Config)) *endpoint {
	tb.Helper()
	e := &endpoint{legs: make(chan *Leg, 256), reqs: make(chan Request, 256)}
	config := Config{Handle: func(ctx context.Context, leg *Leg, req Request) {
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
	server, err := NewServer(config)
	if err != nil {
		tb.Fatal(err)
	}
	e.Server = server
	httpServer := httptest.NewServer(server)
	e.url = httpServer.URL + "/v1/whip"
	tb.Cleanup(func() {
		httpServer.Close()
		if err := server.Close(); err != nil {
			tb.Errorf("close the server: %v", err)
		}
	})
	return e
}

// call dials e and returns both ends.
func (e *endpoint) call(tb testing.TB, options Options) (caller, agent *Leg) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), patience)
	defer cancel()
	caller, err := Dial(ctx, e.url, options)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = caller.Close("test over") })
	return caller, receive(tb, e.legs)
}

func receive[T any](tb testing.TB, from <-chan T) T {
	tb.Helper()
	select {
	case v, ok := <-from:
		if !ok {
			tb.Fatal("the channel was closed")
		}
		return v
	case <-time.After(patience):
		tb.Fatal("nothing came")
	}
	panic("unreachable")
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

func TestPacketsArriveAtBothEnds(t *testing.T) {
	e := serve(t, nil)
	caller, agent := e.call(t, Options{Lang: "en", As: "13800001234"})
	req := receive(t, e.reqs)
	if req.Lang != "en" || req.As != "13800001234" || req.Remote == "" {
		t.Errorf("request is %+v", req)
	}
	for name, ends := range map[string][2]*Leg{
		"caller to agent": {caller, agent}, "agent to caller": {agent, caller},
	} {
		t.Run(name, func(t *testing.T) {
			from, to := ends[0], ends[1]
			for i := range uint16(5) {
				sent := audio.Packet{Sequence: i, Timestamp: uint32(i) * 960, Marker: i == 0, Payload: []byte{1, 2, byte(i)}}
				if err := from.WritePacket(&sent); err != nil {
					t.Fatal(err)
				}
			}
			var first audio.Packet
			for i := range uint16(5) {
				var got audio.Packet
				if err := to.ReadPacket(&got); err != nil {
					t.Fatal(err)
				}
				if i == 0 {
					first = got
				}
				if got.Sequence != first.Sequence+i || got.Timestamp != first.Timestamp+uint32(i)*960 ||
					got.Marker != (i == 0) || len(got.Payload) != 3 || got.Payload[2] != byte(i) || got.SSRC == 0 {
					t.Errorf("packet %d is %+v", i, got)
				}
			}
		})
	}
}

func TestMessagesArriveInOrder(t *testing.T) {
	e := serve(t, nil)
	caller, agent := e.call(t, Options{})
	for from, to := range map[*Leg]*Leg{caller: agent, agent: caller} {
		for _, text := range []string{`{"n":1}`, `{"n":2}`, `{"n":3}`} {
			if err := from.Send([]byte(text)); err != nil {
				t.Fatal(err)
			}
		}
		for _, text := range []string{`{"n":1}`, `{"n":2}`, `{"n":3}`} {
			if got := string(receive(t, to.Messages())); got != text {
				t.Errorf("message is %s, want %s", got, text)
			}
		}
	}
}

func TestLastMessageArrivesBeforeTheLegIsClosed(t *testing.T) {
	e := serve(t, nil)
	caller, agent := e.call(t, Options{})
	_ = caller.Send([]byte(`{"n":0}`))
	receive(t, agent.Messages()) // the channel is open
	_ = agent.Send([]byte(`{"type":"ended"}`))
	_ = agent.Close("call over")
	if got := string(receive(t, caller.Messages())); got != `{"type":"ended"}` {
		t.Errorf("message is %s", got)
	}
	var p audio.Packet
	if err := caller.ReadPacket(&p); !errors.Is(err, io.EOF) {
		t.Errorf("read after the end: %v", err)
	}
}

func TestHangingUpEndsTheOtherEnd(t *testing.T) {
	e := serve(t, nil)
	caller, agent := e.call(t, Options{})
	_ = caller.Close("hung up")
	var p audio.Packet
	if err := agent.ReadPacket(&p); !errors.Is(err, io.EOF) {
		t.Errorf("read after the end: %v", err)
	}
	if _, open := <-agent.Messages(); open {
		t.Error("messages are open after the end")
	}
	if err := agent.WritePacket(&p); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("write after the end: %v", err)
	}
	if agent.Reason() != "peer hung up" {
		t.Errorf("reason is %q", agent.Reason())
	}
	eventually(t, "the leg is forgotten", func() bool { return e.Legs() == 0 })
}

var _ = http.MethodPost
