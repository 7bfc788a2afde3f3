package jitter

import (
	"time"

	"huike/audio"
)

const (
	// dropQuiet and dropLoud are how many Pops in a row find too much waiting
	// before a packet is dropped: 60 ms in silence, and 500 ms in speech, to
	// leave time for callers that catch up by themselves.
	dropQuiet, dropLoud = 3, 25
	dropEvery           = 5 // Pops from one packet dropped in speech to the next

	// leftOver is how much sound is left over from one Pop to the next while
	// packets are being lost: so much less has to be made up for each of them.
	// leftOut is how much of a loss is not made up at all.
	leftOver = 14 * time.Millisecond
	leftOut  = 15 * time.Millisecond

	// dryAfter is how long a packet is overdue before anything is made of it,
	// dryChance how likely it is then that what is left is too short when it is
	// made longer, and dryStep by how much each piece.
	dryAfter  = 9 * time.Millisecond
	dryChance = 0.06
	dryStep   = 26 * time.Millisecond

	// onTheDot is the least lag on the steadiest line: the sender's clock may be
	// slow, by 1 ms within the 2 s that the fastest packet is known for, and what
	// makes the sound longer takes some packets.
	onTheDot  = 1500 * time.Microsecond
	onePeriod = 12500 * time.Microsecond // of a low voice: less cannot be put in

	// inexact is the part of the wait for stalls that may be missing before
	// anything is made longer: how long the next one is, nobody knows.
	inexact = 12

	// maxBridged is the lag from which on a loss is not concealed but used to
	// catch up.
	maxBridged = 500 * time.Millisecond
)

// Pop returns the next piece of the stream at call time at. It is called once
// for each piece that is needed: when less than a PTime of the pieces before is
// left, and need is what lacks to a PTime, or less: 0 means all of it. What is
// made up, Empty and Gap, is no longer than that. Pop never blocks for longer
// than a Push takes.
func (b *Buffer) Pop(at, need time.Duration) Popped {
	b.mu.Lock()
	defer b.mu.Unlock()
	if need <= 0 || need > audio.PTime {
		need = audio.PTime
	}
	if !b.source.begun {
		b.lasted += need
		kind := Empty
		if b.pausing {
			kind = Gap
		}
		return Popped{Kind: kind, Duration: need, At: at, Lasted: b.lasted}
	}
	if b.ring.n > 0 {
		b.shorten(at)
	}
	b.left = audio.PTime - need
	p := b.pop(at, need)
	p.Announced = p.Kind == Gap && b.silent
	b.count(&p)
	b.lastPop = at
	return p
}

func (b *Buffer) pop(at, need time.Duration) Popped {
	if b.ring.n == 0 {
		return b.starve(at, need)
	}
	h := b.ring.front()
	if !b.begun {
		b.begun, b.next = true, h.ts
		b.last.seq, b.last.length = h.seq-1, h.length
		b.last.ts, b.last.at = h.ts-h.length, h.at-b.time(h.length)
	}
	gap := h.ts - b.next
	whole := b.lag(h, at) + b.time(gap) // the lag of h if all of the gap is handed out
	jump := false
	unsent := h.seq <= b.last.seq+1 // what is missing, if anything is
	switch {
	case b.short(whole) && (b.quiet || b.silent || gap > 0 && (unsent || !b.stretches)):
		return b.wait(h, at, need)
	case gap > 0:
		gap = b.settle(gap, whole)
		jump = gap > 0
		if p, ok := b.bridge(h, gap, at, need); ok {
			p.Excess = b.beyond(whole)
			return p
		}
		b.stats.RemovedSamplesForAcceleration += b.samples(gap)
	}
	p := b.take(at)
	p.Jump, b.dropped = jump || b.dropped, false
	return p
}

// lag returns how much later than it could at best have come h would be played now.
func (b *Buffer) lag(h *slot, at time.Duration) time.Duration {
	return at - b.time(h.end()) - b.lateness.base
}

// short tells whether a lag is so short that packets would come too late.
func (b *Buffer) short(lag time.Duration) bool { return b.beyond(lag) < -margin }

// beyond returns how much later than it should a piece with that lag is played,
// or negative how much too early.
//
// A packet is taken when less than a PTime of sound is left, so what makes the
// sound longer or shorter moves the next packet to another Pop, by whole PTimes,
// once there is a PTime of it: until then it is left over from one Pop to the
// next. The lag at a Pop must be what late packets want, and what is left over
// is for those that do not come at all.
func (b *Buffer) beyond(lag time.Duration) time.Duration {
	enough := b.wanted() - max(margin, (b.wanted()-b.lateness.calm)/inexact)
	unsure := time.Duration(0)
	if b.stretches {
		enough = max(onTheDot, enough)
		if b.steady() { // a clock that drifts crosses each bound slowly
			unsure = 2 * onTheDot
		}
	}
	least := lag // that a Pop can have
	if lag >= enough {
		least -= (lag - enough - unsure).Truncate(audio.PTime)
	} else {
		least += (enough - lag + audio.PTime - 1).Truncate(audio.PTime)
	}
	target := least
	if b.loss > lossy && b.stretches {
		target += leftOver
	}
	if b.awaitsCopies() || b.awaitsRepeats() {
		target = max(target, b.target())
	}
	return lag + b.left - target
}

