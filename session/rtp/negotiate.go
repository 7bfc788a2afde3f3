package rtp

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"huike/audio"
)

// signalling is the state of offer and answer. What is being offered takes
// effect with its answer only.
type signalling struct {
	mu      sync.Mutex
	written written
	slots   []slot
	ours    int        // which of the slots
	bundled bool       // the other side groups its m-lines
	numbers []encoding // payload types used so far: they keep their meaning (RFC 3264, 8.3.2)
	keying  keying
	proto   string // as agreed; "" before
	hold    bool   // this side holds the call

	offered *line        // this side's last offer
	secrets []cryptoLine // this side's keys: of each suite that is offered, or of the one agreed upon
	theirs  cryptoLine   // the other side's
	dtls    *dtlsPlan    // nil: none
	host    netip.Addr   // this side's address, once it is told
}

// Offer returns an offer: the first, or one that keeps what was agreed upon. It
// may be asked for again, and takes effect with Accept. The slice is the caller's.
func (e *Endpoint) Offer() ([]byte, error) {
	s := &e.signalling
	s.mu.Lock()
	defer s.mu.Unlock()
	l := e.line()
	so := e.agreed.Load()
	if so == nil {
		s.keying, l.proto = e.firstKeying()
	}
	l.keying = s.keying
	switch s.keying {
	case bySDES:
		l.cryptos = s.offerSecrets()
	case byDTLS:
		l.setup = "actpass"
	case plain:
	}
	l.encodings = e.offerEncodings()
	l.mux, l.nack = so == nil || so.mux, true
	if so != nil && so.mux {
		l.controlPort = 0
	}
	l.direction = sendrecv
	if s.hold {
		l.direction = sends
	}
	if len(s.slots) == 0 {
		s.slots = []slot{{media: "audio", proto: l.proto}}
	}
	s.offered = &l
	return s.written.describe(e.host(), s.slots, s.ours, l, s.bundled), nil
}

// firstKeying is what the policy offers.
func (e *Endpoint) firstKeying() (keying, string) {
	switch e.options.Secure {
	case SDES, Required:
		return bySDES, "RTP/SAVP"
	case DTLS:
		return byDTLS, "UDP/TLS/RTP/SAVP"
	case Optional, None:
	}
	return plain, "RTP/AVP"
}

// line begins this side's m-line with what offers and answers share.
func (e *Endpoint) line() line {
	s := &e.signalling
	l := line{
		proto: s.proto, port: portOf(e.media), controlPort: portOf(e.control),
		ptime: e.options.PTime, fingerprint: e.ports.fingerprint,
	}
	if s.ours < len(s.slots) {
		l.mid = s.slots[s.ours].mid
	}
	return l
}

// host is the address that is told; it stays the same through a call.
func (e *Endpoint) host() netip.Addr {
	s := &e.signalling
	if !s.host.IsValid() {
		s.host = e.ports.local(e.options.Peer)
	}
	return s.host
}

// offerSecrets returns a key for each suite that is offered, the same ones in
// each offer (RFC 4568, 7.1.4).
func (s *signalling) offerSecrets() []cryptoLine {
	if len(s.secrets) == 0 {
		for i, suite := range suites()[:offeredSuites] {
			s.secrets = append(s.secrets, newCrypto(fmt.Sprint(i+1), suite))
		}
	}
	return s.secrets
}

// offerEncodings lists all formats, the one agreed upon first, each with the
// payload type that it had before.
func (e *Endpoint) offerEncodings() []encoding {
	s := &e.signalling
	formats := slices.Clone(e.options.Codecs)
	if so := e.agreed.Load(); so != nil {
		formats = slices.DeleteFunc(formats, func(f audio.Format) bool { return sameFormat(f, so.format) })
		formats = slices.Insert(formats, 0, so.format)
	}
	var list []encoding
	var rates []int
	for _, f := range formats {
		channels := 1
		if k, _ := kindOf(f); k.dynamic && !strings.HasPrefix(f.Name, nameL16) {
			channels = 2
		}
		list = append(list, s.number(encoding{format: f, channels: channels}))
		if !slices.Contains(rates, f.ClockRate) {
			rates = append(rates, f.ClockRate)
		}
	}
	if slices.Contains(rates, 8000) {
		list = append(list, encoding{typeNoise, audio.Format{Name: nameNoise, ClockRate: 8000}, 1})
	}
	for _, rate := range rates {
		list = append(list, s.number(encoding{format: audio.Format{Name: nameKeys, ClockRate: rate}, channels: 1}))
	}
	return list
}

// number gives an encoding its payload type.
func (s *signalling) number(e encoding) encoding {
	if k, ok := kindOf(e.format); ok && !k.dynamic {
		e.payloadType = k.payloadType
		return e
	}
	used := func(n uint8) bool {
		return slices.ContainsFunc(s.numbers, func(o encoding) bool { return o.payloadType == n })
	}
	for _, o := range s.numbers {
		if sameFormat(o.format, e.format) {
			return o
		}
	}
	e.payloadType = usual(e.format)
	if used(e.payloadType) {
		e.payloadType = firstType
		for used(e.payloadType) && e.payloadType < lastType {
			e.payloadType++
		}
	}
	s.numbers = append(s.numbers, e)
	return e
}

func usual(f audio.Format) uint8 {
	switch {
	case f.Name == nameKeys && f.ClockRate == 8000:
		return usualKeys
	case f.Name == nameKeys && f.ClockRate == 48000:
		return usualKeys48
	case f.Name == nameL16:
		return firstType
	}
	return usualOpus
}

// learn keeps the payload types of the other side's offer for later offers.
func (s *signalling) learn(list []encoding) {
	for _, e := range list {
		known := slices.ContainsFunc(s.numbers, func(o encoding) bool {
			return o.payloadType == e.payloadType || sameFormat(o.format, e.format)
		})
		if !known && e.payloadType >= firstType {
			s.numbers = append(s.numbers, e)
		}
	}
}

// Hold puts the call on hold from this side, or takes it back: the next offer
// says sendonly or sendrecv, and what the other side sends is not handed out.
func (e *Endpoint) Hold(on bool) {
	s := &e.signalling
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hold = on
	e.deaf.Store(on)
}

// Held tells whether the other side takes no sound: it has put the call on
// hold, or nothing is agreed upon yet.
func (e *Endpoint) Held() bool { return e.agreed.Load().held() }
