package rtp

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/srtp/v3"
	"github.com/pion/transport/v4/packetio"
)

const (
	handshakeTimeout = 30 * time.Second
	maxFlights       = 64 // datagrams of a handshake that wait
)

// dtlsPlan is who a handshake is with, and which side begins it.
type dtlsPlan struct {
	client       bool
	fingerprints []fingerprint
	id           string
}

// newDTLSPlan reads the other side's description. A handshake that was done
// keeps its role when the other side leaves the choice (RFC 8842, 5).
func newDTLSPlan(theirs *section, before *dtlsPlan, answering bool) *dtlsPlan {
	p := &dtlsPlan{fingerprints: theirs.fingerprints, id: theirs.tlsID}
	switch theirs.setup {
	case "passive":
		p.client = true
	case "active":
	default: // actpass: who answers begins (RFC 5763, 5)
		p.client = answering
		if before != nil {
			p.client = before.client
		}
	}
	return p
}

func (p *dtlsPlan) equal(q *dtlsPlan) bool {
	return p != nil && q != nil && p.client == q.client && p.id == q.id &&
		slices.EqualFunc(p.fingerprints, q.fingerprints, func(a, b fingerprint) bool { return a.String() == b.String() })
}

// verify checks the certificate against the signalled fingerprints.
func (p *dtlsPlan) verify(certificates [][]byte, _ [][]*x509.Certificate) error {
	if len(certificates) == 0 {
		return errors.New("no certificate")
	}
	for _, f := range p.fingerprints {
		if f.matches(certificates[0]) {
			return nil
		}
	}
	return errors.New("certificate does not match the fingerprint")
}

// associations holds the handshake that is under way; a new one ends it.
type associations struct {
	mu     sync.Mutex
	now    *association
	active atomic.Bool // there is one whose end waits for a proof
}

// association is one handshake. It is kept until the other side has shown that
// it has the keys, because until then it may not have got our last words.
type association struct {
	pipe   *pipe
	keyed  chan struct{} // closed when there are keys, or never will be
	pumped chan struct{} // closed when pump has ended
	proof  chan struct{} // closed when the other side has shown that it has them
	proved sync.Once
}

func (s *associations) take(b []byte, from netip.AddrPort, p *path) {
	s.mu.Lock()
	a := s.now
	s.mu.Unlock()
	if a != nil {
		a.pipe.push(b, from, p)
	}
}

// proven is called for each authentic packet.
func (s *associations) proven() {
	if !s.active.Load() {
		return
	}
	s.active.Store(false)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now != nil {
		s.now.proved.Do(func() { close(s.now.proof) })
	}
}

func (s *associations) replace(a *association) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now != nil {
		_ = s.now.pipe.Close()
	}
	s.now = a
}

func (s *associations) close() { s.replace(nil) }

// associate begins a handshake.
func (e *Endpoint) associate(p *dtlsPlan) {
	a := &association{
		pipe:  &pipe{endpoint: e, path: &e.path, buffer: packetio.NewBuffer()},
		keyed: make(chan struct{}), pumped: make(chan struct{}), proof: make(chan struct{}),
	}
	a.pipe.buffer.SetLimitCount(maxFlights)
	e.associations.replace(a)
	e.work(func() { e.shake(a, p) })
	e.work(func() { e.pump(a) })
}

// shake does the handshake and holds the association until it is proven.
func (e *Endpoint) shake(a *association, p *dtlsPlan) {
	conn, err := e.handshake(a, p)
	close(a.keyed)
	e.wake()
	<-a.pumped // what comes from now on is ReadPacket's
	if err != nil {
		if !e.closed() {
			e.ports.config.Log.Warn("DTLS handshake of a call", "error", err)
		}
		_ = a.pipe.Close()
		return
	}
	e.isReady()
	if !p.client { // whose last words the handshake is
		e.associations.active.Store(true)
		select {
		case <-a.proof:
		case <-e.done:
		case <-time.After(handshakeTimeout):
		}
	}
	// No goodbye: a close_notify would end the sound for some, and the keys stay.
	_ = a.pipe.Close()
	_ = conn.Close()
}

func (e *Endpoint) handshake(a *association, p *dtlsPlan) (*dtls.Conn, error) {
	common := []dtls.Option{
		dtls.WithCertificates(e.ports.certificate),
		dtls.WithSRTPProtectionProfiles(
			dtls.SRTP_AEAD_AES_128_GCM, dtls.SRTP_AES128_CM_HMAC_SHA1_80, dtls.SRTP_AES128_CM_HMAC_SHA1_32),
		dtls.WithExtendedMasterSecret(dtls.RequestExtendedMasterSecret),
		dtls.WithInsecureSkipVerify(true), // self-signed: the fingerprint is what is checked
		dtls.WithVerifyPeerCertificate(p.verify),
		dtls.WithFlightInterval(200 * time.Millisecond),
	}
	stop := time.AfterFunc(handshakeTimeout, func() { _ = a.pipe.Close() })
	defer stop.Stop()
	conn, err := dial(a.pipe, p.client, common)
	if err != nil {
		return nil, err
	}
	if err := conn.Handshake(); err != nil {
		return nil, err
	}
	if err := e.export(conn, p.client); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return conn, nil
}

