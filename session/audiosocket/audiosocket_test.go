package audiosocket

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"io"
	"math"
	"net"
	"net/netip"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huike/audio"
	"huike/audio/codec"
)

const (
	patience = 30 * time.Second
	callUUID = "40325ec2-5efd-4bd3-805f-53576e581d13"
)

// endpoint is a server on loopback whose handler hands its legs to the test.
type endpoint struct {
	*Server
	address string
	legs    chan *Leg
	reqs    chan Request
}

func serve(tb testing.TB, config Config) *endpoint {
	tb.Helper()
	e := &endpoint{legs: make(chan *Leg, 64), reqs: make(chan Request, 64)}
	if config.Handle == nil {
		config.Handle = func(ctx context.Context, leg *Leg, req Request) {
			e.reqs <- req
			e.legs <- leg
			select {
			case <-leg.done:
			case <-ctx.Done():
			}
		}
	}
	e.Server = NewServer(config)
	listener, err := (&net.ListenConfig{}).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	e.address = listener.Addr().String()
	ended := make(chan error, 1)
	ctx := context.WithoutCancel(tb.Context())
	go func() { ended <- e.Serve(ctx, listener) }()
	tb.Cleanup(func() {
		_ = e.Close()
		if err := <-ended; err != nil {
			tb.Error(err)
		}
	})
	return e
}

// asterisk is Asterisk's end of a call.
type asterisk struct {
	net.Conn
	tb   testing.TB
	scan *scanner
}

func (e *endpoint) dial(tb testing.TB) *asterisk {
	tb.Helper()
	conn, err := (&net.Dialer{}).DialContext(tb.Context(), "tcp", e.address)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	return &asterisk{Conn: conn, tb: tb, scan: newScanner(conn)}
}

func (a *asterisk) write(kind byte, payload []byte) {
	a.tb.Helper()
	if _, err := a.Write(appendFrame(nil, kind, payload)); err != nil {
		a.tb.Fatal(err)
	}
}

func (a *asterisk) names() {
	a.tb.Helper()
	raw, _ := hex.DecodeString("40325ec25efd4bd3805f53576e581d13")
	a.write(kindUUID, raw)
}

// hears reads frames until one has sound other than silence.
func (a *asterisk) hears() (kind byte, payload []byte) {
	a.tb.Helper()
	for {
		kind, payload, err := a.scan.next()
		if err != nil {
			a.tb.Fatal(err)
		}
		if !isAudio(kind) || bytes.ContainsFunc(payload, func(r rune) bool { return r != 0 }) {
			return kind, payload
		}
	}
}

