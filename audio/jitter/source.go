package jitter

import (
	"time"

	"huike/audio"
)

const (
	maxAhead  = 3000 // sequence numbers that may be missing (RFC 3550, A.1)
	maxBehind = 500  // sequence numbers by which a packet may be late
	probation = 3    // packets in sequence that make another stream believed

	seen = 1024 // sequence numbers remembered to tell duplicates; a power of two
)

// slot is one packet that waits.
type slot struct {
	seq, ts, length int64 // extended; time in clock units
	rtp             uint32
	at              time.Duration
	payload         []byte // the slot's own, reused
}

func (s *slot) end() int64 { return s.ts + s.length }

// source knows the one stream that is believed. It extends sequence numbers
// and timestamps so that they never wrap, and go on over a restart.
type source struct {
	ssrc     uint32
	seq      int64  // highest extended sequence number
	wireSeq  uint16 // as it was on the wire
	ts       int64  // extended timestamp of that packet
	wireTS   uint32
	begun    bool
	first    int64             // lowest extended sequence number
	received int64             // without duplicates
	bits     [seen / 64]uint64 // which of the last have come
}

// place returns the packet's extended sequence number and timestamp. ok is
// false if the packet does not continue this stream.
func (s *source) place(p *audio.Packet) (seq, ts int64, ok bool) {
	if !s.begun {
		return 0, 0, true
	}
	step, jump := int64(int16(p.Sequence-s.wireSeq)), int64(int32(p.Timestamp-s.wireTS))
	switch {
	case p.SSRC != s.ssrc, step > maxAhead, step < -maxBehind:
		return 0, 0, false
	case step > 0 && jump < 0, step < 0 && jump > 0, step == 0 && jump != 0:
		return 0, 0, false
	}
	return s.seq + step, s.ts + jump, true
}

// accept makes a packet part of the stream and tells whether it is new. A
// packet further back than is remembered counts as new.
func (s *source) accept(p *audio.Packet, seq, ts int64) bool {
	switch {
	case !s.begun:
		s.ssrc, s.begun, s.first = p.SSRC, true, seq
		s.seq, s.wireSeq, s.ts, s.wireTS = seq, p.Sequence, ts, p.Timestamp
	case seq > s.seq:
		for gone := s.seq + 1; gone <= min(seq, s.seq+seen); gone++ {
			s.mark(gone, false)
		}
		s.seq, s.wireSeq, s.ts, s.wireTS = seq, p.Sequence, ts, p.Timestamp
	case s.seq-seq < seen && s.bits[seq&(seen-1)/64]&(1<<(seq&63)) != 0:
		return false
	}
	s.mark(seq, true)
	s.first = min(s.first, seq)
	s.received++
	return true
}

func (s *source) mark(seq int64, come bool) {
	word, bit := &s.bits[seq&(seen-1)/64], uint64(1)<<(seq&63)
	*word &^= bit
	if come {
		*word |= bit
	}
}

// restart makes the stream go on with p, as if it came right after the last
// packet and its timestamp were ts.
func (s *source) restart(p *audio.Packet, ts int64) {
	s.ssrc = p.SSRC
	s.wireSeq, s.wireTS, s.ts = p.Sequence-1, p.Timestamp, ts
}

func (s *source) lost() int64 {
	if !s.begun {
		return 0
	}
	return s.seq - s.first + 1 - s.received
}

// stranger holds packets of a stream that may take the believed one's place:
// an SSRC that changed, or a sender that began anew.
type stranger struct {
	n       int
	packets [probation]audio.Packet // with payloads of their own
	at      [probation]time.Duration
	length  [probation]time.Duration
}

// add keeps a copy of p and tells whether there is now a run long enough.
func (s *stranger) add(p *audio.Packet, at, length time.Duration) bool {
	if s.n > 0 {
		last := &s.packets[s.n-1]
		if p.SSRC != last.SSRC || p.Sequence != last.Sequence+1 || int32(p.Timestamp-last.Timestamp) < 0 {
			s.n = 0
		}
	}
	kept := &s.packets[s.n]
	payload := append(kept.Payload[:0], p.Payload...)
	*kept = *p
	kept.Payload = payload
	s.at[s.n], s.length[s.n] = at, length
	s.n++
	return s.n == probation
}
