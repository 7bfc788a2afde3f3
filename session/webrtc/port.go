package webrtc

import (
	"io"
	"net"
	"net/netip"
	"sync"
	"time"
)

// port is one ICE candidate's use of a line: a net.PacketConn, and pion's
// AddrPortReaderWriter, which allocates nothing. Candidates of one line share
// its packets.
type port struct {
	line *line
	done chan struct{}
	once sync.Once
}

// open returns another port of the line.
func (l *line) open() *port {
	p := &port{line: l, done: make(chan struct{})}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		p.end()
		return p
	}
	l.ports[p] = struct{}{}
	return p
}

// ReadFromAddrPort waits for a packet and returns io.EOF once the port is closed.
func (p *port) ReadFromAddrPort(b []byte) (int, netip.AddrPort, error) {
	for {
		select {
		case <-p.done:
			return 0, netip.AddrPort{}, io.EOF
		default:
		}
		if n, from, ok := p.line.take(b); ok {
			return n, from, nil
		}
		select {
		case <-p.line.wake:
		case <-p.done:
		}
	}
}

// WriteToAddrPort sends a packet.
func (p *port) WriteToAddrPort(b []byte, to netip.AddrPort) (int, error) {
	select {
	case <-p.done:
		return 0, io.ErrClosedPipe
	default:
		return p.line.socket.write(b, to, p.line)
	}
}

// ReadFrom is ReadFromAddrPort for those who know only a net.PacketConn.
func (p *port) ReadFrom(b []byte) (int, net.Addr, error) {
	n, from, err := p.ReadFromAddrPort(b)
	if err != nil {
		return 0, nil, err
	}
	return n, net.UDPAddrFromAddrPort(from), nil
}

// WriteTo is WriteToAddrPort for those who know only a net.PacketConn.
func (p *port) WriteTo(b []byte, to net.Addr) (int, error) {
	udp, ok := to.(*net.UDPAddr)
	if !ok {
		return 0, errAnotherAddress
	}
	return p.WriteToAddrPort(b, udp.AddrPort())
}

// Close ends the port's reads and writes; the line's last takes its packets
// along.
func (p *port) Close() error {
	p.line.mu.Lock()
	delete(p.line.ports, p)
	if len(p.line.ports) == 0 {
		p.line.waiting, p.line.spare = nil, nil
	}
	p.line.mu.Unlock()
	p.end()
	p.line.signal() // what this port was woken for is another's
	return nil
}

func (p *port) end() { p.once.Do(func() { close(p.done) }) }

// LocalAddr returns the socket's address.
func (p *port) LocalAddr() net.Addr { return p.line.socket.local }

// SetDeadline does nothing: pion sets none on candidates.
func (*port) SetDeadline(time.Time) error { return nil }

// SetReadDeadline does nothing.
func (*port) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline does nothing.
func (*port) SetWriteDeadline(time.Time) error { return nil }
