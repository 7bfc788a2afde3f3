package rtp

import (
	"fmt"
	"slices"

	"huike/audio"
)

// Answer reads the other side's offer, agrees to it and returns the answer. It
// may be called again for each new offer of the same call. On an error nothing
// has changed: ErrSDP, ErrNoSound or ErrSecurity, wrapped, or net.ErrClosed.
func (e *Endpoint) Answer(offer []byte) ([]byte, error) {
	d, err := parse(offer)
	if err != nil {
		return nil, err
	}
	s := &e.signalling
	s.mu.Lock()
	defer s.mu.Unlock()
	slots := make([]slot, len(d.sections))
	for i, m := range d.sections {
		slots[i] = slot{media: m.media, proto: m.proto, formats: m.formats, mid: m.mid}
	}
	index, how, chosen, err := e.choose(d)
	if err != nil {
		if e.agreed.Load() != nil && e.removed(d) {
			return e.refuse(slots), nil
		}
		return nil, err
	}
	theirs := &d.sections[index]
	l := e.line()
	l.proto, l.mid, l.keying = theirs.proto, theirs.mid, how
	l.encodings = answerEncodings(theirs, chosen)
	l.mux, l.nack = theirs.mux, theirs.nack
	if l.mux {
		l.controlPort = 0
	}
	a := agree(chosen, l.encodings, theirs)
	a.mux, a.nack, a.secure = l.mux, l.nack, how != plain
	l.direction = e.answerDirection(theirs)
	if err := e.settle(a, how, l.proto, e.answerKeys(&l, theirs)); err != nil {
		return nil, err
	}
	s.slots, s.ours, s.offered = slots, index, nil
	s.bundled = slices.Contains(d.bundle, theirs.mid) && theirs.mid != ""
	s.learn(theirs.encodings)
	if !e.options.Peer.IsValid() && !s.host.IsValid() {
		s.host = e.ports.local(theirs.host)
	}
	return s.written.describe(e.host(), s.slots, s.ours, l, s.bundled), nil
}

// choose picks the m-line and the format: the first m-line that the policy
// ranks best, and of its formats the one of the call so far, else this side's
// favourite.
func (e *Endpoint) choose(d *description) (index int, how keying, chosen encoding, err error) {
	err, index = ErrNoSound, -1
	for i := range d.sections {
		m := &d.sections[i]
		if m.media != "audio" || m.port == 0 {
			continue
		}
		c, ok := e.favourite(m)
		if !ok {
			continue
		}
		k, ok := e.options.Secure.pick(m)
		if !ok {
			if index < 0 {
				err = ErrSecurity
			}
			continue
		}
		if index < 0 || k > how {
			index, how, chosen, err = i, k, c, nil
		}
	}
	return index, how, chosen, err
}

func (e *Endpoint) favourite(m *section) (encoding, bool) {
	formats := e.options.Codecs
	if so := e.agreed.Load(); so != nil {
		formats = slices.Insert(slices.Clone(formats), 0, so.format)
	}
	for _, f := range formats {
		if c, ok := m.find(f.Name, f.ClockRate); ok && c.mono() {
			return c, true
		}
	}
	return encoding{}, false
}

// pick returns how the policy encrypts what an m-line offers; ok is false if
// it cannot.
func (s Secure) pick(m *section) (k keying, ok bool) {
	sdes := len(m.cryptos) > 0 && s != None && s != DTLS
	dtls := len(m.fingerprints) > 0 && s != None && s != SDES
	open := s == None || s == Optional
	switch m.proto {
	case "UDP/TLS/RTP/SAVP", "UDP/TLS/RTP/SAVPF":
		return byDTLS, dtls
	case "RTP/SAVP", "RTP/SAVPF":
		if sdes {
			return bySDES, true
		}
		return byDTLS, dtls // of old, before RFC 5764 named the profile
	case "RTP/AVP", "RTP/AVPF":
		switch { // best-effort encryption beside a plain profile
		case dtls:
			return byDTLS, true
		case sdes:
			return bySDES, true
		}
		return plain, open
	}
	return plain, false
}

// answerEncodings is what the answer lists: the format, and what goes with it.
func answerEncodings(theirs *section, chosen encoding) []encoding {
	list := []encoding{chosen}
	keys, ok := theirs.find(nameKeys, chosen.format.ClockRate)
	if !ok { // at another clock than the sound's, as some telephones have it beside Opus
		keys, ok = theirs.find(nameKeys, 8000)
	}
	if ok {
		list = append(list, keys)
	}
	if quiet, ok := theirs.find(nameNoise, chosen.format.ClockRate); ok {
		list = append(list, quiet)
	}
	return list
}

