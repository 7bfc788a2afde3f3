package sip

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo"
	wire "github.com/emiago/sipgo/sip"
)

// The transports, as Via headers name them.
const (
	udp    = "UDP"
	tcp    = "TCP"
	tcpTLS = "TLS"
)

const (
	messageLimit = 64 << 10        // bytes of one message
	writeWait    = 5 * time.Second // for a peer that does not take what a connection has for it
	serveAgain   = 20 * time.Millisecond
)

// line is one address to be reached at.
type line struct {
	network string // udp, tcp or tcpTLS
	addr    netip.AddrPort
	packets net.PacketConn // of udp
	streams net.Listener   // of the others
	closed  atomic.Bool
	ready   chan struct{} // closed when udp is read, and so may be sent by
}

// String returns the address as Config.Listen has it.
func (l *line) String() string { return strings.ToLower(l.network) + ":" + l.addr.String() }

// Close ends serve.
func (l *line) Close() error {
	l.closed.Store(true)
	var err error
	switch {
	case l.packets != nil:
		err = l.packets.Close()
	case l.streams != nil:
		err = l.streams.Close()
	}
	if errors.Is(err, net.ErrClosed) {
		return nil // sipgo was first
	}
	return err
}

// ParseListen splits an address of Config.Listen, such as "udp:0.0.0.0:5060",
// into its transport, in upper case, and host:port.
func ParseListen(address string) (network, hostPort string, err error) {
	network, hostPort, _ = strings.Cut(address, ":")
	network = strings.ToUpper(network)
	if network != udp && network != tcp && network != tcpTLS {
		return "", "", fmt.Errorf("%q: want udp:, tcp: or tls: before the address", address)
	}
	addr, err := netip.ParseAddrPort(hostPort)
	if err != nil {
		return "", "", fmt.Errorf("%q has no IP address and port, such as %s:0.0.0.0:5060", address, strings.ToLower(network))
	}
	return network, addr.String(), nil
}

// open opens the addresses and sets up sipgo.
func (s *Server) open(ctx context.Context) error {
	prepareWire()
	for _, address := range s.config.Listen {
		l, err := s.listen(ctx, address)
		if err != nil {
			return err
		}
		s.lines = append(s.lines, l)
	}
	quiet := slog.New(slog.DiscardHandler)
	agent, err := sipgo.NewUA(
		sipgo.WithUserAgent(product), sipgo.WithUserAgenTLSConfig(s.config.TLS),
		sipgo.WithUserAgentTransportLayerOptions(
			wire.WithTransportLayerLogger(quiet),
			wire.WithTransportLayerTransports(wire.TransportsConfig{
				TCP: &wire.TransportTCP{WriteTimeout: writeWait},
				TLS: &wire.TransportTLS{TransportTCP: &wire.TransportTCP{WriteTimeout: writeWait}},
			}),
		),
		sipgo.WithUserAgentTransactionLayerOptions(
			wire.WithTransactionLayerLogger(quiet),
			wire.WithTransactionLayerUnhandledResponseHandler(s.stray),
		),
	)
	if err != nil {
		return fmt.Errorf("sip: %w", err)
	}
	s.agent = agent
	if s.client, err = sipgo.NewClient(agent, sipgo.WithClientLogger(quiet)); err != nil {
		return fmt.Errorf("sip: %w", err)
	}
	server, err := sipgo.NewServer(agent, sipgo.WithServerLogger(quiet))
	if err != nil {
		return fmt.Errorf("sip: %w", err)
	}
	s.routes(ctx, server)
	return nil
}

// listen opens one address of Config.Listen.
func (s *Server) listen(ctx context.Context, address string) (*line, error) {
	network, hostPort, err := ParseListen(address)
	if err != nil {
		return nil, fmt.Errorf("sip: %w", err)
	}
	want := netip.MustParseAddrPort(hostPort)
	family := "4"
	if want.Addr().Is6() {
		family = "6"
	}
	l := &line{network: network, ready: make(chan struct{})}
	var config net.ListenConfig
	if network == udp {
		packets, err := config.ListenPacket(ctx, "udp"+family, hostPort)
		if err != nil {
			return nil, fmt.Errorf("sip: listen on %s: %w", address, err)
		}
		l.packets = &screenedPackets{PacketConn: packets, screen: s.screen, ready: sync.OnceFunc(func() { close(l.ready) })}
		l.addr = addrPort(packets.LocalAddr())
		return l, nil
	}
	streams, err := config.Listen(ctx, "tcp"+family, hostPort)
	if err != nil {
		return nil, fmt.Errorf("sip: listen on %s: %w", address, err)
	}
	l.addr = addrPort(streams.Addr())
	if network == tcpTLS {
		if s.config.TLS == nil {
			return nil, errors.Join(fmt.Errorf("sip: %s needs a certificate", address), streams.Close())
		}
		streams = tls.NewListener(streams, s.config.TLS)
	}
	l.streams = &screenedStreams{Listener: streams, screen: s.screenStream, guard: s.guard}
	return l, nil
}

