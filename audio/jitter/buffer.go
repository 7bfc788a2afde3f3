package jitter

import (
	"sync"
	"time"

	"huike/audio"
)

const (
	// margin keeps decisions about the delay from being taken and taken back.
	margin = 2 * time.Millisecond
	// lossy is the part of packets lost from which on losses are reckoned with.
	lossy = 0.004
	// worthwhile is the part of packets that could be had back by their copies
	// from which on it pays to wait for the next packet.
	worthwhile = 0.001
	// memory is the weight of a packet among those before it: 256 of them.
	memory = 1.0 / 256
	// slackPerson and slackOther are how much longer than a packet one waits for a
	// copy. Who hears in real time pops in steps and is late more often.
	slackPerson, slackOther = 15 * time.Millisecond, 6 * time.Millisecond
	// jump is how much too early a packet comes whose sender has set its clock.
	jump = time.Second
)

// A Buffer holds the packets of one stream between the goroutine that receives
// them, which calls Push, and the one that plays them, which calls Pop.
type Buffer struct {
	clock     int64 // units a second
	duration  func([]byte) time.Duration
	redundant func([]byte) time.Duration
	maxDelay  time.Duration
	stretches bool

	mu        sync.Mutex
	source    source
	stranger  stranger
	lateness  estimator
	ring      ring
	stats     Stats
	transit   time.Duration // of the last packet, for Stats.Jitter
	loss      float64       // part of the packets lately lost
	copyShare float64       // part of the packets that lately carried a copy

	// What Pop has got to.
	begun   bool
	next    int64         // timestamp of the first sample not yet handed out
	owed    int64         // clock units handed out as Empty or Gap since, on account
	last    slot          // packet passed last, without its payload
	silent  bool          // it announced silence
	pausing bool          // comfort noise came after the newest packet: nothing more is due
	out     []byte        // Popped.Payload
	fec     []byte        // Popped.Next
	offset  time.Duration // Pop of that packet less its end
	lastPop time.Duration
	left    time.Duration // of the pieces before, at this Pop
	excess  int           // Pops in a row that found too much waiting
	quiet   bool
	dropped bool // a packet, since the last one handed out
	asked   [maxAsked]ask

	roundTrip time.Duration // as Missing was told
	obliged   float64       // part of what was lately asked for that came
	hopeless  int           // packets that were missing and could not be here in time
	probed    int64         // the last of them
	passed    int64         // packet that was missing and has not been asked for; 0: none

	kind       Kind // of the piece handed out last
	lasted     time.Duration
	concealing bool
}

// New returns an empty Buffer for one stream.
func New(config Config) *Buffer {
	b := &Buffer{
		clock:     int64(config.ClockRate),
		duration:  config.Duration,
		redundant: config.Redundant,
		maxDelay:  config.MaxDelay,
		stretches: config.Stretches,
		lateness:  newEstimator(config.Stretches),
	}
	if b.clock <= 0 {
		b.clock = 48000
	}
	if b.duration == nil {
		b.duration = func([]byte) time.Duration { return audio.PTime }
	}
	if b.maxDelay <= 0 {
		b.maxDelay = 200 * time.Millisecond
	}
	return b
}

// Push takes a packet that arrived at call time at. It copies what it keeps of
// p and never blocks for longer than a Pop takes. Packets come from one
// goroutine. Only packets of sound belong here: those of RFC 4733 (digits)
// share a timestamp and go elsewhere.
func (b *Buffer) Push(p *audio.Packet, at time.Duration) {
	length := b.duration(p.Payload)
	b.mu.Lock()
	defer b.mu.Unlock()
	if length <= 0 || len(p.Payload) == 0 {
		b.stats.PacketsMalformed++
		return
	}
	seq, ts, ok := b.source.place(p)
	if !ok {
		b.stats.PacketsStray++
		if b.stranger.add(p, at, length) {
			b.adopt()
		}
		return
	}
	if p.SSRC == b.source.ssrc {
		b.stranger.n = 0 // the stream that is believed lives
	}
	b.accept(p, seq, ts, at, length)
}

// Pause takes a packet of comfort noise (RFC 3389): the sender has nothing to say
// until the next packet of sound, and nothing will be due. Its number is that of the
// sound before it. It returns false if the stream has gone on since, or is another.
func (b *Buffer) Pause(p *audio.Packet) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.source.begun && (p.SSRC != b.source.ssrc || int16(p.Sequence-b.source.wireSeq) < 0) {
		return false
	}
	b.pausing = true
	return true
}

