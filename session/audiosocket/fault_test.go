package audiosocket

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"runtime"
	"testing"
	"testing/iotest"
	"time"

	"huike/audio"
)

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

// read runs ReadPacket until it fails, as a session does.
func read(leg *Leg) {
	var p audio.Packet
	for leg.ReadPacket(&p) == nil {
		continue
	}
}

func TestAPeerThatBreaksTheProtocolIsHungUp(t *testing.T) {
	name := appendFrame(nil, kindUUID, make([]byte, uuidLength))
	sound := appendFrame(nil, kindAudio, make([]byte, 320))
	called := func(frames ...[]byte) []byte {
		return append(append(bytes.Clone(name), sound...), bytes.Join(frames, nil)...)
	}
	for what, c := range map[string]struct {
		send []byte
		why  string // of a started call
	}{
		"sound before the name":     {sound, ""},
		"a name of 15 bytes":        {appendFrame(nil, kindUUID, make([]byte, 15)), ""},
		"a name of 17 bytes":        {appendFrame(nil, kindUUID, make([]byte, 17)), ""},
		"HTTP":                      {[]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n" + string(make([]byte, 1<<16))), ""},
		"a hang-up at once":         {appendFrame(nil, kindHangup, nil), ""},
		"a hang-up before sound":    {append(bytes.Clone(name), 0, 0, 0), ""},
		"half a sample first":       {append(bytes.Clone(name), appendFrame(nil, kindAudio, make([]byte, 321))...), ""},
		"two names":                 {called(name), errTwice.Error()},
		"half a sample":             {called(appendFrame(nil, kindAudio, make([]byte, 319))), errHalf.Error()},
		"220 ms in a frame":         {called(appendFrame(nil, kindAudio, make([]byte, 3520))), errLong.Error()},
		"the longest frame":         {called(appendFrame(nil, kindAudio, make([]byte, 0xfffe))), errLong.Error()},
		"a flood of keys":           {called(bytes.Repeat(appendFrame(nil, kindKey, []byte("5")), 100)), errFlood.Error()},
		"an error":                  {called(appendFrame(nil, kindError, []byte{4})), errPeer.Error()},
		"an error without a code":   {called(appendFrame(nil, kindError, nil)), errPeer.Error()},
		"the caller's own hang-up":  {called(appendFrame(nil, kindError, []byte{1})), "peer hung up"},
		"a hang-up with a payload":  {called(appendFrame(nil, kindHangup, []byte("bye"))), "peer hung up"},
		"sound of another rate":     {called(appendFrame(nil, 0x13, make([]byte, 960)), appendFrame(nil, kindHangup, nil)), "peer hung up"},
		"kinds that are not known":  {called(appendFrame(nil, 0x42, make([]byte, 0xffff)), appendFrame(nil, kindHangup, nil)), "peer hung up"},
		"keys that are none":        {called(appendFrame(nil, kindKey, nil), appendFrame(nil, kindKey, []byte("55")), appendFrame(nil, kindHangup, nil)), "peer hung up"},
		"empty frames of sound":     {called(appendFrame(nil, kindAudio, nil), appendFrame(nil, kindHangup, nil)), "peer hung up"},
		"an end within a head":      {called([]byte{kindAudio, 1}), "peer lost"},
		"an end within the payload": {called([]byte{kindAudio, 1, 64, 0, 0}), "peer lost"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			e := serve(t, Config{})
			peer := e.dial(t)
			if _, err := peer.Write(c.send); err != nil {
				t.Fatal(err)
			}
			if c.why == "peer lost" {
				_ = peer.Conn.(*net.TCPConn).CloseWrite() //nolint:forcetypeassert // it is one
			}
			if c.why != "" {
				leg := receive(t, e.legs)
				read(leg)
				if leg.Reason() != c.why {
					t.Errorf("reason is %q, want %q", leg.Reason(), c.why)
				}
				if refused := leg.Stats()["framesRefused"]; what == "sound of another rate" && refused != 1 {
					t.Errorf("%v frames were refused", refused)
				}
			}
			if !peer.hungUp() {
				t.Error("it was not told")
			}
			if c.why == "" && len(e.legs) > 0 {
				t.Error("the call was started")
			}
			_ = peer.Close()
			eventually(t, "the leg is forgotten", func() bool { return e.Legs() == 0 })
		})
	}
}

