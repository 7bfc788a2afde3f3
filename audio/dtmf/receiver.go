package dtmf

import (
	"encoding/binary"

	"huike/audio"
)

// Receiver finds the keys in the event packets of a stream. Its zero value is
// ready. It is for one goroutine and never allocates.
//
// A key is one event, and an event is one timestamp: so however often its
// packets are repeated, whichever of them are lost, and for however long it is
// held, it counts once, as soon as the first of them is here. One that comes
// after its successor has begun is left out, for digits in wrong order are worse
// than one too few.
type Receiver struct {
	sources [2]source // the one heard last in front
}

// source is what is known of one sender's last event.
type source struct {
	known    bool
	ssrc     uint32
	sequence uint16 // the newest of the event's packets
	stamp    uint32 // of the event, or of its newest segment
	before   uint32 // of the event before it
	length   uint16 // of it so far, in clock units
	event    byte
	ended    bool
}

// Take looks at an event packet, which it does not keep, and returns the key that
// begins with it, one of Keys. ok is false for all that begins none: further
// packets of the same key, other events such as a hook flash, malformed payloads.
func (r *Receiver) Take(p *audio.Packet) (key byte, ok bool) {
	if len(p.Payload) < PayloadBytes {
		return 0, false
	}
	s := r.source(p.SSRC)
	now := source{
		known:    true,
		ssrc:     p.SSRC,
		sequence: p.Sequence,
		stamp:    p.Timestamp,
		length:   binary.BigEndian.Uint16(p.Payload[2:]),
		event:    p.Payload[0],
		ended:    p.Payload[1]&endBit != 0,
	}
	if s.known {
		behind := s.sequence - p.Sequence
		later := int32(p.Timestamp-s.stamp) > 0 // the sound since may have counted once around
		now.before = s.stamp
		switch {
		case behind < maxBehind && !later, p.Timestamp == s.before && s.before != s.stamp: // a packet again, or late
			s.ended = s.ended || now.ended && p.Timestamp == s.stamp
			return 0, false
		case s.goesOn(&now, p.Marker):
			now.before = s.before
			now.ended = now.ended || s.ended && now.stamp == s.stamp
			*s = now
			return 0, false
		}
	} else {
		now.before = p.Timestamp
	}
	*s = now
	if int(now.event) >= len(Keys) {
		return 0, false
	}
	return Keys[now.event], true
}

// source returns what is known of the sender, in front of the others.
func (r *Receiver) source(ssrc uint32) *source {
	if first := &r.sources[0]; first.known && first.ssrc != ssrc {
		r.sources[0], r.sources[1] = r.sources[1], r.sources[0]
		if first.known && first.ssrc != ssrc {
			*first = source{}
		}
	}
	return &r.sources[0]
}

// goesOn reports whether a newer packet tells of the event that s knows.
func (s *source) goesOn(next *source, marker bool) bool {
	if next.stamp == s.stamp {
		return true
	}
	if next.event != s.event || s.ended || marker {
		return false
	}
	passed := next.stamp - s.stamp
	// A key held for longer than a report can count goes on in a segment that
	// begins where the last one was full (RFC 4733, 2.5.1.3); of several, some
	// may be lost.
	if passed%longest == 0 && passed/longest <= 64 {
		return true
	}
	// And some senders move the timestamp on with the duration, which they must
	// not: two presses cannot be as far apart as they are longer.
	return next.length > s.length && passed == uint32(next.length-s.length)
}
