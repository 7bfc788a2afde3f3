package webrtc

import (
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"
	"unsafe"

	"github.com/pion/dtls/v3"
	"github.com/pion/ice/v4"
	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"
)

// The shortcut of a caller's sound. In pion a packet passes five goroutines from the
// socket to who reads it: they cost more than its decryption does. Once a call's keys
// are there, our own socket gives its RTP to the leg's inbox as it came, and who reads
// the inbox opens it. All else (ICE, DTLS, RTCP) goes through pion, as does sound where
// the shortcut is not to be had: through a relay, or by a socket that is pion's.

var errNoKeys = errors.New("webrtc: the DTLS connection gives no keys")

// diverter is a socket of ours, or several.
type diverter interface {
	// divert has the RTP packets of an ICE user name given to sink, with when the
	// kernel got each, and not to pion. The packet is sink's during the call only.
	divert(ufrag string, sink func(packet []byte, at time.Time)) bool
}

// sockets are those of all of a machine's addresses.
type sockets struct {
	*ice.MultiUDPMuxDefault
	each []*socket
}

func (s *sockets) divert(ufrag string, sink func([]byte, time.Time)) (all bool) {
	for _, one := range s.each {
		all = one.divert(ufrag, sink) || all
	}
	return all
}

// divert is the diverter's of one socket.
func (s *socket) divert(ufrag string, sink func([]byte, time.Time)) bool {
	s.mu.RLock()
	l := s.lines[ufrag]
	s.mu.RUnlock()
	if l == nil {
		return false
	}
	l.sink.Store(&sink)
	return true
}

// isRTP tells RTP from STUN, DTLS, TURN's channels (RFC 7983) and RTCP (RFC 5761).
func isRTP(packet []byte) bool {
	return len(packet) >= 12 && packet[0]>>6 == 2 && (packet[1] < 192 || packet[1] > 223)
}

// opener decrypts a peer's RTP. Who reads the leg calls it.
type opener struct {
	mu      sync.Mutex
	context *srtp.Context
	header  rtp.Header
	known   []uint32 // SSRCs that were proven
	guesses int      // of how often a stream's numbers had gone round
	sealed  []byte   // the packet that a guess is about
}

// open decrypts a packet in its place. It returns false for what the peer has not
// sent, or has sent before; tooMany where it has too many streams.
func (o *opener) open(sealed []byte) (packet []byte, ok, tooMany bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	ssrc := binary.BigEndian.Uint32(sealed[8:])
	known := slices.Contains(o.known, ssrc)
	guess := !known && o.guesses < streamLimit && binary.BigEndian.Uint16(sealed[2:]) < 1<<15
	if guess { // what cannot be opened is cleared
		o.sealed = append(o.sealed[:0], sealed...)
	}
	packet, err := o.context.DecryptRTP(sealed, sealed, &o.header)
	if err != nil && guess {
		// Of a stream that began before the shortcut did, the numbers may have gone
		// round once (RFC 3711, 3.3.1).
		o.guesses++
		o.context.SetROC(ssrc, 1)
		packet, err = o.context.DecryptRTP(sealed, o.sealed, &o.header)
		if err != nil {
			o.context.SetROC(ssrc, 0)
		}
	}
	if err != nil {
		return nil, false, false
	}
	if !known {
		o.known = append(o.known, ssrc)
	}
	return packet, true, len(o.known) > streamLimit
}

// shorten puts the shortcut in place, if it is to be had, for the ICE user name of
// now. After an ICE restart it is called again.
func (l *Leg) shorten() {
	sockets, ours := l.sockets.(diverter)
	now := l.session.Load()
	if !ours || now == nil {
		return
	}
	if l.opener.Load() == nil {
		context, err := l.remoteKeys()
		if err != nil {
			return // all goes through pion
		}
		l.opener.CompareAndSwap(nil, &opener{context: context})
	}
	sockets.divert(now.local, l.in.putSealed)
}

// remoteKeys returns what the peer's SRTP is decrypted with. pion keeps its DTLS
// connection to itself, so it is read out of the transport by its name.
func (l *Leg) remoteKeys() (*srtp.Context, error) {
	transport := reflect.ValueOf(l.pc.SCTP().Transport()).Elem()
	field := transport.FieldByName("conn")
	if !field.IsValid() || field.Type() != reflect.TypeFor[*dtls.Conn]() {
		return nil, errNoKeys
	}
	conn := *(**dtls.Conn)(unsafe.Pointer(field.UnsafeAddr())) //nolint:gosec // of that type, as was just looked at
	if conn == nil {
		return nil, errNoKeys
	}
	state, ok := conn.ConnectionState()
	if !ok {
		return nil, errNoKeys
	}
	agreed, ok := conn.SelectedSRTPProtectionProfile()
	if !ok {
		return nil, errNoKeys
	}
	config := srtp.Config{Profile: srtp.ProtectionProfile(agreed)}
	if err := config.ExtractSessionKeysFromDTLS(&state, l.isClient()); err != nil {
		return nil, fmt.Errorf("%w: %w", errNoKeys, err)
	}
	return srtp.CreateContext(config.Keys.RemoteMasterKey, config.Keys.RemoteMasterSalt, config.Profile,
		srtp.SRTPReplayProtection(replayWindow))
}

// isClient tells whether this side began the DTLS handshake (RFC 5763, 5).
func (l *Leg) isClient() bool {
	local, remote := l.pc.LocalDescription(), l.pc.RemoteDescription()
	if local == nil || remote == nil {
		return false
	}
	return strings.Contains(local.SDP, "a=setup:active\r") || strings.Contains(remote.SDP, "a=setup:passive\r")
}