func (e *Endpoint) answerDirection(theirs *section) direction {
	var d direction
	if theirs.direction&receives != 0 {
		d |= sends
	}
	if theirs.direction&sends != 0 && !e.signalling.hold {
		d |= receives
	}
	return d
}

// answerKeys puts this side's keys into the answer.
func (e *Endpoint) answerKeys(l *line, theirs *section) *plan {
	s := &e.signalling
	switch l.keying {
	case bySDES:
		their := theirs.cryptos[0]
		own := s.secretFor(their)
		own.tag = their.tag
		l.cryptos = []cryptoLine{own}
		return &plan{local: own, remote: their}
	case byDTLS:
		p := newDTLSPlan(theirs, s.dtls, true)
		l.setup = "passive"
		if p.client {
			l.setup = "active"
		}
		return &plan{dtls: p}
	case plain:
	}
	return &plan{}
}

// secretFor returns this side's key for the other side's: the same as long as
// theirs is; a new one when it changes, because then somebody else may be there
// who does not know how many packets the old one has protected.
func (s *signalling) secretFor(their cryptoLine) cryptoLine {
	if s.theirs.equal(their) {
		for _, own := range s.secrets {
			if own.suite == their.suite {
				return own
			}
		}
	}
	return newCrypto(their.tag, their.suite)
}

// removed tells whether an offer takes the call's m-line away.
func (e *Endpoint) removed(d *description) bool {
	ours := e.signalling.ours
	return ours < len(d.sections) && d.sections[ours].media == "audio" && d.sections[ours].port == 0
}

// refuse answers an offer that takes the sound away (RFC 3264, 8.2).
func (e *Endpoint) refuse(slots []slot) []byte {
	s := &e.signalling
	s.slots = slots
	gone := *e.agreed.Load()
	gone.sending, gone.receiving, gone.refused = false, false, true
	e.agreed.Store(&gone)
	return s.written.describe(e.host(), slots, -1, line{}, false)
}

// Accept reads the answer to the last offer and agrees to it. The same answer
// may come twice, in 183 and in 200; another one, of another branch, replaces
// it. On an error nothing has changed: ErrSDP, ErrNoSound, ErrSecurity or
// ErrAnswer, wrapped, or net.ErrClosed.
func (e *Endpoint) Accept(answer []byte) error {
	d, err := parse(answer)
	if err != nil {
		return err
	}
	s := &e.signalling
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.offered == nil {
		return fmt.Errorf("%w: nothing was offered", ErrAnswer)
	}
	if s.ours >= len(d.sections) {
		return fmt.Errorf("%w: %d m-lines", ErrAnswer, len(d.sections))
	}
	theirs := &d.sections[s.ours]
	if theirs.port == 0 || theirs.media != "audio" {
		return ErrNoSound
	}
	chosen, ok := s.accepted(theirs)
	if !ok {
		return ErrNoSound
	}
	plan, err := s.acceptKeys(theirs)
	if err != nil {
		return err
	}
	a := agree(chosen, s.offered.encodings, theirs)
	a.mux, a.nack, a.secure = s.offered.mux && theirs.mux, theirs.nack, s.offered.keying != plain
	return e.settle(a, s.offered.keying, theirs.proto, plan)
}

// accepted returns the first format of the answer that was offered.
func (s *signalling) accepted(theirs *section) (encoding, bool) {
	for _, c := range theirs.encodings {
		_, known := kindOf(c.format)
		offered := slices.ContainsFunc(s.offered.encodings, func(o encoding) bool { return sameFormat(o.format, c.format) })
		if known && offered && c.mono() {
			return c, true
		}
	}
	return encoding{}, false
}

func (s *signalling) acceptKeys(theirs *section) (*plan, error) {
	switch s.offered.keying {
	case bySDES:
		for _, their := range theirs.cryptos {
			for _, own := range s.offered.cryptos {
				if own.tag == their.tag && own.suite == their.suite {
					return &plan{local: own, remote: their}, nil
				}
			}
		}
		return nil, fmt.Errorf("%w: no key for what was offered", ErrSecurity)
	case byDTLS:
		if len(theirs.fingerprints) == 0 {
			return nil, fmt.Errorf("%w: no fingerprint", ErrSecurity)
		}
		return &plan{dtls: newDTLSPlan(theirs, s.dtls, false)}, nil
	case plain:
	}
	if theirs.proto != "RTP/AVP" && theirs.proto != "RTP/AVPF" {
		return nil, fmt.Errorf("%w: profile %q", ErrSecurity, theirs.proto)
	}
	return &plan{}, nil
}

// Format is how sound travels, both ways. It may change when the other side
// asks for another format in mid-call. Before anything is agreed upon it is the
// favourite.
func (e *Endpoint) Format() audio.Format {
	if a := e.agreed.Load(); a != nil {
		return a.format
	}
	return e.options.Codecs[0]
}
