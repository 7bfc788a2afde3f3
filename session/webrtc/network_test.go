package webrtc

import (
	"errors"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"
)

// cable is a caller's way to the network, which may be cut, and be another.
type cable struct {
	net.PacketConn // the first one: its address is what pion knows

	now atomic.Pointer[net.UDPConn]
	cut atomic.Bool // nothing comes or goes
}

func newCable(tb testing.TB) *cable {
	tb.Helper()
	c := &cable{}
	c.plug(tb)
	c.PacketConn = c.now.Load()
	return c
}

// plug gives the caller another address.
func (c *cable) plug(tb testing.TB) {
	tb.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		tb.Fatal(err)
	}
	if old := c.now.Swap(conn); old != nil {
		_ = old.Close()
	}
}

func (c *cable) ReadFrom(p []byte) (n int, from net.Addr, err error) {
	for {
		conn := c.now.Load()
		n, from, err = conn.ReadFrom(p)
		if errors.Is(err, net.ErrClosed) && conn != c.now.Load() {
			continue
		}
		if err != nil || !c.cut.Load() {
			return n, from, err
		}
	}
}

func (c *cable) WriteTo(p []byte, to net.Addr) (int, error) {
	if c.cut.Load() {
		return len(p), nil
	}
	return c.now.Load().WriteTo(p, to)
}

func (c *cable) Close() error { return c.now.Load().Close() }

// cabled places a call over a cable.
func cabled(tb testing.TB, e *endpoint) (way *cable, caller *browser, agent *Leg) {
	tb.Helper()
	way = newCable(tb)
	mux := webrtc.NewICEUDPMux(silent{}, way)
	leg, err := newLeg(engine{mux: mux, lost: defaultLost}, "", "")
	if err != nil {
		tb.Fatal(err)
	}
	leg.mux = mux
	caller, agent = e.browse(tb, leg)
	return way, caller, agent
}

func TestCallGoesOnAfterAGap(t *testing.T) {
	for _, gap := range []time.Duration{500 * time.Millisecond, time.Second, 10 * time.Second} {
		t.Run(gap.String(), func(t *testing.T) {
			t.Parallel()
			e := serve(t, nil)
			way, caller, agent := cabled(t, e)
			pour(t, caller.Leg, agent)
			way.cut.Store(true)
			<-time.After(gap)
			if state := agent.pc.ICEConnectionState(); gap > defaultLost/3 && state != webrtc.ICEConnectionStateDisconnected {
				t.Errorf("after %v without the network the server's ICE is %v", gap, state)
			}
			way.cut.Store(false)
			pour(t, caller.Leg, agent)
			pour(t, agent, caller.Leg)
			eventually(t, "consent is regained", func() bool {
				return agent.pc.ICEConnectionState() == webrtc.ICEConnectionStateConnected
			})
			if agent.Reason() != "" {
				t.Errorf("the leg is over: %s", agent.Reason())
			}
			_ = agent.Send([]byte(`{"n":1}`))
			if got := string(receive(t, caller.Messages())); got != `{"n":1}` {
				t.Errorf("message is %s", got)
			}
		})
	}
}

func TestCallGoesOnFromAnotherNetwork(t *testing.T) {
	t.Parallel()
	e := serve(t, nil)
	way, caller, agent := cabled(t, e)
	pour(t, caller.Leg, agent)
	way.cut.Store(true)
	<-time.After(time.Second)
	way.plug(t)
	way.cut.Store(false)
	caller.restart(t)
	pour(t, caller.Leg, agent)
	pour(t, agent, caller.Leg)
	_ = caller.Send([]byte(`{"n":1}`))
	if got := string(receive(t, agent.Messages())); got != `{"n":1}` {
		t.Errorf("message is %s", got)
	}
}
