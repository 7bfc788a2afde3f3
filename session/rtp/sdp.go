package rtp

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/pion/sdp/v3"
)

const (
	maxSections   = 32        // m-lines of one description
	maxAttributes = 512       // of one m-line
	maxSDP        = 64 * 1024 // bytes
)

// direction is which way sound goes, as its writer sees it.
type direction uint8

const (
	sends direction = 1 << iota
	receives
	inactive direction = 0
	sendrecv           = sends | receives
)

// String returns the attribute's name.
func (d direction) String() string {
	switch d {
	case sendrecv:
		return "sendrecv"
	case sends:
		return "sendonly"
	case receives:
		return "recvonly"
	default:
		return "inactive"
	}
}

func parseDirection(key string) (direction, bool) {
	switch key {
	case "sendrecv":
		return sendrecv, true
	case "sendonly":
		return sends, true
	case "recvonly":
		return receives, true
	case "inactive":
		return inactive, true
	}
	return inactive, false
}

// section is one m-line of the other side's description, with what it
// inherits from the lines above all of them.
type section struct {
	media, proto string
	formats      []string // as written
	port         uint16   // 0: refused
	host         netip.Addr
	null         bool           // 0.0.0.0: the old way to hold (RFC 2543)
	control      netip.AddrPort // of a=rtcp (RFC 3605), if there is one
	mux          bool           // RTCP with the sound (RFC 5761)
	direction    direction
	encodings    []encoding
	ptime        time.Duration // what it wants to get; 0: whatever
	maxPTime     time.Duration
	cryptos      []cryptoLine      // that this side can do
	fingerprints []fingerprint // that this side can check
	setup, tlsID string
	mid          string
	nack         bool
}

// description is the other side's, as far as it matters here.
type description struct {
	sections []section
	bundle   []string // the mids of the first BUNDLE group (RFC 9143)
}

// parse reads a description. The error wraps ErrSDP.
func parse(raw []byte) (*description, error) {
	if len(raw) > maxSDP {
		return nil, fmt.Errorf("%w: %d bytes, want no more than %d", ErrSDP, len(raw), maxSDP)
	}
	var d sdp.SessionDescription
	if err := d.Unmarshal(raw); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSDP, err)
	}
	if len(d.MediaDescriptions) == 0 || len(d.MediaDescriptions) > maxSections {
		return nil, fmt.Errorf("%w: %d m-lines, want 1 to %d", ErrSDP, len(d.MediaDescriptions), maxSections)
	}
	above := section{direction: sendrecv}
	above.connection(d.ConnectionInformation)
	for _, a := range d.Attributes {
		above.read(a.Key, a.Value)
	}
	parsed := &description{bundle: bundle(&d)}
	for _, m := range d.MediaDescriptions {
		parsed.sections = append(parsed.sections, newSection(above, m))
	}
	return parsed, nil
}

func bundle(d *sdp.SessionDescription) []string {
	for _, a := range d.Attributes {
		if a.Key != "group" {
			continue
		}
		if words := strings.Fields(a.Value); len(words) > 1 && words[0] == "BUNDLE" {
			return words[1:]
		}
	}
	return nil
}

func newSection(s section, m *sdp.MediaDescription) section {
	s.media = strings.ToLower(m.MediaName.Media)
	s.proto = strings.ToUpper(strings.Join(m.MediaName.Protos, "/"))
	s.formats = m.MediaName.Formats
	if p := m.MediaName.Port.Value; p > 0 && p <= 65535 {
		s.port = uint16(p)
	}
	s.connection(m.ConnectionInformation)
	inherited := s.fingerprints
	s.fingerprints = nil
	for i, a := range m.Attributes {
		if i == maxAttributes {
			break
		}
		s.read(a.Key, a.Value)
	}
	if len(s.fingerprints) == 0 {
		s.fingerprints = inherited
	}
	if s.media == "audio" {
		s.encodings = encodings(m)
	}
	return s
}