// serve reads from l until it is closed. sipgo gives a listener up at its first
// error; those that pass, such as too many open files, must not end the line.
func (s *Server) serve(l *line) {
	transports := s.agent.TransportLayer()
	for !l.closed.Load() {
		switch l.network {
		case udp:
			_ = transports.ServeUDP(l.packets)
		case tcp:
			_ = transports.ServeTCP(l.streams)
		default:
			_ = transports.ServeTLS(l.streams)
		}
		if !l.closed.Load() && l.network != udp {
			<-time.After(serveAgain)
		}
	}
}

// line returns the address that requests by a transport are sent from, or nil.
func (s *Server) line(network string) *line {
	for _, l := range s.lines {
		if l.network == network {
			return l
		}
	}
	return nil
}

// local returns the host and port that a peer is told to reach this side at, by
// a transport.
func (s *Server) local(network, peer string) (host string, port int) {
	l := s.line(network)
	if l == nil {
		if addr := s.connection(network, peer); addr.IsValid() {
			return addr.Addr().String(), int(addr.Port())
		}
		l = &line{addr: netip.AddrPortFrom(netip.IPv4Unspecified(), uint16(wire.DefaultPort(network)))}
	}
	port = int(l.addr.Port())
	switch {
	case s.config.PublicIP != "":
		return s.config.PublicIP, port
	case !l.addr.Addr().IsUnspecified():
		return l.addr.Addr().String(), port
	}
	return localIP(peer), port
}

// connection returns this side's end of the connection with a peer, host:port, which is
// opened if there is none: where no address is listened on for a transport, that is what
// a peer reaches this side by. The zero value when there can be none.
func (s *Server) connection(network, peer string) netip.AddrPort {
	if network == udp {
		return netip.AddrPort{}
	}
	probe := wire.NewRequest(wire.OPTIONS, wire.Uri{Scheme: "sip"})
	probe.AppendHeader(&wire.ViaHeader{ProtocolName: "SIP", ProtocolVersion: "2.0", Transport: network, Params: wire.NewParams()})
	probe.SetTransport(network)
	probe.SetDestination(peer)
	ctx, cancel := s.within(requestWait)
	defer cancel()
	conn, err := s.agent.TransportLayer().ClientRequestConnection(ctx, probe)
	if err != nil {
		return netip.AddrPort{}
	}
	defer func() { _, _ = conn.TryClose() }() // gives back the reference; others are held
	return addrPort(conn.LocalAddr())
}

// localIP returns this machine's address towards a peer, host:port. Nothing is
// sent.
func localIP(peer string) string {
	conn, err := net.DialTimeout("udp", peer, time.Second) //nolint:noctx // no packet leaves
	if err != nil {
		return "127.0.0.1"
	}
	defer func() { _ = conn.Close() }()
	return addrPort(conn.LocalAddr()).Addr().String()
}

// addrPort returns a socket's address, without the mapping of IPv4 into IPv6.
func addrPort(addr net.Addr) netip.AddrPort {
	parsed, err := netip.ParseAddrPort(addr.String())
	if err != nil {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(parsed.Addr().Unmap().WithZone(""), parsed.Port())
}

// hostAddr returns the IP address of host:port, or the zero Addr.
func hostAddr(hostPort string) netip.Addr {
	host, _, err := net.SplitHostPort(hostPort)
	if err != nil {
		host = hostPort
	}
	addr, _ := netip.ParseAddr(strings.Trim(host, "[]"))
	return addr.Unmap().WithZone("")
}

// joinHost is host:port for a URI's host, which has brackets when it is IPv6.
func joinHost(host string, port int) string {
	return net.JoinHostPort(strings.Trim(host, "[]"), strconv.Itoa(port))
}
