package jitter_test

import (
	"cmp"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"huike/audio"
	"huike/audio/jitter"
)

const ms = time.Millisecond

// sent is a packet, when its first sample was spoken, and when it arrives.
type sent struct {
	audio.Packet
	pos     time.Duration // of its first sample in the sender's time
	length  time.Duration
	arrives time.Duration
	never   bool
}

// trace is what a sender sends and a network makes of it.
type trace []sent

// speak appends d of sound in packets of length each. Its payload tells its
// length and its number. A packet leaves when its last sample was spoken.
func (tr trace) speak(d, length time.Duration) trace {
	next := sent{Packet: audio.Packet{SSRC: 7, Sequence: 65500, Timestamp: 1<<32 - 48000}}
	if n := len(tr); n > 0 {
		next = tr[n-1]
		next.pos += next.length
		next.Timestamp += uint32(next.length * 48000 / time.Second)
		next.Sequence++
	}
	next.length = length
	for end := next.pos + d; next.pos+length <= end; next.pos += length {
		next.Payload = binary.BigEndian.AppendUint32([]byte{byte(length / ms)}, uint32(len(tr)))
		next.arrives, next.never = next.pos+length, false
		tr = append(tr, next)
		next.Timestamp += uint32(length * 48000 / time.Second)
		next.Sequence++
	}
	return tr
}

// pause lets the sender's clock run on without packets. If dtx, the last
// packet before it announces so.
func (tr trace) pause(d time.Duration, dtx bool) trace {
	n := len(tr) - 1
	if dtx {
		tr[n].Payload = tr[n].Payload[:1]
	}
	tr = tr.speak(d, 20*ms)
	last := tr[len(tr)-1]
	last.Sequence = tr[n].Sequence
	// The packet that ends the pause stands in for all of it: it is never sent,
	// and has the sequence number of the one before.
	last.never = true
	return append(tr[:n+1], last)
}

// each changes packets by f.
func (tr trace) each(f func(i int, s *sent)) trace {
	for i := range tr {
		f(i, &tr[i])
	}
	return tr
}

// lose loses that part of the packets.
func (tr trace) lose(part float64) trace {
	rng := rand.New(rand.NewPCG(1, 2))
	return tr.each(func(_ int, s *sent) {
		if rng.Float64() < part {
			s.never = true
		}
	})
}

// delay adds a uniformly distributed delay of up to most.
func (tr trace) delay(most time.Duration) trace {
	rng := rand.New(rand.NewPCG(3, 4))
	return tr.each(func(_ int, s *sent) { s.arrives += time.Duration(rng.Int64N(int64(most))) })
}

// stall holds back for d all that would arrive in the d from at on, and then
// delivers it at once.
func (tr trace) stall(at, d time.Duration) trace {
	return tr.each(func(_ int, s *sent) {
		if s.arrives >= at && s.arrives < at+d {
			s.arrives = at + d
		}
	})
}

// drift makes the sender's clock that much too fast.
func (tr trace) drift(ppm float64) trace {
	return tr.each(func(_ int, s *sent) { s.arrives = time.Duration(float64(s.arrives) * (1 - ppm*1e-6)) })
}

// heard is a piece with what was known when it was popped.
type heard struct {
	jitter.Popped
	number int           // of the packet in the trace, -1 for other kinds
	popped time.Duration // call time
	used   time.Duration // of sound handed out before it
}

// listener pops as a media loop does.
type listener struct {
	phase   time.Duration // of its ticks
	catchUp bool
	quiet   bool
	config  jitter.Config
}

func length(payload []byte) time.Duration {
	if len(payload) == 0 {
		return 0
	}
	return time.Duration(payload[0]) * ms
}

// listen runs the trace to 100 ms after its last packet.
func (l listener) listen(tb testing.TB, tr trace) ([]heard, jitter.Stats) {
	tb.Helper()
	l.config.Duration, l.config.Redundant = length, length
	b := jitter.New(l.config)
	b.Quiet(l.quiet)
	arrivals := slices.DeleteFunc(slices.Clone(tr), func(s sent) bool { return s.never })
	slices.SortStableFunc(arrivals, func(a, b sent) int { return cmp.Compare(a.arrives, b.arrives) })
	var out []heard
	var used, have time.Duration
	pop := func(at time.Duration) jitter.Popped {
		p := b.Pop(at, audio.PTime-have)
		h := heard{Popped: p, number: -1, popped: at, used: used}
		if p.Kind == jitter.Packet && len(p.Payload) >= 5 {
			h.number = int(binary.BigEndian.Uint32(p.Payload[1:]))
		}
		h.Payload, h.Next = slices.Clone(p.Payload), slices.Clone(p.Next)
		used += p.Duration
		out = append(out, h)
		return p
	}
	end := arrivals[len(arrivals)-1].arrives + 100*ms
	for at := l.phase; at < end; at += audio.PTime {
		for len(arrivals) > 0 && arrivals[0].arrives <= at {
			b.Push(&arrivals[0].Packet, arrivals[0].arrives)
			arrivals = arrivals[1:]
		}
		for have < audio.PTime {
			p := pop(at)
			have += p.Duration
			for l.catchUp && p.Surplus > 0 {
				p = pop(at)
			}
		}
		have -= audio.PTime
	}
	return out, b.Stats()
}

// kinds counts the time handed out of each kind.
func kinds(pieces []heard) map[jitter.Kind]time.Duration {
	sums := map[jitter.Kind]time.Duration{}
	for _, p := range pieces {
		sums[p.Kind] += p.Duration
	}
	return sums
}

// begin cuts off what was popped before the first packet.
func begin(pieces []heard) []heard {
	for i, p := range pieces {
		if p.Kind == jitter.Packet {
			return pieces[i:]
		}
	}
	return nil
}

// spread returns how far apart the packets' places in the time handed out are
// from their places in the time sent: 0 if not a sample was lost or put in.
func spread(tr trace, pieces []heard) time.Duration {
	var offsets []time.Duration
	for _, p := range pieces {
		if p.number >= 0 {
			offsets = append(offsets, p.used-tr[p.number].pos)
		}
	}
	return slices.Max(offsets) - slices.Min(offsets)
}

// waited returns the longest time from arrival to Pop of packets popped after from.
func waited(pieces []heard, from time.Duration) time.Duration {
	longest := time.Duration(0)
	for _, p := range pieces {
		if p.Kind == jitter.Packet && p.popped >= from {
			longest = max(longest, p.popped-p.At)
		}
	}
	return longest
}

// inOrder fails if a packet comes twice, out of order, or with another's At.
func inOrder(tb testing.TB, tr trace, pieces []heard) {
	tb.Helper()
	last := -1
	for _, p := range pieces {
		if p.number < 0 {
			continue
		}
		if p.number <= last {
			tb.Fatalf("packet %d after %d", p.number, last)
		}
		last = p.number
		if s := tr[p.number]; p.At != s.arrives || p.Timestamp != s.Timestamp || p.Duration != s.length {
			tb.Fatalf("packet %d: At %v, Timestamp %d, Duration %v; want %v, %d, %v",
				p.number, p.At, p.Timestamp, p.Duration, s.arrives, s.Timestamp, s.length)
		}
	}
}
