package jitter

import "time"

const (
	maxAsked = 64 // sequence numbers that are remembered to have been asked for; a power of two
	maxTries = 2
)

// ask is what is known of a packet that was asked for again.
type ask struct {
	seq   int64
	at    time.Duration
	tries int
}

// Missing appends to dst the sequence numbers of packets that are worth asking
// for again at call time at (RFC 4585, 6.2.1), and returns it: those that others
// have overtaken, of which no other packet carries a copy, and that can be here
// before they are due, which a new one takes a roundTrip for. Each is named at
// most twice, not sooner than a roundTrip apart. roundTrip 0 is one that is not
// known: then none is. Who Pops calls it, once after a Pop.
func (b *Buffer) Missing(dst []uint16, at, roundTrip time.Duration) []uint16 {
	b.mu.Lock()
	defer b.mu.Unlock()
	if roundTrip <= 0 || !b.begun {
		return dst
	}
	last := b.last.seq
	for i := range b.ring.n {
		h := b.ring.at(i)
		for seq := max(last+1, h.seq-maxAsked); seq < h.seq; seq++ {
			ts := h.ts - (h.seq-seq)*b.last.length
			due := b.lastPop + b.left + b.time(ts-b.next)
			if copied := seq == h.seq-1 && b.copies(h) > 0; !copied && due-at > roundTrip && b.askFor(seq, at, roundTrip) {
				dst = append(dst, b.source.wireSeq-uint16(b.source.seq-seq))
			}
		}
		last = max(last, h.seq)
	}
	return dst
}

// askFor notes that seq is asked for, and tells whether it should be.
func (b *Buffer) askFor(seq int64, at, roundTrip time.Duration) bool {
	a := &b.asked[seq&(maxAsked-1)]
	if a.tries == 0 || a.seq != seq {
		*a = ask{seq: seq}
	}
	if a.tries == maxTries || a.tries > 0 && at-a.at < roundTrip {
		return false
	}
	a.tries++
	a.at = at
	return true
}