// hungUp reads until the server hangs up, and tells whether it said so.
func (a *asterisk) hungUp() bool {
	a.tb.Helper()
	told := false
	for {
		kind, _, err := a.scan.next()
		switch {
		case errors.Is(err, io.EOF):
			return told
		case err != nil:
			a.tb.Fatalf("not hung up in order: %v", err)
		case told:
			a.tb.Fatalf("frame %#x came behind the hang-up", kind)
		}
		told = kind == kindHangup
	}
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

// started starts a call at 8 kHz.
func (e *endpoint) started(tb testing.TB) (*asterisk, *Leg) {
	tb.Helper()
	peer := e.dial(tb)
	peer.names()
	peer.write(kindAudio, make([]byte, 320))
	return peer, receive(tb, e.legs)
}

func TestACallBothWays(t *testing.T) {
	e := serve(t, Config{})
	peer, leg := e.started(t)
	want := Request{Remote: peer.LocalAddr().String(), Context: map[string]string{"uuid": callUUID}}
	if diff := cmp.Diff(want, receive(t, e.reqs)); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
	if leg.Format() != codec.PCM(8000) || leg.String() != "audiosocket(pcm/8000)" || !leg.Echoes() {
		t.Errorf("the leg is %v of %v", leg, leg.Format())
	}
	sound := bytes.Repeat([]byte{1, 2}, 160)
	peer.write(kindAudio, sound)
	var p audio.Packet
	for i, want := range [][]byte{make([]byte, 320), sound} {
		if err := leg.ReadPacket(&p); err != nil {
			t.Fatal(err)
		}
		if int(p.Sequence) != i || int(p.Timestamp) != 160*i || p.Marker != (i == 0) || !bytes.Equal(p.Payload, want) {
			t.Errorf("packet %d is %+v", i, p)
		}
	}
	if err := leg.WritePacket(&audio.Packet{Payload: sound}); err != nil {
		t.Fatal(err)
	}
	if kind, payload := peer.hears(); kind != kindAudio || !bytes.Equal(payload, sound) {
		t.Errorf("heard %#x %v", kind, payload)
	}
}

func TestKeysAndTheHangUp(t *testing.T) {
	e := serve(t, Config{})
	peer, leg := e.started(t)
	peer.write(kindKey, []byte("5"))
	peer.write(kindKey, []byte("A"))
	peer.write(kindHangup, nil)
	var p audio.Packet
	_ = leg.ReadPacket(&p) // the sound that the call began with
	if err := leg.ReadPacket(&p); !errors.Is(err, io.EOF) || leg.Reason() != "peer hung up" {
		t.Errorf("after the hang-up: %v, %q", err, leg.Reason())
	}
	if key := string(receive(t, leg.Messages())); key != `{"type":"key","key":"5"}` {
		t.Errorf("message is %s", key)
	}
	if _, open := <-leg.Messages(); open {
		t.Error("messages are open after the end")
	}
	if leg.WritePacket(&p) == nil || leg.Send(nil) == nil {
		t.Error("written after the end")
	}
}

// Asterisk sends nothing while it waits for the server's first sound.
func TestAsteriskIsSentSilenceFromTheFirstMoment(t *testing.T) {
	e := serve(t, Config{})
	peer := e.dial(t)
	began := time.Now()
	for range 5 {
		kind, payload, err := peer.scan.next()
		if err != nil || kind != kindAudio || !bytes.Equal(payload, make([]byte, 320)) {
			t.Fatalf("frame %#x of %d bytes, %v", kind, len(payload), err)
		}
	}
	if took := time.Since(began); took < 60*time.Millisecond { // paced, not in one burst
		t.Errorf("100 ms of silence took %v", took)
	}
}

func TestNoSilenceComesBetweenPacketsOfSound(t *testing.T) {
	e := serve(t, Config{})
	peer, leg := e.started(t)
	go func() {
		tick := time.NewTicker(audio.PTime)
		defer tick.Stop()
		for i := range 20 {
			_ = leg.WritePacket(&audio.Packet{Payload: bytes.Repeat([]byte{byte(i + 1)}, 320)})
			<-tick.C
		}
	}()
	peer.hears()
	for i := 1; i < 20; i++ {
		if _, payload, err := peer.scan.next(); err != nil || payload[0] != byte(i+1) {
			t.Fatalf("frame %d is %v, %v", i, payload[:1], err)
		}
	}
	if _, payload, err := peer.scan.next(); err != nil || payload[0] != 0 {
		t.Errorf("behind the sound is %v, %v", payload[:1], err)
	}
}

func TestEveryRateIsCarried(t *testing.T) {
	for kind, want := range map[byte]audio.Format{
		0x10: codec.PCM(8000), 0x11: codec.PCM(16000), 0x12: codec.PCM(16000), 0x13: codec.PCM(24000), 0x14: codec.PCM(32000),
		0x15: codec.PCM(44100), 0x16: codec.PCM(48000), 0x17: codec.PCM(48000), 0x18: codec.PCM(48000),
	} {
		t.Run(want.String(), func(t *testing.T) {
			e := serve(t, Config{})
			peer := e.dial(t)
			peer.names()
			rate := rateOf(kind)
			peer.hums(kind)
			leg := receive(t, e.legs)
			if leg.Format() != want {
				t.Fatalf("the leg has %v", leg.Format())
			}
			var p audio.Packet
			for range 6 {
				if err := leg.ReadPacket(&p); err != nil {
					t.Fatal(err)
				}
			}
			if got := crossings(p.Payload); got < 15 || got > 17 { // 16 in 20 ms
				t.Errorf("the tone crosses zero %d times in 20 ms", got)
			}
			for range 5 {
				_ = leg.WritePacket(&p)
			}
			for range 3 {
				peer.hears()
			}
			gotKind, payload := peer.hears()
			if want := 2 * audio.Samples(audio.PTime, rate); gotKind != kind || len(payload) != want {
				t.Errorf("heard %#x of %d bytes, want %d", gotKind, len(payload), want)
			}
			if got := crossings(payload); got < 15 || got > 18 {
				t.Errorf("the tone back crosses zero %d times", got)
			}
		})
	}
}

// hums sends 200 ms of a tone of 400 Hz.
func (a *asterisk) hums(kind byte) {
	a.tb.Helper()
	rate := rateOf(kind)
	for i := range 10 {
		var payload []byte
		for n := range audio.Samples(audio.PTime, rate) {
			at := float64(i)*0.02 + float64(n)/float64(rate)
			payload = appendPCM(payload, []int16{int16(8000 * math.Sin(2*math.Pi*400*at))})
		}
		a.write(kind, payload)
	}
}

func crossings(pcm []byte) (n int) {
	last := int16(0)
	for i := 0; i < len(pcm); i += 2 {
		v := int16(uint16(pcm[i]) | uint16(pcm[i+1])<<8)
		if v != 0 && last != 0 && (v > 0) != (last > 0) {
			n++
		}
		if v != 0 {
			last = v
		}
	}
	return n
}

func TestOnlyAllowedNetworksMayConnect(t *testing.T) {
	s := NewServer(Config{Allow: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("2001:db8::/32")}})
	for address, want := range map[string]bool{
		"192.0.2.7:4000": true, "[::ffff:192.0.2.7]:4000": true, "[2001:db8::1]:4000": true, "192.0.3.7:4000": false, "127.0.0.1:4000": false,
	} {
		if got := s.may(net.TCPAddrFromAddrPort(netip.MustParseAddrPort(address))); got != want {
			t.Errorf("%s may: %v", address, got)
		}
	}
	e := serve(t, Config{Allow: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}})
	peer := e.dial(t)
	if _, _, err := peer.scan.next(); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a stranger is served: %v", err)
	}
}

func TestARefusedCallIsHungUp(t *testing.T) {
	e := serve(t, Config{Admit: func() (func(), error) { return nil, errors.New("all lines are busy") }})
	peer := e.dial(t)
	peer.names()
	if !peer.hungUp() {
		t.Error("it was not told")
	}
}
