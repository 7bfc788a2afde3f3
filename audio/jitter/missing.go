package jitter

import (
	"time"

	"huike/audio"
)

const (
	maxAsked = 64 // sequence numbers that are remembered to have been asked for; a power of two
	maxTries = 2

	// probes is how often a packet is asked for that may come too late, to learn
	// whether the sender repeats any; after that one in probeEvery.
	probes, probeEvery = 3, 32

	// obliging is the part of what was asked for lately that has to have come for
	// packets to be kept back until it can; askedWeight is that of each.
	obliging, askedWeight = 0.5, 0.25
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
//
// A few are named that will come too late, which tells whether they come at all.
// Where they do, and packets go on being lost, one who does not stretch sound has
// packets wait until the missing ones can be here.
func (b *Buffer) Missing(dst []uint16, at, roundTrip time.Duration) []uint16 {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.roundTrip = max(0, roundTrip)
	if roundTrip <= 0 || !b.begun {
		return dst
	}
	if b.passed > 0 && b.worthAsking(b.passed, 0, roundTrip) && b.askFor(b.passed, at, roundTrip) {
		dst = append(dst, b.source.wireSeq-uint16(b.source.seq-b.passed))
	}
	b.passed = 0
	last := b.last.seq
	for i := range b.ring.n {
		h := b.ring.at(i)
		for seq := max(last+1, h.seq-maxAsked); seq < h.seq; seq++ {
			ts := h.ts - (h.seq-seq)*b.last.length
			due := b.lastPop + b.left + b.time(ts-b.next)
			if copied := seq == h.seq-1 && b.copies(h) > 0; !copied && b.worthAsking(seq, due-at, roundTrip) && b.askFor(seq, at, roundTrip) {
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
	if a.tries == 0 {
		b.obliged -= b.obliged * askedWeight
	}
	a.tries++
	a.at = at
	return true
}

// worthAsking tells whether seq can be here before it is due, or is one of the
// few that are asked for all the same.
func (b *Buffer) worthAsking(seq int64, left, roundTrip time.Duration) bool {
	if left > roundTrip {
		return true
	}
	if b.stretches || b.probed == seq {
		return false
	}
	b.probed = seq
	b.hopeless++
	return b.hopeless <= probes || b.hopeless%probeEvery == 0
}

// learnAnswer is told of each new packet: it may be one that was asked for.
func (b *Buffer) learnAnswer(seq int64) {
	if a := &b.asked[seq&(maxAsked-1)]; a.seq == seq && a.tries > 0 {
		b.obliged += askedWeight
		if !b.stretches {
			b.loss += (1 - b.loss) * memory // it was, though nothing will be missing
		}
	}
}

// awaitsRepeats tells whether packets wait for missing ones to be sent again.
func (b *Buffer) awaitsRepeats() bool {
	return !b.stretches && b.roundTrip > 0 && b.loss > lossy && b.obliged > obliging
}

// repeated is how long that takes for the first of two: the next packet shows that
// they are missing, the next Pop asks for them, and they are on their way again.
func (b *Buffer) repeated() time.Duration {
	return 2*b.time(b.last.length) + audio.PTime + b.roundTrip + slackOther
}
