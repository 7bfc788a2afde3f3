// Package rtp carries the sound of one call in RTP over UDP, agreed upon by
// SDP offers and answers (RFC 3264), as SIP does it. It knows nothing of SIP:
// who brings the descriptions to the other side is no concern of its. It puts
// packets in no order, decodes nothing, and starts no goroutine in steady
// state but one for each call whose RTCP has a port of its own.
//
// # Who reads and writes
//
//   - ReadPacket's caller, or Poll's, reads the media socket: sound, RTCP, DTLS.
//     Between two packets it sends the RTCP reports and keep-alives that are due;
//   - control reads the port beside it, while RTCP is not multiplexed;
//   - a DTLS handshake has goroutines of its own for the second that it takes,
//     and reads the media socket if nobody else does;
//   - SendKeys has one while keys are being sent.
package rtp

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"github.com/pion/dtls/v3/pkg/crypto/selfsign"

	"huike/audio"
	"huike/audio/codec"
)

// Errors of an offer or an answer. A SIP user agent answers 488 to the first
// three and 400 to the last; the call that there was goes on as it did.
var (
	ErrNoSound  = errors.New("no audio that both sides can do")
	ErrSecurity = errors.New("no encryption that both sides can do")
	ErrAnswer   = errors.New("answer does not fit the offer")
	ErrSDP      = errors.New("malformed session description")
)

// ErrPorts is the error, wrapped, of [Ports.New] when each port is in use.
var ErrPorts = errors.New("no free RTP ports")

// Config is what the endpoints of one process share. Its zero value is for
// calls on this machine.
type Config struct {
	// Listen is the address, without a port, that sockets are bound to; "" means
	// 127.0.0.1. An unspecified one (0.0.0.0, ::) listens everywhere and tells
	// the other side the address from which it is reached.
	Listen string
	// PublicIP is told to the other side in place of the bound address: that of
	// the NAT in front. "" means the bound one.
	PublicIP string
	// MinPort and MaxPort bound the UDP ports, both included; each call takes an
	// even one and the odd one after it. Both 0: whatever the system gives.
	MinPort, MaxPort int
	// Signalled takes packets from nowhere but the address that the description
	// names, and sends nowhere else: no symmetric RTP. It shuts out peers behind NAT.
	Signalled bool
	Log       *slog.Logger // nil: slog.Default
}

// Secure is how an endpoint encrypts.
type Secure uint8

// Policies of encryption. Optional takes what the other side offers and offers
// plain RTP; None takes no encryption; SDES (RFC 4568) and DTLS (RFC 5763) offer
// and take nothing else; Required takes either, and offers SDES.
const (
	Optional Secure = iota
	None
	SDES
	DTLS
	Required
)

// String returns the policy in lower case.
func (s Secure) String() string {
	switch s {
	case None:
		return "none"
	case SDES:
		return "sdes"
	case DTLS:
		return "dtls"
	case Required:
		return "required"
	default:
		return "optional"
	}
}

// Options are those of one endpoint. Its zero value works.
type Options struct {
	// Codecs are what may be agreed upon, best first: opus, g722, pcmu, pcma, l16.
	// Nil means the first four, in that order.
	Codecs []audio.Format
	Secure Secure
	// PTime is how much sound this side asks to have in a packet; 0 means
	// [audio.PTime]. What it sends follows the other side's wish; of Opus whole
	// frames are joined, and none is cut.
	PTime time.Duration
	// Peer is where the call's signalling comes from, if known. It picks the
	// address told to the other side, and sound from that host is believed sooner.
	Peer netip.Addr
}

// Ports hands out endpoints. It is safe for many goroutines.
type Ports struct {
	config      Config
	listen      netip.Addr
	public      netip.Addr // what is told, if not what is bound
	certificate tls.Certificate
	fingerprint string // of the certificate, as SDP writes it

	mu   sync.Mutex
	next int // the even port to try first
	open int // endpoints
}

// Open checks the configuration and makes the certificate for DTLS. It binds
// nothing yet.
func Open(config Config) (*Ports, error) {
	if config.Listen == "" {
		config.Listen = "127.0.0.1"
	}
	if config.Log == nil {
		config.Log = slog.Default()
	}
	p := &Ports{config: config}
	var err error
	if p.listen, err = netip.ParseAddr(config.Listen); err != nil {
		return nil, fmt.Errorf("address to listen on: %w", err)
	}
	if config.PublicIP != "" {
		if p.public, err = netip.ParseAddr(config.PublicIP); err != nil {
			return nil, fmt.Errorf("public address: %w", err)
		}
	}
	if err := p.checkRange(); err != nil {
		return nil, err
	}
	if p.certificate, err = selfsign.GenerateSelfSigned(); err != nil {
		return nil, fmt.Errorf("certificate for DTLS: %w", err)
	}
	if p.fingerprint, err = fingerprintOf(p.certificate); err != nil {
		return nil, err
	}
	return p, nil
}

// Count returns how many endpoints are open.
func (p *Ports) Count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.open
}

// New binds an endpoint's sockets. It must be closed. The error wraps ErrPorts
// when the range is used up.
func (p *Ports) New(options Options) (*Endpoint, error) {
	if len(options.Codecs) == 0 {
		options.Codecs = []audio.Format{codec.Opus, formatG722, formatPCMU, formatPCMA}
	}
	for _, f := range options.Codecs {
		if _, ok := kindOf(f); !ok {
			return nil, fmt.Errorf("codec %v: want opus, g722, pcmu, pcma or l16", f)
		}
	}
	if options.PTime == 0 {
		options.PTime = audio.PTime
	}
	media, control, err := p.bind()
	if err != nil {
		return nil, err
	}
	e, err := newEndpoint(p, options, media, control)
	if err != nil {
		_ = media.Close()
		_ = control.Close()
		return nil, err
	}
	p.count(1)
	return e, nil
}

func (p *Ports) count(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open += n
}
