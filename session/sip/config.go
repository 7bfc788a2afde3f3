package sip

import (
	"crypto/tls"
	"errors"
	"log/slog"
	"net/netip"
	"time"

	"golang.org/x/time/rate"
)

// Config is what a Server needs. Handle and Media must be set.
type Config struct {
	Handle Handler // on a goroutine of its own for each leg
	// Media makes the media of one call.
	Media func(MediaOptions) (Media, error)

	// Admit reserves a line for a call that has come. Its error refuses the call
	// with 503, Retry-After and the error's text as a Warning. Otherwise release is
	// called once: when the leg is over, or when it could not be started. Nil
	// admits every call.
	Admit func() (release func(), err error)
	// Ready says why no call would be taken now, to a peer that asks by OPTIONS.
	// Nil is always ready.
	Ready func() error

	// Listen are the addresses to be reached at, such as "udp:0.0.0.0:5060",
	// "tcp:[::1]:5060" or "tls:192.0.2.1:5061". A port of 0 is any. At least one.
	Listen []string
	// TLS has the certificate of tls addresses, and what is needed to call others.
	TLS *tls.Config
	// PublicIP is told to peers in place of the local address; empty is the
	// address that packets to them leave from.
	PublicIP string

	// Peers may call without a password. Empty is this machine alone: 127.0.0.0/8
	// and ::1. What they assert of a caller is believed, but for 0.0.0.0/0 and ::/0,
	// which let everybody call and vouch for nobody.
	Peers []netip.Prefix
	// Users may call from everywhere with their password, by name.
	Users map[string]string
	// Realm is what passwords are for. Empty is "huike".
	Realm string
	// Digest are the algorithms that passwords are asked for by, the preferred first
	// (RFC 8760). Empty is SHA-256, then MD5; peers that read the first alone and know
	// MD5 alone need it first.
	Digest []string
	// Rate is how many new calls a second one source address may place, with
	// bursts of twice as many. Zero is 20.
	Rate rate.Limit

	// Ring is how long a call rings before it is answered. Zero is not at all.
	Ring time.Duration
	// Early has a ringing call's sound flow already (183 with SDP).
	Early bool
	// Refer says whom a peer may send the call to.
	Refer ReferPolicy

	// Trunk is where calls to plain numbers go. Its address may call as a peer.
	Trunk *Account
	// Register are the accounts to be registered, so that calls come in. The
	// registrars' addresses may call as peers.
	Register []Account

	// Lost is how long a peer may send no packet before it is asked whether it is
	// still there. Zero is 30 s.
	Lost time.Duration

	// Log gets a line for what no caller is told, never a number or a name. Nil is
	// slog.Default.
	Log *slog.Logger
}

// ReferPolicy says whom peers may send calls to.
type ReferPolicy int

// The policies. An unauthenticated peer, one that only Peers' 0.0.0.0/0 lets in,
// is always refused.
const (
	ReferHome   ReferPolicy = iota // to the peer's own address and the trunk's
	ReferNobody                    // never
	ReferAny                       // to any address
)

// complete checks a Config and fills in what it leaves out.
func (c *Config) complete() error {
	switch {
	case c.Handle == nil:
		return errors.New("sip: Handle is not set")
	case c.Media == nil:
		return errors.New("sip: Media is not set")
	case len(c.Listen) == 0:
		return errors.New("sip: Listen names no address")
	}
	if len(c.Peers) == 0 {
		c.Peers = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	}
	if c.Realm == "" {
		c.Realm = product
	}
	if len(c.Digest) == 0 {
		c.Digest = []string{"SHA-256", "MD5"}
	}
	if c.Rate == 0 {
		c.Rate = 20
	}
	if c.Lost == 0 {
		c.Lost = 30 * time.Second
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return nil
}
