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

	"huike/audio/codec"
)

// The shortcuts of sound. In pion a caller's packet passes five goroutines from the
// socket to who reads it: they cost more than its decryption does. Once a call's keys
// are there, our own socket gives its RTP to the leg's inbox as it came, and who reads
// the inbox opens it. All else (ICE, DTLS, RTCP) goes through pion, as does sound where
// the shortcut is not to be had: through a relay, or by a socket that is pion's. The
// agent's packets are sealed by the leg, and given to ICE, which knows where they go.

var (
	errNoKeys  = errors.New("webrtc: the DTLS connection gives no keys")
	errPayload = errors.New("webrtc: payload too long")
)

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

// sealer encrypts the leg's RTP and sends it over ICE.
type sealer struct {
	conn *ice.Conn

	mu      sync.Mutex
	context *srtp.Context
	header  rtp.Header
}

// sealRoom is as long as a packet may become: with header and tag.
const sealRoom = codec.MaxPayload + 64

var sealRooms = sync.Pool{New: func() any { return new([sealRoom]byte) }} //nolint:gochecknoglobals // free memory is the process's

// send writes one packet; where there is no path, as in an ICE restart, it is lost.
func (s *sealer) send(header *rtp.Header, payload []byte) error {
	room, _ := sealRooms.Get().(*[sealRoom]byte)
	defer sealRooms.Put(room)
	n, err := header.MarshalTo(room[:])
	if err != nil {
		return err
	}
	if len(payload) > codec.MaxPayload {
		return fmt.Errorf("%w: %d bytes", errPayload, len(payload))
	}
	n += copy(room[n:], payload)
	s.mu.Lock()
	sealed, err := s.context.EncryptRTP(room[:n], room[:n], &s.header)
	s.mu.Unlock()
	if err != nil {
		return err
	}
	if _, err = s.conn.Write(sealed); errors.Is(err, ice.ErrNoCandidatePairs) {
		return nil
	}
	return err
}

// shorten puts the shortcuts in place, if they are to be had, for the ICE user name of
// now. After an ICE restart it is called again.
func (l *Leg) shorten() {
	now := l.session.Load()
	if now == nil {
		return
	}
	if l.opener.Load() == nil {
		in, out, err := l.contexts()
		if err != nil {
			return // all goes through pion
		}
		if l.opener.CompareAndSwap(nil, &opener{context: in}) {
			if conn, ok := inside[*ice.Conn](l.pc.SCTP().Transport().ICETransport(), "conn"); ok {
				l.out.sealer.Store(&sealer{conn: conn, context: out})
			}
		}
	}
	if sockets, ours := l.sockets.(diverter); ours {
		sockets.divert(now.local, l.in.putSealed)
	}
}

// inside reads a pointer out of one of pion's structs, which keeps it to itself, by its
// name and type.
func inside[T any](of any, name string) (value T, ok bool) {
	field := reflect.ValueOf(of).Elem().FieldByName(name)
	if !field.IsValid() || field.Type() != reflect.TypeFor[T]() || field.IsNil() {
		return value, false
	}
	return *(*T)(unsafe.Pointer(field.UnsafeAddr())), true //nolint:gosec // of that type, as was just looked at
}

// contexts returns what the peer's SRTP is decrypted with, and ours encrypted.
func (l *Leg) contexts() (in, out *srtp.Context, err error) {
	conn, ok := inside[*dtls.Conn](l.pc.SCTP().Transport(), "conn")
	if !ok {
		return nil, nil, errNoKeys
	}
	state, ok := conn.ConnectionState()
	if !ok {
		return nil, nil, errNoKeys
	}
	agreed, ok := conn.SelectedSRTPProtectionProfile()
	if !ok {
		return nil, nil, errNoKeys
	}
	config := srtp.Config{Profile: srtp.ProtectionProfile(agreed)}
	if err := config.ExtractSessionKeysFromDTLS(&state, l.isClient()); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", errNoKeys, err)
	}
	keys := config.Keys
	if in, err = srtp.CreateContext(keys.RemoteMasterKey, keys.RemoteMasterSalt, config.Profile, srtp.SRTPReplayProtection(replayWindow)); err != nil {
		return nil, nil, err
	}
	out, err = srtp.CreateContext(keys.LocalMasterKey, keys.LocalMasterSalt, config.Profile)
	return in, out, err
}

// isClient tells whether this side began the DTLS handshake (RFC 5763, 5).
func (l *Leg) isClient() bool {
	local, remote := l.pc.LocalDescription(), l.pc.RemoteDescription()
	if local == nil || remote == nil {
		return false
	}
	return strings.Contains(local.SDP, "a=setup:active\r") || strings.Contains(remote.SDP, "a=setup:passive\r")
}