func (s *section) connection(c *sdp.ConnectionInformation) {
	if c == nil || c.Address == nil {
		return
	}
	host, err := netip.ParseAddr(c.Address.Address)
	if err != nil || host.IsMulticast() {
		host = netip.Addr{} // a name is not looked up: symmetric RTP finds it
	}
	host = host.Unmap().WithZone("")
	s.null = err == nil && host.IsUnspecified()
	if s.null {
		host = netip.Addr{}
	}
	s.host = host
}

// read takes one attribute in. Those of ICE are passed over: a peer that
// offers it and sees none in the answer uses the addresses of the m-line
// (RFC 8839, 4.2.5).
func (s *section) read(key, value string) {
	value = strings.TrimSpace(value)
	switch key {
	case "rtcp":
		s.control = parseControl(value, s.host)
	case "rtcp-mux":
		s.mux = true
	case "ptime":
		s.ptime = milliseconds(value)
	case "maxptime":
		s.maxPTime = milliseconds(value)
	case "mid":
		s.mid = value
	case "setup":
		s.setup = strings.ToLower(value)
	case "tls-id":
		s.tlsID = value
	case "rtcp-fb":
		words := strings.Fields(value)
		s.nack = s.nack || (len(words) == 2 && words[1] == "nack")
	case "crypto":
		if c, ok := parseCrypto(value); ok {
			s.cryptos = append(s.cryptos, c)
		}
	case "fingerprint":
		if f, ok := parseFingerprint(value); ok {
			s.fingerprints = append(s.fingerprints, f)
		}
	default:
		if d, ok := parseDirection(key); ok {
			s.direction = d
		}
	}
}

// parseControl reads "port" and "port IN IP4 host".
func parseControl(value string, host netip.Addr) netip.AddrPort {
	words := strings.Fields(value)
	if len(words) == 0 {
		return netip.AddrPort{}
	}
	port, err := strconv.ParseUint(words[0], 10, 16)
	if err != nil || port == 0 {
		return netip.AddrPort{}
	}
	if len(words) == 4 {
		if own, err := netip.ParseAddr(words[3]); err == nil && !own.IsUnspecified() && !own.IsMulticast() {
			host = own.Unmap().WithZone("")
		}
	}
	return netip.AddrPortFrom(host, uint16(port))
}

// encodings returns the m-line's formats in its order.
func encodings(m *sdp.MediaDescription) []encoding {
	var mapped [128]encoding
	var known [128]bool
	for _, a := range m.Attributes {
		if a.Key != "rtpmap" {
			continue
		}
		number, rest, _ := strings.Cut(a.Value, " ")
		payloadType, err := strconv.ParseUint(number, 10, 7)
		if err != nil {
			continue
		}
		mapped[payloadType], known[payloadType] = parseRtpmap(uint8(payloadType), rest)
	}
	var list []encoding
	for _, word := range m.MediaName.Formats {
		payloadType, err := strconv.ParseUint(word, 10, 7)
		if err != nil || payloadType >= 64 && payloadType < firstType { // RFC 5761, 4: RTCP's
			continue
		}
		e := mapped[payloadType]
		if !known[payloadType] {
			if e, known[payloadType] = static(uint8(payloadType)); !known[payloadType] {
				continue
			}
		}
		if len(list) < lastType {
			list = append(list, e)
		}
	}
	return list
}

// remote is where the section says that sound goes; it is not valid if it does
// not say.
func (s *section) remote() netip.AddrPort {
	if !s.host.IsValid() || s.port == 0 {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(s.host, s.port)
}

// remoteControl is where RTCP goes, if it is not multiplexed.
func (s *section) remoteControl() netip.AddrPort {
	switch {
	case s.control.Addr().IsValid():
		return s.control
	case !s.remote().IsValid() || s.port == 65535:
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(s.host, s.port+1)
}

// find returns the first encoding with that name and rate.
func (s *section) find(name string, rate int) (encoding, bool) {
	for _, e := range s.encodings {
		if e.format.Name == name && e.format.ClockRate == rate {
			return e, true
		}
	}
	return encoding{}, false
}