// steady tells whether packets come as evenly as can be told.
func (b *Buffer) steady() bool { return b.lateness.usual() == bucket }

// wait makes the lag longer: with silence where there is silence, else where
// there is a hole anyway, in which what is missing may yet come.
func (b *Buffer) wait(h *slot, at, need time.Duration) Popped {
	b.stats.InsertedSamplesForDeceleration += uint64(audio.Samples(need, audio.Rate))
	p := Popped{Kind: Empty, Duration: need, At: min(at, h.at), Timestamp: uint32(b.next-h.ts) + h.rtp}
	if b.quiet || b.silent || h.seq <= b.last.seq+1 {
		p.Kind = Gap
	}
	return p
}

// settle books what was handed out on account against the gap before a packet
// and returns what is left of the gap. If that made the lag too short, one
// packet's time is left to hand out: its copy in the next packet is used and
// the lag grows.
func (b *Buffer) settle(gap int64, whole time.Duration) int64 {
	covered := min(b.owed, gap)
	if !b.stretches && b.short(whole-b.time(covered)) {
		covered = max(0, covered-b.last.length)
	}
	b.next += covered
	b.owed = 0
	return gap - covered
}

// bridge returns a piece of the gap before h, or false to pass over the rest
// of it. What is missing by number is taken to lie right before h and is
// Lost; the rest was never sent.
func (b *Buffer) bridge(h *slot, gap int64, at, need time.Duration) (Popped, bool) {
	lost := min(gap, max(0, h.seq-b.last.seq-1)*b.last.length)
	lag := b.lag(h, at)
	p := Popped{Kind: Lost, At: b.between(h, h.ts-gap), Timestamp: h.rtp - uint32(gap)}
	piece := min(gap, b.last.length)
	if lost < gap {
		p.Kind = Gap
		piece = min(gap-lost, b.units(need))
	}
	// Handing out all of the gap makes the lag what it was before it, unless a
	// clock was set or time has passed; in silence there need be no more of it
	// than the target asks for.
	before := min(max(b.offset-b.lateness.base, b.target()), maxBridged)
	if p.Kind == Lost && b.stretches {
		if piece = b.ration(h, gap, lag, need); piece == 0 {
			return Popped{}, false
		}
	}
	if gap == 0 || p.Kind == Gap && !b.short(lag) || p.Kind == Lost && !b.short(lag) && lag+b.time(piece)/2 > before {
		return Popped{}, false
	}
	if p.Kind == Lost && piece == gap {
		b.fec = append(b.fec[:0], h.payload...)
		p.Next, p.Redundant = b.fec, b.copies(h) > 0
	}
	p.Duration = b.time(piece)
	b.next += piece
	return p, true
}

// ration returns how much of a loss of gap before h to hand out next to one who
// stretches, 0 to pass over it. The end of the loss is left out where the lag
// allows it: what is made longer in its place later is sound that was spoken.
func (b *Buffer) ration(h *slot, gap int64, lag, need time.Duration) int64 {
	copied := min(b.copies(h), gap)
	switch {
	case gap == copied:
		return gap
	case copied == 0 && gap <= b.units(leftOut) && b.concealing && lag+b.left+margin >= b.wanted():
		return 0
	case copied == 0 && gap > b.units(leftOut):
		return min(gap-b.units(leftOut), b.units(need))
	default:
		return min(gap-copied, b.units(need))
	}
}

// copies returns how much of the sound before h there is a copy of in h.
func (b *Buffer) copies(h *slot) int64 {
	if b.redundant == nil {
		return 0
	}
	return b.units(b.redundant(h.payload))
}

// between interpolates when a piece at ts would have arrived, by the packets
// around it.
func (b *Buffer) between(h *slot, ts int64) time.Duration {
	span := h.ts - b.last.ts
	if span <= 0 {
		return h.at
	}
	part := float64(ts-b.last.ts) / float64(span)
	return b.last.at + time.Duration(part*float64(h.at-b.last.at))
}

