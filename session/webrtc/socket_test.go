package webrtc

import (
	"net"
	"net/netip"
	"testing"

	"github.com/pion/stun/v4"
)

// open opens a socket on loopback.
func openSocket(tb testing.TB) *socket {
	tb.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		tb.Fatal(err)
	}
	s, err := newSocket(conn)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = s.Close() })
	return s
}

// portOf opens a port for an ICE user name.
func portOf(tb testing.TB, s *socket, ufrag string) *port {
	tb.Helper()
	conn, err := s.GetConn(ufrag, s.local)
	if err != nil {
		tb.Fatal(err)
	}
	p, ok := conn.(*port)
	if !ok {
		tb.Fatalf("GetConn returns a %T", conn)
	}
	return p
}

// named is a STUN request to an ICE user name.
func named(tb testing.TB, ufrag string) []byte {
	tb.Helper()
	message, err := stun.Build(stun.TransactionID, stun.BindingRequest, stun.NewUsername(ufrag+":peer"))
	if err != nil {
		tb.Fatal(err)
	}
	return message.Raw
}

// reads checks what a port reads next.
func reads(tb testing.TB, p *port, want string) {
	tb.Helper()
	got := make(chan string, 1)
	go func() {
		buffer := make([]byte, datagramLimit)
		n, _, _ := p.ReadFrom(buffer)
		got <- string(buffer[:n])
	}()
	if text := receive(tb, got); text != want {
		tb.Errorf("read %q, want %q", text, want)
	}
}

func TestNobodyDrawsTheSoundOfAnother(t *testing.T) {
	s := openSocket(t)
	thief, owner := portOf(t, s, "thief"), portOf(t, s, "owner")
	home, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer home.Close()
	send := func(packet []byte) {
		t.Helper()
		if _, err := home.WriteTo(packet, s.local); err != nil {
			t.Fatal(err)
		}
	}
	// The thief names the owner's address as a candidate before the owner calls.
	if _, err := thief.WriteTo([]byte("check"), home.LocalAddr()); err != nil {
		t.Fatal(err)
	}
	send([]byte("early"))
	reads(t, thief, "early")
	request := named(t, "owner")
	send(request)
	reads(t, owner, string(request))
	send([]byte("sound"))
	reads(t, owner, "sound")
	// And again while the owner's call is going on.
	_, _ = thief.WriteTo([]byte("check"), netAddr(netip.MustParseAddrPort("127.0.0.1:9")))
	_, _ = thief.WriteTo([]byte("check"), home.LocalAddr())
	send([]byte("more sound"))
	reads(t, owner, "more sound")
}

func netAddr(addr netip.AddrPort) net.Addr { return net.UDPAddrFromAddrPort(addr) }

func TestSocketForgetsWhoHasGone(t *testing.T) {
	e := serve(t, nil)
	s, ok := e.mux.(*socket)
	if !ok {
		t.Fatalf("the server's mux is a %T", e.mux)
	}
	for range 3 {
		caller, agent := e.call(t, Options{})
		exchange(t, caller, agent)
		_ = caller.Close("hung up")
	}
	eventually(t, "nothing is kept", func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return e.Legs() == 0 && len(s.lines) == 0 && len(s.peers) == 0
	})
}

func TestLineBoundsWhatNobodyReads(t *testing.T) {
	s := openSocket(t)
	p := portOf(t, s, "slow")
	from := netip.MustParseAddrPort("127.0.0.1:9")
	for i := range 2 * waitingLimit {
		p.line.put([]byte{byte(i)}, from)
	}
	for port := range uint16(3 * peersLimit) {
		s.mu.Lock()
		s.learn(netip.AddrPortFrom(from.Addr(), port+1), p.line)
		s.mu.Unlock()
	}
	if len(p.line.waiting) != waitingLimit || len(s.peers) != peersLimit || len(p.line.peers) != peersLimit {
		t.Errorf("%d packets and %d addresses are kept", len(p.line.waiting), len(s.peers))
	}
}

func TestClosedPortEndsItsReaderAlone(t *testing.T) {
	s := openSocket(t)
	first, second := portOf(t, s, "a"), portOf(t, s, "a")
	ended := make(chan error, 1)
	go func() {
		_, _, err := first.ReadFrom(make([]byte, 10))
		ended <- err
	}()
	_ = first.Close()
	if err := receive(t, ended); err == nil {
		t.Error("the closed port reads")
	}
	if _, err := first.WriteTo([]byte("x"), s.local); err == nil {
		t.Error("the closed port writes")
	}
	second.line.put([]byte("still here"), netip.MustParseAddrPort("127.0.0.1:9"))
	reads(t, second, "still here")
}

func FuzzDatagram(f *testing.F) {
	request, err := stun.Build(stun.TransactionID, stun.BindingRequest, stun.NewUsername("owner:peer"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(request.Raw)
	f.Add([]byte("\x80\x6f\x00\x01sound"))
	s := &socket{lines: map[string]*line{}, peers: map[netip.AddrPort]*line{}}
	s.lines["owner"] = newLine(s)
	from := netip.MustParseAddrPort("127.0.0.1:9")
	var message stun.Message
	f.Fuzz(func(t *testing.T, packet []byte) {
		l := s.lineOf(packet, from, &message)
		if l != nil && l != s.lines["owner"] {
			t.Error("a packet is nobody's")
		}
	})
}

func BenchmarkLine(b *testing.B) {
	l := newLine(&socket{})
	p := l.open()
	packet, buffer := make([]byte, 120), make([]byte, datagramLimit)
	from := netip.MustParseAddrPort("127.0.0.1:9")
	b.ReportAllocs()
	for b.Loop() {
		l.put(packet, from)
		if _, _, err := p.ReadFromAddrPort(buffer); err != nil {
			b.Fatal(err)
		}
	}
}