// adopt makes the stranger's stream the believed one. What waits of the old
// one is still played, and the new one follows as the packets arrived.
func (b *Buffer) adopt() {
	b.stats.Restarts++
	b.stats.PacketsStray -= probation
	s := &b.stranger
	b.source.restart(&s.packets[0], b.followOn(s.at[0], b.units(s.length[0])))
	for i := range s.packets {
		p := &s.packets[i]
		if seq, ts, ok := b.source.place(p); ok {
			b.accept(p, seq, ts, s.at[i], s.length[i])
		}
	}
	s.n = 0
}

// followOn returns the timestamp that a packet has to have that arrived at
// call time at, not delayed, after all that came before.
func (b *Buffer) followOn(at time.Duration, length int64) int64 {
	ts := b.units(at-b.lateness.base) - length
	if b.begun {
		ts = max(ts, b.next)
	}
	if b.ring.n > 0 {
		ts = max(ts, b.ring.back().end())
	}
	return ts
}

func (b *Buffer) accept(p *audio.Packet, seq, ts int64, at, length time.Duration) {
	units := b.units(length)
	if b.lateness.early(at, b.time(ts+units)) > jump {
		ts = b.followOn(at, units)
	}
	b.stats.PacketsReceived++
	b.pausing = b.pausing && seq <= b.source.seq
	if !b.source.accept(p, seq, ts) {
		b.stats.PacketsDuplicated++
		return
	}
	b.measure(at, ts, units)
	b.learnAnswer(seq)
	if b.redundant != nil {
		b.learnCopies(b.redundant(p.Payload) > 0)
	}
	if b.begun && ts+units/2 < b.next {
		b.stats.PacketsLate++
		b.stats.PacketsDiscarded++
		return
	}
	if b.ring.full() {
		b.discard(b.ring.front())
	}
	if !b.ring.insert(slot{seq: seq, ts: ts, length: units, rtp: p.Timestamp, at: at, payload: p.Payload}) {
		b.stats.PacketsDiscarded++ // another packet has this place
	}
}

// learnCopies updates the part of packets that carry a copy: at the beginning of
// a stream the mean of those that came.
func (b *Buffer) learnCopies(copied bool) {
	weight := max(memory, 1/float64(max(1, b.source.received)))
	b.copyShare -= b.copyShare * weight
	if copied {
		b.copyShare += weight
	}
}

// measure learns from the arrival of a packet.
func (b *Buffer) measure(at time.Duration, ts, units int64) {
	end := b.time(ts + units)
	b.lateness.observe(at, end)
	if transit := at - end; b.source.received > 1 {
		b.stats.Jitter += ((transit - b.transit).Abs() - b.stats.Jitter) / 16
	}
	b.transit = at - end
}

// Quiet tells the buffer whether the sound handed out lately is silence, where
// packets may be dropped or silence be put in unnoticed.
func (b *Buffer) Quiet(quiet bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.quiet = quiet
}

// wanted returns how long packets should wait so that late ones come in time.
// The caller holds mu, as for all that is not exported.
func (b *Buffer) wanted() time.Duration { return min(b.lateness.want(), b.maxDelay) }

// target returns how long packets should wait until they are played.
func (b *Buffer) target() time.Duration {
	target := b.wanted()
	slack := slackOther
	if b.stretches {
		slack = slackPerson
	}
	if b.awaitsCopies() {
		target = max(target, min(b.time(b.last.length)+target/2+slack, b.maxDelay))
	}
	if b.awaitsRepeats() {
		target = max(target, min(b.repeated(), b.maxDelay))
	}
	return target
}

// awaitsCopies tells whether packets wait for the next one's copy of them. To
// one who catches up it costs hardly anything: one loss is reason enough for
// some seconds.
func (b *Buffer) awaitsCopies() bool { return b.copyShare*b.loss > worthwhile }

// units and time convert between clock units and durations.
func (b *Buffer) units(d time.Duration) int64 {
	return int64(d/time.Second)*b.clock + int64(d%time.Second)*b.clock/int64(time.Second)
}

func (b *Buffer) time(units int64) time.Duration {
	return time.Duration(units/b.clock)*time.Second + time.Duration(units%b.clock)*time.Second/time.Duration(b.clock)
}