// starve returns what there is when there is no packet: silence if the last
// packet announced it, else Empty.
func (b *Buffer) starve(at, need time.Duration) Popped {
	p := Popped{Kind: Empty, Duration: need}
	if b.begun {
		piece := b.units(need)
		p.Duration = b.time(piece)
		p.Timestamp = b.last.rtp + uint32(b.next+b.owed-b.last.ts)
		p.At = min(at, b.last.at+b.time(b.next+b.owed-b.last.ts))
		b.owed += piece
	}
	if b.silent || b.pausing {
		p.Kind = Gap
	}
	return p
}

// take hands out the packet at the front.
func (b *Buffer) take(at time.Duration) Popped {
	h := b.ring.front()
	surplus := time.Duration(0)
	if b.ring.n > 1 && b.tooLong(at) {
		surplus = b.waiting(at) - b.target()
	}
	lag := b.lag(h, at)
	excess := min(b.beyond(lag), b.here(h))
	if b.stretches && excess < -margin && lag < onTheDot && b.steady() {
		excess = min(excess, -onePeriod)
	}
	if b.runningDry(h, at) {
		excess = min(excess, -dryStep)
		if b.quiet {
			excess = min(excess, -audio.PTime)
		}
	}
	b.learnLoss(h)
	b.out, h.payload = h.payload, b.out
	b.pass(h, len(b.out))
	b.offset = at - b.time(b.next)
	samples := audio.Samples(b.time(b.last.length), audio.Rate)
	b.stats.JitterBufferDelay += time.Duration(samples) * (at - b.last.at)
	return Popped{
		Kind:      Packet,
		Duration:  b.time(b.last.length),
		Payload:   b.out,
		At:        b.last.at,
		Timestamp: b.last.rtp,
		Surplus:   surplus,
		Excess:    excess,
	}
}

// runningDry tells whether the next packet is overdue for so long that it will
// likely not come before what is left is played: of a stall, less has to be made
// up if what is left lasts longer.
func (b *Buffer) runningDry(h *slot, at time.Duration) bool {
	newest := b.ring.back()
	overdue := at - b.time(newest.end()+newest.length) - b.lateness.base - b.lateness.rising()
	if !b.stretches || overdue <= dryAfter {
		return false
	}
	left := b.left + b.time(newest.end()-h.ts)
	return b.lateness.beyond(overdue+left.Truncate(audio.PTime)) > dryChance*b.lateness.beyond(overdue)
}

// here returns how much of the sound that is here could be left out without
// running dry before the next Pop.
func (b *Buffer) here(h *slot) time.Duration {
	return max(0, b.left+b.time(b.ring.back().end()-h.ts)-audio.PTime)
}

// learnLoss updates the part of packets lost by what is missing before h.
func (b *Buffer) learnLoss(h *slot) {
	if h.seq > b.last.seq+1 {
		b.passed = h.seq - 1
	}
	for range min(h.seq-b.last.seq-1, 64) {
		b.loss += (1 - b.loss) * memory
	}
	b.loss -= b.loss * memory
}

// waiting returns how long the packet at the front has been kept back beyond
// what the network did: the sound behind it, and the time since the newest came.
func (b *Buffer) waiting(at time.Duration) time.Duration {
	newest := b.ring.back()
	return b.time(newest.end()-b.ring.front().end()) + at - newest.at
}

// tooLong tells whether there would still be enough for the target delay with
// one packet less. A Pop for 20 ms may take several packets of less.
func (b *Buffer) tooLong(at time.Duration) bool {
	least := max(b.time(b.ring.front().length), audio.PTime)
	return b.waiting(at)-least >= b.target()+margin
}

// shorten drops the packet at the front if the delay has been too long for a
// while and the caller has not caught up.
func (b *Buffer) shorten(at time.Duration) {
	if b.stretches || b.ring.n == 1 || !b.tooLong(at) {
		b.excess = 0
		return
	}
	if at > b.lastPop {
		b.excess++
	}
	switch {
	case b.excess > dropLoud:
		b.excess -= dropEvery
	case b.quiet && b.excess > dropQuiet:
		b.excess--
	default:
		return
	}
	h := b.ring.front()
	b.stats.RemovedSamplesForAcceleration += b.samples(h.length)
	b.discard(h)
}

// discard drops the packet at the front unplayed. Push may call it: it leaves
// alone what the last Pop has handed out.
func (b *Buffer) discard(h *slot) {
	b.stats.PacketsDiscarded++
	b.begun, b.dropped = true, true
	b.pass(h, len(h.payload))
	b.owed = 0
}

// pass moves on to the end of the packet at the front. One or two bytes hold
// no sound but announce that nothing will be sent for a while (RFC 7587, 3.1.3).
func (b *Buffer) pass(h *slot, size int) {
	b.last = *h
	b.last.payload = nil
	b.silent = size <= 2
	b.next = h.end()
	b.ring.drop()
}