func dial(p *pipe, client bool, common []dtls.Option) (*dtls.Conn, error) {
	if client {
		options := make([]dtls.ClientOption, len(common))
		for i, o := range common {
			options[i] = o
		}
		return dtls.ClientWithOptions(p, p.RemoteAddr(), options...)
	}
	options := []dtls.ServerOption{
		dtls.WithClientAuth(dtls.RequireAnyClientCert),
		dtls.WithInsecureSkipVerifyHello(false),
	}
	for _, o := range common {
		options = append(options, o)
	}
	return dtls.ServerWithOptions(p, p.RemoteAddr(), options...)
}

// export takes SRTP's keys out of the handshake (RFC 5764, 4.2).
func (e *Endpoint) export(conn *dtls.Conn, client bool) error {
	state, ok := conn.ConnectionState()
	profile, chosen := conn.SelectedSRTPProtectionProfile()
	if !ok || !chosen {
		return errors.New("no SRTP profile that both sides can do")
	}
	config := srtp.Config{Profile: srtp.ProtectionProfile(profile)}
	if err := config.ExtractSessionKeysFromDTLS(&state, client); err != nil {
		return fmt.Errorf("keys of the handshake: %w", err)
	}
	for _, s := range suites() {
		if s.profile != config.Profile {
			continue
		}
		k := config.Keys
		return e.vault.install(
			cryptoLine{suite: s, secret: slices.Concat(k.LocalMasterKey, k.LocalMasterSalt)},
			cryptoLine{suite: s, secret: slices.Concat(k.RemoteMasterKey, k.RemoteMasterSalt)},
		)
	}
	return fmt.Errorf("profile %v was not offered", profile)
}

// pump reads the media socket during a handshake, if ReadPacket does not.
func (e *Endpoint) pump(a *association) {
	defer close(a.pumped)
	if !e.in.mu.TryLock() {
		return
	}
	defer e.in.mu.Unlock()
	if e.polled.socket.Load() != nil { // Poll brings what comes
		return
	}
	for {
		select {
		case <-a.keyed:
			return
		default:
		}
		var err error
		if e.in.waits, err = e.read(&e.in.packet); err != nil || e.in.waits {
			return // sound: there are keys
		}
	}
}

// pipe is the socket that the handshake sees: what the reader has sorted out for
// it comes in, and what goes out goes where the other side is.
type pipe struct {
	endpoint *Endpoint
	path     *path
	buffer   *packetio.Buffer
	mute     atomic.Bool

	mu   sync.Mutex
	from netip.AddrPort // the newest source, if the path knows none
	rank rank
}

// push takes a datagram of the handshake. A source that somebody has named is
// preferred over one that nobody has.
func (p *pipe) push(b []byte, from netip.AddrPort, path *path) {
	path.mu.Lock()
	r := path.rankOf(from)
	path.mu.Unlock()
	p.mu.Lock()
	defer p.mu.Unlock()
	if r < p.rank {
		return
	}
	p.from, p.rank = from, r
	_, _ = p.buffer.Write(b) // full: the other side sends it again
}

// ReadFrom is net.PacketConn's.
func (p *pipe) ReadFrom(b []byte) (int, net.Addr, error) {
	n, err := p.buffer.Read(b)
	return n, p.RemoteAddr(), err
}

// WriteTo is net.PacketConn's.
func (p *pipe) WriteTo(b []byte, _ net.Addr) (int, error) {
	p.mu.Lock()
	to := p.from
	p.mu.Unlock()
	if !to.IsValid() {
		to = p.path.target()
	}
	if !p.mute.Load() && to.IsValid() {
		_ = p.endpoint.writeTo(b, to) // no way there, yet: it is sent again
	}
	return len(b), nil
}

// Close is net.PacketConn's. Nothing is written after it.
func (p *pipe) Close() error {
	p.mute.Store(true)
	return p.buffer.Close()
}

// RemoteAddr does not matter to who uses it, but must be one.
func (p *pipe) RemoteAddr() net.Addr { return &net.UDPAddr{IP: net.IPv4zero} }

// LocalAddr is net.PacketConn's.
func (p *pipe) LocalAddr() net.Addr { return p.endpoint.media.LocalAddr() }

// SetDeadline is net.PacketConn's.
func (p *pipe) SetDeadline(t time.Time) error { return p.buffer.SetReadDeadline(t) }

// SetReadDeadline is net.PacketConn's.
func (p *pipe) SetReadDeadline(t time.Time) error { return p.buffer.SetReadDeadline(t) }

// SetWriteDeadline is net.PacketConn's.
func (p *pipe) SetWriteDeadline(time.Time) error { return nil }
