package webrtc

import (
	"context"
	"errors"
	"io"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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
	exchange(t, caller, agent)
	exchange(t, agent, caller)
}

// exchange sends packets one way and checks what comes out.
func exchange(tb testing.TB, from, to *Leg) { tb.Helper(); exchangeAt(tb, from, to, 0) }

// exchangeAt is exchange later in a call: what was sent once is replay.
func exchangeAt(tb testing.TB, from, to *Leg, start uint16) {
	tb.Helper()
	for i := range uint16(5) {
		sent := audio.Packet{Sequence: start + i, Timestamp: uint32(i) * 960, Marker: i == 0, Payload: []byte{1, 2, byte(i)}}
		if err := from.WritePacket(&sent); err != nil {
			tb.Fatal(err)
		}
	}
	var first audio.Packet
	for i := range uint16(5) {
		var got audio.Packet
		if err := to.ReadPacket(&got); err != nil {
			tb.Fatal(err)
		}
		if i == 0 {
			first = got
		}
		want := audio.Packet{
			SSRC: first.SSRC, Sequence: first.Sequence + i, Timestamp: first.Timestamp + uint32(i)*960,
			Marker: i == 0, PayloadType: first.PayloadType, Payload: []byte{1, 2, byte(i)},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			tb.Errorf("packet %d (-want +got):\n%s", i, diff)
		}
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

// ignore is a handler that ends at once.
func (*endpoint) ignore(context.Context, *Leg, Request) {}

func parse(tb testing.TB, address string) *url.URL {
	tb.Helper()
	parsed, err := url.Parse(address)
	if err != nil {
		tb.Fatal(err)
	}
	return parsed
}