func TestAPeerThatNeverNamesItsCallIsHungUp(t *testing.T) {
	e := serve(t, Config{})
	peer := e.dial(t)
	began := time.Now()
	if !peer.hungUp() {
		t.Error("it was not told")
	}
	if waited := time.Since(began); waited < startTimeout-time.Second || waited > startTimeout+patience {
		t.Errorf("after %v", waited)
	}
}

func TestASilentLineIsACallOf8kHz(t *testing.T) {
	e := serve(t, Config{})
	peer := e.dial(t)
	peer.names()
	if leg := receive(t, e.legs); leg.Format().ClockRate != 8000 {
		t.Errorf("the leg has %v", leg.Format())
	}
}

func TestFramesComeInAnyPieces(t *testing.T) {
	e := serve(t, Config{})
	peer := e.dial(t)
	var all []byte
	all = appendFrame(all, kindUUID, make([]byte, uuidLength))
	var sound []byte
	for i := range 6 { // 10, 20 and 60 ms
		piece := bytes.Repeat([]byte{byte(i), 1}, []int{80, 160, 480}[i%3])
		sound = append(sound, piece...)
		all = appendFrame(all, kindAudio, piece)
	}
	go func() {
		for _, b := range all {
			if _, err := peer.Write([]byte{b}); err != nil {
				return
			}
		}
	}()
	leg := receive(t, e.legs)
	var p audio.Packet
	for i := range len(sound) / 320 {
		if err := leg.ReadPacket(&p); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(p.Payload, sound[320*i:320*(i+1)]) || int(p.Timestamp) != 160*i {
			t.Fatalf("packet %d differs", i)
		}
	}
}

func TestAPeerThatDoesNotReadLosesItsCallAlone(t *testing.T) {
	e := serve(t, Config{})
	stuck, leg := e.started(t)
	if tcp, ok := stuck.Conn.(*net.TCPConn); ok {
		_ = tcp.SetReadBuffer(4 << 10)
	}
	other, otherLeg := e.started(t)
	go read(leg)
	packet := audio.Packet{Payload: bytes.Repeat([]byte{1}, 320)}
	slowest := time.Duration(0)
	eventually(t, "the stuck leg is over", func() bool {
		for range 1000 {
			began := time.Now()
			if leg.WritePacket(&packet) != nil {
				return true
			}
			slowest = max(slowest, time.Since(began))
		}
		return false
	})
	if leg.Reason() != stuckReason() || slowest > time.Second {
		t.Errorf("reason is %q, and WritePacket took %v", leg.Reason(), slowest)
	}
	_ = otherLeg.WritePacket(&packet)
	other.hears()
}

func stuckReason() string { return stuck }

func TestAPeerThatSaysNothingIsLost(t *testing.T) {
	e := serve(t, Config{Lost: 200 * time.Millisecond})
	_, leg := e.started(t)
	read(leg)
	if leg.Reason() != "peer lost" {
		t.Errorf("reason is %q", leg.Reason())
	}
}

func TestAPanicOfTheHandlerEndsItsCallAlone(t *testing.T) {
	e := serve(t, Config{Handle: func(context.Context, *Leg, Request) {
		panic("a fault") //nolint:forbidigo // the fault
	}})
	peer := e.dial(t)
	peer.names()
	peer.write(kindAudio, make([]byte, 320))
	if !peer.hungUp() {
		t.Error("it was not told")
	}
}

func TestTheServerClosesItsCalls(t *testing.T) {
	before := runtime.NumGoroutine()
	e := serve(t, Config{})
	peer, leg := e.started(t)
	go read(leg)
	over := make(chan error, 1)
	go func() { over <- e.Close() }()
	if !peer.hungUp() {
		t.Error("it was not told")
	}
	_ = peer.Close()
	if err := receive(t, over); err != nil {
		t.Error(err)
	}
	eventually(t, "every goroutine has ended", func() bool { return runtime.NumGoroutine() <= before+1 })
}

