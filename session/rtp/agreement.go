package rtp

import (
	"net/netip"
	"time"

	"huike/audio"
)

// meaning is what a payload type carries.
type meaning uint8

const (
	foreign meaning = iota // was not agreed upon
	sound
	otherSound // agreed upon, but not what is being sent
	key        // RFC 4733
	noise      // RFC 3389
)

// choice is one format of sound that may be sent.
type choice struct {
	format   audio.Format
	sendType uint8 // as the other side has it
	takeType uint8 // as this side has it
}

// agreement is what both sides have agreed upon. It is replaced, never changed.
type agreement struct {
	choice
	others []choice // what the other side may send as well

	meanings [128]meaning // of the payload types that this side takes

	keyType uint8 // that keys are sent with; 0: they cannot be
	keyRate int

	sending   bool // the other side wants sound
	receiving bool // this side does
	refused   bool // the m-line has port 0
	remote    netip.AddrPort
	control   netip.AddrPort
	mux, nack bool
	secure    bool
	pack      time.Duration // how much sound goes into a packet
}

// agree makes the agreement on a format from both sides' encodings: what is
// sent has the other side's payload types, what comes has this side's.
func agree(chosen encoding, ours []encoding, theirs *section) *agreement {
	a := &agreement{
		remote: theirs.remote(), control: theirs.remoteControl(),
		sending:   theirs.direction&receives != 0 && !theirs.null,
		receiving: theirs.direction&sends != 0,
		pack:      packing(theirs),
	}
	for _, own := range ours {
		their, ok := theirs.find(own.format.Name, own.format.ClockRate)
		if !ok {
			continue
		}
		c := choice{format: own.format, sendType: their.payloadType, takeType: own.payloadType}
		switch {
		case own.format.Name == nameKeys:
			a.meanings[own.payloadType] = key
			if a.keyType == 0 || own.format.ClockRate == chosen.format.ClockRate {
				a.keyType, a.keyRate = their.payloadType, own.format.ClockRate
			}
		case own.format.Name == nameNoise:
			a.meanings[own.payloadType] = noise
		case sameFormat(own.format, chosen.format):
			a.meanings[own.payloadType] = sound
			a.choice = c
		default:
			a.meanings[own.payloadType] = otherSound
			a.others = append(a.others, c)
		}
	}
	return a
}

// packing is how much sound the other side wants in a packet.
func packing(s *section) time.Duration {
	pack := s.ptime
	if pack == 0 {
		pack = audio.PTime
	}
	if s.maxPTime > 0 {
		pack = min(pack, s.maxPTime)
	}
	return min(max(pack, 10*time.Millisecond), maxPack)
}

// maxPack is the most sound that is put into a packet, whatever is asked for.
const maxPack = 60 * time.Millisecond

// held tells whether the other side has put the call on hold: it takes no sound.
func (a *agreement) held() bool { return a == nil || !a.sending }

// hears tells whether what the other side sends is for this side's ear.
func (a *agreement) hears() bool { return a.receiving && !a.held() }

// switched returns the agreement with the format of the payload type in the
// place of the one so far: the other side has gone over to it.
func (a *agreement) switched(payloadType uint8) *agreement {
	next := *a
	next.others = nil
	for _, c := range a.others {
		if c.takeType == payloadType {
			next.choice = c
		} else {
			next.others = append(next.others, c)
		}
	}
	next.others = append(next.others, a.choice)
	next.meanings[a.takeType], next.meanings[payloadType] = otherSound, sound
	return &next
}
