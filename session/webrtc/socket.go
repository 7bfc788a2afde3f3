package webrtc

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/stun/v4"

	"huike/audio"
	"huike/session/datagram"
)

const datagramLimit = 2048 // bytes; what is longer is no packet of a call

var errAnotherAddress = errors.New("webrtc: the socket has another address")

// socket is one UDP socket that all calls share: an ice.UDPMux. It differs from
// pion's in that a waiting packet takes as much memory as it is long, and that
// no caller can draw another's packets to itself by naming that one's address as
// a candidate: whose ICE user name a packet carries has it. Its goroutine gives
// each packet to its line: all that have come, a few hundred times a second, and not
// one at a time.
type socket struct {
	conn  *datagram.Socket
	local net.Addr
	stop  chan struct{} // closed by Close
	ended chan struct{} // closed when nothing is read any more

	mu     sync.RWMutex
	lines  map[string]*line // by the ICE user name of this side
	peers  map[netip.AddrPort]*line
	closed bool
}

// newSocket takes conn over.
func newSocket(conn *net.UDPConn) (*socket, error) {
	_ = conn.SetReadBuffer(socketBuffer) // the system may grant less, which is no error
	_ = conn.SetWriteBuffer(socketBuffer)
	taken, err := datagram.Take(conn)
	if err := errors.Join(err, conn.Close()); err != nil {
		return nil, fmt.Errorf("take over: %w", err)
	}
	s := &socket{
		conn: taken, local: conn.LocalAddr(), stop: make(chan struct{}), ended: make(chan struct{}),
		lines: make(map[string]*line), peers: make(map[netip.AddrPort]*line),
	}
	go s.read()
	return s, nil
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
	close(s.stop)
	<-s.ended
	return s.conn.Close()
}

// read looks for packets on each beat until the socket is closed, and where none has
// come for long on each tenth.
func (s *socket) read() {
	defer close(s.ended)
	batch := datagram.NewBatch()
	defer batch.Free()
	timer := time.NewTimer(0)
	defer timer.Stop()
	var message stun.Message
	idle := 0
	for {
		select {
		case <-s.stop:
			return
		case <-timer.C:
		}
		if idle++; s.give(batch, &message) {
			idle = 0
		}
		wait := untilBeat(time.Now())
		if idle > quietBeats {
			wait += 9 * beat
		}
		timer.Reset(wait)
	}
}

const (
	// beat is how often the socket is looked at, half-way between the beats on which
	// the calls' media loops look for what it has brought.
	beat       = audio.PTime / 8
	quietBeats = 400 // 1 s
)

// untilBeat is how long it is until the next beat.
func untilBeat(now time.Time) time.Duration {
	return beat - (time.Duration(now.UnixNano())+beat/2)%beat
}

// give gives the packets that have come to their lines, and reports whether any had.
func (s *socket) give(batch *datagram.Batch, message *stun.Message) (came bool) {
	for more := true; more; more = batch.Full() {
		if s.conn.Read(batch) != nil {
			return came
		}
		now := time.Now()
		for packet, from, age, ok := batch.Next(); ok; packet, from, age, ok = batch.Next() {
			came = true
			if len(packet) >= datagramLimit {
				continue
			}
			l := s.lineOf(packet, from, message)
			if l == nil {
				continue
			}
			if sink := l.sink.Load(); sink != nil && isRTP(packet) {
				(*sink)(packet, now.Add(-age))
			} else {
				l.put(packet, from)
			}
		}
	}
	return came
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
	if err := s.conn.Write(packet, to); err != nil {
		return 0, err
	}
	return len(packet), nil
}

// line is what one ICE user name has of a socket.
type line struct {
	socket *socket
	wake   chan struct{} // capacity 1: there may be a packet
	last   atomic.Pointer[netip.AddrPort]
	sink   atomic.Pointer[func(packet []byte, at time.Time)] // of RTP; see divert
	peers  []netip.AddrPort                                  // that it has in socket.peers; guarded by socket.mu

	forgotten bool // RemoveConnByUfrag; guarded by socket.mu

	mu      sync.Mutex
	waiting []incoming // the oldest first
	spare   [][]byte
	ports   map[*port]struct{}
	closed  bool
}

// incoming is a packet and where it came from.
type incoming struct {
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
	l.waiting = append(l.waiting, incoming{from, append(buffer, packet...)})
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
	l.waiting[rest] = incoming{}
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