func TestAReadThatRunsOutOfTimeLosesNothing(t *testing.T) {
	whole := appendFrame(nil, kindAudio, bytes.Repeat([]byte{7}, 320))
	s := newScanner(io.MultiReader(bytes.NewReader(whole[:100]), iotest.TimeoutReader(iotest.OneByteReader(bytes.NewReader(whole[100:])))))
	_, _, err := s.next()
	if !errors.Is(err, iotest.ErrTimeout) {
		t.Fatalf("error is %v", err)
	}
	if kind, payload, err := s.next(); err != nil || kind != kindAudio || !bytes.Equal(payload, whole[3:]) {
		t.Errorf("then %#x of %d bytes, %v", kind, len(payload), err)
	}
}

// FuzzFrames gives the scanner and a leg whatever a peer may send.
func FuzzFrames(f *testing.F) {
	f.Add(appendFrame(appendFrame(nil, kindUUID, make([]byte, 16)), kindAudio, make([]byte, 320)), 3)
	f.Add(appendFrame(appendFrame(nil, kindKey, []byte("5")), 0x18, make([]byte, 7680)), 1)
	f.Add([]byte{kindAudio, 0xff, 0xff}, 100)
	f.Add([]byte{kindError, 0, 1, 1, kindHangup, 0, 0}, 2)
	f.Fuzz(func(t *testing.T, stream []byte, size int) {
		var out []byte
		s := newScanner(&pieces{stream, max(size, 1)})
		for {
			kind, payload, err := s.next()
			if err != nil {
				if errors.Is(err, io.EOF) && len(out) != len(stream) {
					t.Errorf("%d bytes of %d came out", len(out), len(stream))
				}
				break
			}
			out = appendFrame(out, kind, payload)
		}
		if !bytes.HasPrefix(stream, out) {
			t.Error("what came out is not what went in")
		}
		takeAll(t, stream)
	})
}

// takeAll gives a leg the frames of stream.
func takeAll(t *testing.T, stream []byte) {
	t.Helper()
	near, far := net.Pipe()
	defer func() { _, _ = near.Close(), far.Close() }()
	leg := newLeg(near, time.Minute)
	kind := byte(kindAudio)
	if len(stream) > 0 && isAudio(stream[0]) {
		kind = stream[0]
	}
	leg.setKind(kind)
	s := newScanner(bytes.NewReader(stream))
	for {
		kind, payload, err := s.next()
		if err != nil || leg.take(kind, payload) != nil {
			return
		}
		if limit := (longest + 3) * 2 * leg.frame; len(leg.buffer) > limit {
			t.Fatalf("the buffer has %d bytes", len(leg.buffer))
		}
		leg.given = min(len(leg.buffer), leg.given+leg.frame*((len(leg.buffer)-leg.given)/leg.frame))
	}
}

// pieces reads at most size bytes at a time.
type pieces struct {
	rest []byte
	size int
}

func (p *pieces) Read(b []byte) (int, error) {
	if len(p.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(b[:min(p.size, len(b))], p.rest)
	p.rest = p.rest[n:]
	return n, nil
}

// BenchmarkPacket is one packet from the socket to ReadPacket, and one from
// WritePacket to the socket.
func BenchmarkPacket(b *testing.B) {
	e := serve(b, Config{})
	peer, leg := e.started(b)
	frame := appendFrame(nil, kindAudio, make([]byte, 320))
	var p audio.Packet
	_ = leg.ReadPacket(&p)
	packet := audio.Packet{Payload: bytes.Repeat([]byte{1}, 320)}
	b.ReportAllocs()
	for b.Loop() {
		leg.timeline.Restart()
		if _, err := peer.Write(frame); err != nil {
			b.Fatal(err)
		}
		if err := leg.ReadPacket(&p); err != nil {
			b.Fatal(err)
		}
		if err := leg.WritePacket(&packet); err != nil {
			b.Fatal(err)
		}
		for {
			_, payload, err := peer.scan.next()
			if err != nil {
				b.Fatal(err)
			}
			if binary.LittleEndian.Uint16(payload) != 0 {
				break
			}
		}
	}
}
