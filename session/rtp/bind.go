package rtp

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
)

// tries is how often a pair of ports is asked of the system before giving up.
const tries = 32

func (p *Ports) checkRange() error {
	low, high := p.config.MinPort, p.config.MaxPort
	switch {
	case low == 0 && high == 0:
		return nil
	case low < 1 || high > 65535 || high <= low:
		return fmt.Errorf("ports %d to %d: want a range within 1 to 65535", low, high)
	case p.lastEven() < p.firstEven():
		return fmt.Errorf("ports %d to %d: want an even port and the one after it", low, high)
	}
	// Not the first port always: packets of a call that a restart has ended come to it.
	pairs := (p.lastEven()-p.firstEven())/2 + 1
	p.next = p.firstEven() + 2*rand.IntN(pairs) //nolint:gosec // any port will do
	return nil
}

func (p *Ports) firstEven() int { return (p.config.MinPort + 1) &^ 1 }
func (p *Ports) lastEven() int  { return (p.config.MaxPort - 1) &^ 1 }

// bind opens an even port and the odd one after it (RFC 3550, 11). Ports are
// handed out in turn, so that one just freed, to which late packets may still
// come, is used again last.
func (p *Ports) bind() (media, control *net.UDPConn, err error) {
	if p.config.MaxPort == 0 {
		return p.bindAny()
	}
	for range (p.lastEven()-p.firstEven())/2 + 1 {
		if media, control, err = p.bindPair(p.take()); err == nil {
			return media, control, nil
		}
	}
	return nil, nil, fmt.Errorf("%w: %w", ErrPorts, err)
}

// take returns the next even port of the range.
func (p *Ports) take() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	port := p.next
	if p.next += 2; p.next > p.lastEven() {
		p.next = p.firstEven()
	}
	return port
}

func (p *Ports) bindAny() (media, control *net.UDPConn, err error) {
	for range tries {
		if media, err = p.bindOne(0); err != nil {
			return nil, nil, fmt.Errorf("bind: %w", err)
		}
		port := portOf(media)
		if port%2 == 0 {
			if control, err = p.bindOne(port + 1); err == nil {
				return media, control, nil
			}
		}
		_ = media.Close()
	}
	return nil, nil, fmt.Errorf("%w: %w", ErrPorts, errors.Join(err, errors.New("no even port with a free one after it")))
}

func (p *Ports) bindPair(port int) (media, control *net.UDPConn, err error) {
	if media, err = p.bindOne(port); err != nil {
		return nil, nil, err
	}
	if control, err = p.bindOne(port + 1); err != nil {
		_ = media.Close()
		return nil, nil, err
	}
	return media, control, nil
}

func (p *Ports) bindOne(port int) (*net.UDPConn, error) {
	network := "udp"
	if p.listen.Is4() {
		network = "udp4"
	}
	return net.ListenUDP(network, net.UDPAddrFromAddrPort(netip.AddrPortFrom(p.listen, uint16(port))))
}

func portOf(conn *net.UDPConn) int {
	address, ok := conn.LocalAddr().(*net.UDPAddr)
	if !ok {
		return 0
	}
	return address.Port
}

// local returns the address to tell a peer: the public one, the bound one, or
// for a socket bound everywhere the one that the system would use for that peer.
func (p *Ports) local(peer netip.Addr) netip.Addr {
	switch {
	case p.public.IsValid():
		return p.public
	case !p.listen.IsUnspecified():
		return p.listen
	}
	if !peer.IsValid() || p.listen.Is4() && !peer.Is4() {
		peer = netip.AddrFrom4([4]byte{192, 0, 2, 1}) // no packet is sent there: the system names its route
	}
	// A UDP socket is connected without a word on the wire.
	route, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(peer, 9)))
	if err != nil {
		return loopback(p.listen)
	}
	defer func() { _ = route.Close() }()
	if address, ok := route.LocalAddr().(*net.UDPAddr); ok {
		return address.AddrPort().Addr().Unmap()
	}
	return loopback(p.listen)
}

func loopback(like netip.Addr) netip.Addr {
	if like.Is6() {
		return netip.IPv6Loopback()
	}
	return netip.AddrFrom4([4]byte{127, 0, 0, 1})
}
