package rtp

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"
	"unicode"
)

const (
	maxSections   = 32        // m-lines of one description
	maxAttributes = 512       // of one m-line
	maxFormats    = 256       // of one m-line
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
	rtpmaps      []string
	rtcp         string
	encodings    []encoding
	ptime        time.Duration // what it wants to get; 0: whatever
	maxPTime     time.Duration
	cryptos      []cryptoLine  // that this side can do
	fingerprints []fingerprint // that this side can check
	inherited    []fingerprint
	setup, tlsID string
	mid          string
	bundle       []string
	nack         bool
}

// description is the other side's, as far as it matters here.
type description struct {
	sections []section
	bundle   []string // the mids of the first BUNDLE group (RFC 9143)
}

// parse reads a description. It asks for no more order than it needs: what stands
// in lines that do not matter here, or in an m-line for a fax or a transport
// that nobody knows, must not cost the call its sound. The error wraps ErrSDP.
func parse(raw []byte) (*description, error) {
	if len(raw) > maxSDP {
		return nil, fmt.Errorf("%w: %d bytes, want no more than %d", ErrSDP, len(raw), maxSDP)
	}
	r := reader{above: section{direction: sendrecv}}
	for number, text := range strings.Split(strings.TrimSpace(string(raw)), "\n") {
		text = strings.TrimRight(text, "\r ")
		key, value, ok := strings.Cut(text, "=")
		ok = ok && len(key) == 1 && (number > 0 || text == "v=0") && !strings.ContainsFunc(text, unicode.IsControl)
		if !ok || !r.line(key, value) {
			return nil, fmt.Errorf("%w: line %d", ErrSDP, number+1)
		}
	}
	if len(r.sections) == 0 {
		return nil, fmt.Errorf("%w: no m-line", ErrSDP)
	}
	for i := range r.sections {
		r.sections[i].finish()
	}
	return &description{sections: r.sections, bundle: r.above.bundle}, nil
}

// reader is a description that is being read.
type reader struct {
	above      section // what stands above all m-lines
	sections   []section
	attributes int // since the last m-line
}

func (r *reader) line(key, value string) bool {
	at := &r.above
	if n := len(r.sections); n > 0 {
		at = &r.sections[n-1]
	}
	switch key {
	case "m":
		m, ok := parseMedia(r.above, value)
		r.sections, r.attributes = append(r.sections, m), 0
		return ok && len(r.sections) <= maxSections
	case "c":
		return at.connection(value)
	case "a":
		name, value, _ := strings.Cut(value, ":")
		at.read(name, strings.TrimSpace(value))
		r.attributes++
		return r.attributes <= maxAttributes
	}
	return true
}

// parseMedia reads "audio 4000 RTP/AVP 0 8" and "audio 4000/2 RTP/AVP 0".
func parseMedia(above section, value string) (section, bool) {
	words := strings.Fields(value)
	if len(words) < 3 {
		return section{}, false
	}
	number, _, _ := strings.Cut(words[1], "/")
	port, err := strconv.ParseUint(number, 10, 16)
	if err != nil || len(words) > maxFormats {
		return section{}, false
	}
	m := above
	m.media, m.proto, m.formats, m.port = words[0], words[2], words[3:], uint16(port)
	m.inherited = above.fingerprints
	m.fingerprints, m.cryptos, m.rtpmaps = nil, nil, nil // keys stand in m-lines only
	return m, true
}

// finish reads what needs the whole m-line.
func (s *section) finish() {
	if len(s.fingerprints) == 0 {
		s.fingerprints = s.inherited
	}
	s.control = parseControl(s.rtcp, s.host)
	if s.media == "audio" {
		s.encodings = s.listed()
	}
}

// connection reads "IN IP4 192.0.2.1".
func (s *section) connection(value string) bool {
	words := strings.Fields(value)
	if len(words) != 3 || words[0] != "IN" {
		return false
	}
	text, _, _ := strings.Cut(words[2], "/") // a TTL
	host, err := netip.ParseAddr(text)
	host = host.Unmap().WithZone("")
	s.null = err == nil && host.IsUnspecified()
	if err != nil || s.null || host.IsMulticast() {
		host = netip.Addr{} // a name is not looked up: symmetric RTP finds it
	}
	s.host = host
	return true
}

// read takes one attribute in. Those of ICE are passed over: a peer that
// offers it and sees none in the answer uses the addresses of the m-line
// (RFC 8839, 4.2.5).
func (s *section) read(key, value string) {
	switch key {
	case "rtcp":
		s.rtcp = value
	case "rtpmap":
		s.rtpmaps = append(s.rtpmaps, value)
	case "group":
		if words := strings.Fields(value); len(words) > 1 && words[0] == "BUNDLE" {
			s.bundle = words[1:]
		}
	case "rtcp-mux":
		s.mux = true
	case "ptime":
		s.ptime = milliseconds(value)
	case "maxptime":
		s.maxPTime = milliseconds(value)
	case "mid":
		s.mid = value
	case "rtcp-fb":
		words := strings.Fields(value)
		s.nack = s.nack || (len(words) == 2 && words[1] == "nack")
	default:
		s.readKeys(key, value)
	}
}

// readKeys takes in what there is about keys, and the direction.
func (s *section) readKeys(key, value string) {
	switch key {
	case "setup":
		s.setup = strings.ToLower(value)
	case "tls-id":
		s.tlsID = value
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

// listed returns the m-line's formats in its order.
func (s *section) listed() []encoding {
	var mapped [128]encoding
	var known [128]bool
	for _, text := range s.rtpmaps {
		number, rest, _ := strings.Cut(text, " ")
		payloadType, err := strconv.ParseUint(number, 10, 7)
		if err == nil {
			mapped[payloadType], known[payloadType] = parseRtpmap(uint8(payloadType), rest)
		}
	}
	var list []encoding
	for _, word := range s.formats {
		payloadType, err := strconv.ParseUint(word, 10, 7)
		if err != nil || payloadType >= 64 && payloadType < firstType { // RFC 5761, 4: RTCP's
			continue
		}
		e, ok := mapped[payloadType], known[payloadType]
		if !ok {
			e, ok = static(uint8(payloadType))
		}
		if ok {
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
