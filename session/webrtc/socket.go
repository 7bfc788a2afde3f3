package webrtc

import (
	"bytes"
	"errors"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"

	"github.com/pion/stun/v4"
)

const datagramLimit = 2048 // bytes; what is longer is no packet of a call

var errAnotherAddress = errors.New("webrtc: the socket has another address")

// socket is one UDP socket that all calls share: an ice.UDPMux. It differs from
// pion's in that a waiting packet takes as much memory as it is long, and that
// no caller can draw another's packets to itself by naming that one's address as
// a candidate: whose ICE user name a packet carries has it. Its goroutine reads
// the socket and gives each packet to its line.
type socket struct {
	conn  *net.UDPConn
	local net.Addr
	ended chan struct{} // closed when nothing is read any more

	mu     sync.RWMutex
	lines  map[string]*line // by the ICE user name of this side
	peers  map[netip.AddrPort]*line
	closed bool
}

func newSocket(conn *net.UDPConn) *socket {
	_ = conn.SetReadBuffer(socketBuffer) // the system may grant less, which is no error
	_ = conn.SetWriteBuffer(socketBuffer)
	s := &socket{
		conn: conn, local: conn.LocalAddr(), ended: make(chan struct{}),
		lines: make(map[string]*line), peers: make(map[netip.AddrPort]*line),
	}
	go s.read()
	return s
}

// GetConn returns a connection with the packets for one ICE user name.
func (s *socket) GetConn(ufrag string, addr net.Addr) (net.PacketConn, error) {
	if addr.String() != s.local.String() {
		return nil, errAnotherAddress
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, net.ErrClosed
	}
	l := s.lines[ufrag]
	if l == nil {
		l = newLine(s)
		s.lines[ufrag] = l
	}
	return l.open(), nil
}

// RemoveConnByUfrag forgets an ICE user name, and where its packets came from.
func (s *socket) RemoveConnByUfrag(ufrag string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.lines[ufrag]
	if l == nil {
		return
	}
	delete(s.lines, ufrag)
	l.forgotten = true
	for _, peer := range l.peers {
		if s.peers[peer] == l {
			delete(s.peers, peer)
		}
	}
}

// GetListenAddresses returns the socket's own address.
func (s *socket) GetListenAddresses() []net.Addr { return []net.Addr{s.local} }

// Close ends all lines and the socket.
func (s *socket) Close() error {
	s.mu.Lock()
	again := s.closed
	s.closed = true
	lines := s.lines
	s.lines = nil
	s.mu.Unlock()
	if again {
		return nil
	}
	for _, l := range lines {
		l.close()
	}
	err := s.conn.Close()
	<-s.ended
	return err
}

// read gives each packet to its line until the socket is closed.
func (s *socket) read() {
	defer close(s.ended)
	buffer := make([]byte, datagramLimit)
	var message stun.Message
	for {
		n, from, err := s.conn.ReadFromUDPAddrPort(buffer)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil || n == len(buffer) {
			continue // such as an ICMP message about an earlier packet
		}
		from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
		if l := s.lineOf(buffer[:n], from, &message); l != nil {
			l.put(buffer[:n], from)
		}
	}
}

// lineOf returns whose packet it is, or nil: by the ICE user name where it has
// one, else by where it came from.
func (s *socket) lineOf(packet []byte, from netip.AddrPort, message *stun.Message) *line {
	if stun.IsMessage(packet) {
		message.Raw = append(message.Raw[:0], packet...)
		if message.Decode() != nil {
			return nil
		}
		if name, err := message.Get(stun.AttrUsername); err == nil {
			local, _, _ := bytes.Cut(name, []byte(":"))
			return s.named(string(local), from)
		}
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.peers[from]
}

// named returns the line of an ICE user name, whose packets come from there.
func (s *socket) named(ufrag string, from netip.AddrPort) *line {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.lines[ufrag]
	if l != nil {
		s.learn(from, l)
	}
	return l
}

// learn notes where a line's packets come from. mu is held.
func (s *socket) learn(from netip.AddrPort, l *line) {
	if s.peers[from] == l {
		return
	}
	if len(l.peers) == peersLimit { // the oldest is forgotten
		if s.peers[l.peers[0]] == l {
			delete(s.peers, l.peers[0])
		}
		l.peers = append(l.peers[:0], l.peers[1:]...)
	}
	l.peers = append(l.peers, from)
	s.peers[from] = l
}

// write sends a packet of l's. Answers from there are l's, unless they are
// another's already.
func (s *socket) write(packet []byte, to netip.AddrPort, l *line) (int, error) {
	peer := netip.AddrPortFrom(to.Addr().Unmap(), to.Port())
	if last := l.last.Load(); last == nil || *last != peer {
		s.mu.Lock()
		if s.peers[peer] == nil && !l.forgotten {
			s.learn(peer, l)
		}
		s.mu.Unlock()
		l.last.Store(&peer)
	}
	return s.conn.WriteToUDPAddrPort(packet, to)
}

// line is what one ICE user name has of a socket.
type line struct {
	socket *socket
	wake   chan struct{} // capacity 1: there may be a packet
	last   atomic.Pointer[netip.AddrPort]
	peers  []netip.AddrPort // that it has in socket.peers; guarded by socket.mu

	forgotten bool // RemoveConnByUfrag; guarded by socket.mu

	mu      sync.Mutex
	waiting []datagram // the oldest first
	spare   [][]byte
	ports   map[*port]struct{}
	closed  bool
}

// datagram is a packet and where it came from.
type datagram struct {
	from netip.AddrPort
	data []byte
}

const (
	waitingLimit = 256 // packets of one line that nobody has read
	peersLimit   = 64  // addresses of one line: as many as candidates
)

func newLine(s *socket) *line {
	return &line{socket: s, wake: make(chan struct{}, 1), ports: make(map[*port]struct{})}
}

// put copies a packet for a reader; of too many, it is lost.
func (l *line) put(packet []byte, from netip.AddrPort) {
	l.mu.Lock()
	if l.closed || len(l.waiting) == waitingLimit {
		l.mu.Unlock()
		return
	}
	var buffer []byte
	if last := len(l.spare) - 1; last >= 0 {
		buffer, l.spare = l.spare[last], l.spare[:last]
	}
	l.waiting = append(l.waiting, datagram{from, append(buffer, packet...)})
	l.mu.Unlock()
	l.signal()
}

// take copies the oldest packet to p, if there is one.
func (l *line) take(p []byte) (n int, from netip.AddrPort, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waiting) == 0 {
		return 0, netip.AddrPort{}, false
	}
	oldest := l.waiting[0]
	rest := copy(l.waiting, l.waiting[1:])
	l.waiting[rest] = datagram{}
	l.waiting = l.waiting[:rest]
	if len(l.spare) < sparePackets {
		l.spare = append(l.spare, oldest.data[:0])
	}
	if rest > 0 {
		l.signal() // for another reader, or for the next read of this one
	}
	return copy(p, oldest.data), oldest.from, true
}

func (l *line) signal() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// close ends every port.
func (l *line) close() {
	l.mu.Lock()
	l.closed = true
	ports := l.ports
	l.ports = nil
	l.mu.Unlock()
	for p := range ports {
		p.end()
	}
}
