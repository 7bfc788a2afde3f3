package trace

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"time"
)

const msec = time.Millisecond

// Generated returns the traces of testdata/packets, each lasting that long,
// made from the seed: the same every time. Their networks are models, not
// measurements; what each does stands in its About.
func Generated(seed uint64, length time.Duration) []Trace {
	var traces []Trace
	for _, n := range networks() {
		hash := fnv.New64a()
		_, _ = hash.Write([]byte(n.name))                                // never fails
		g := &network{random: rand.New(rand.NewPCG(seed, hash.Sum64()))} //nolint:gosec // must come out the same each time
		t := Trace{Name: n.name, About: fmt.Sprintf("%s: %s (seed %d)", n.name, n.about, seed)}
		t.Packets = g.send(length, n.length, n.drift)
		n.carry(g, t.Packets)
		if !n.overtakes {
			inOrder(t.Packets)
		}
		traces = append(traces, t)
	}
	return traces
}

// model is a network that Generated knows.
type model struct {
	name, about string
	length      func(at time.Duration) time.Duration // of the packets that are sent then; nil: 20 ms
	drift       float64                              // of the sender's clock, in parts per million
	overtakes   bool                                 // packets may come out of order
	carry       func(g *network, packets []Packet)
}

func networks() []model {
	return []model{
		{name: "clean", about: "a steady line, 30 ms and up to 1 ms more", carry: func(g *network, p []Packet) {
			g.spread(p, 30*msec, 0.3)
		}},
		{name: "wifi", about: "Wi-Fi: every few seconds others hold the air for 40 to 160 ms, and what waited comes at once; 0.3 % lost", carry: (*network).wifi},
		{name: "lte", about: "LTE: packets wait for a slot of up to 8 ms; a handover every 8 to 12 s stalls 60 to 180 ms and steps the delay to 40 to 110 ms", carry: (*network).lte},
		{name: "bloat", about: "bufferbloat: a download fills the queue to 250 to 450 ms within 4 to 8 s, loses a packet or a few, and drains", carry: (*network).bloat},
		{name: "jitter", about: "a line with 0 to 60 ms of even jitter, in order", carry: func(g *network, p []Packet) {
			for i := range p {
				p[i].Arrived += 30*msec + time.Duration(g.random.Int64N(int64(60*msec)))
			}
		}},
		{name: "reorder", about: "two ways of 30 and 55 ms: one packet in twelve takes the long one and is overtaken", overtakes: true, carry: func(g *network, p []Packet) {
			g.spread(p, 30*msec, 1)
			for i := range p {
				if g.random.IntN(12) == 0 {
					p[i].Arrived += 25 * msec
				}
			}
		}},
		{name: "loss1", about: "Gilbert-Elliott loss of 1 %, runs of 1.25 packets on average", carry: gilbert(0.01, 1.25)},
		{name: "loss5", about: "Gilbert-Elliott loss of 5 %, runs of 1.5 packets on average", carry: gilbert(0.05, 1.5)},
		{name: "loss10", about: "Gilbert-Elliott loss of 10 %, runs of 2 packets on average", carry: gilbert(0.10, 2)},
		{name: "loss20", about: "Gilbert-Elliott loss of 20 %, runs of 2.5 packets on average", carry: gilbert(0.20, 2.5)},
		{name: "fast", about: "a sender whose clock is 500 ppm fast, on a line with a little jitter", drift: 500, carry: func(g *network, p []Packet) { g.spread(p, 30*msec, 2) }},
		{name: "slow", about: "a sender whose clock is 500 ppm slow, on a line with a little jitter", drift: -500, carry: func(g *network, p []Packet) { g.spread(p, 30*msec, 2) }},
		{name: "ptimes", about: "packets of 20, 10, 60, 40 and 20 ms in turn, on a line with a little jitter and 1 % loss", length: func(at time.Duration) time.Duration {
			return [...]time.Duration{20 * msec, 10 * msec, 60 * msec, 40 * msec, 20 * msec}[int(at/(5*time.Second))%5]
		}, carry: func(g *network, p []Packet) {
			g.spread(p, 30*msec, 4)
			g.lose(p, 0.01, 1)
		}},
		{name: "stalls", about: "nothing for 0.3 to 1 s about every 8 s, then all of it at once", carry: func(g *network, p []Packet) {
			g.spread(p, 30*msec, 1)
			g.hold(p, 6*time.Second, 10*time.Second, 300*msec, time.Second)
		}},
	}
}

// network makes a trace.
type network struct{ random *rand.Rand }

// send returns the packets of a sender; each leaves when its last sample was
// spoken, and has arrived at once.
func (g *network) send(length time.Duration, ptime func(time.Duration) time.Duration, drift float64) []Packet {
	var packets []Packet
	sequence, timestamp := uint16(g.random.Uint32()), g.random.Uint32()
	for at := time.Duration(0); at < length; {
		p := Packet{Sequence: sequence, Timestamp: timestamp, Length: 20 * msec}
		if ptime != nil {
			p.Length = ptime(at)
		}
		at += p.Length
		p.Sent = time.Duration(float64(at) * (1 - drift*1e-6))
		p.Arrived = p.Sent
		packets = append(packets, p)
		sequence++
		timestamp += uint32(p.Length * ClockRate / time.Second)
	}
	return packets
}

// spread adds base to each packet's way, and a little that is exponentially
// distributed with that mean, in milliseconds.
func (g *network) spread(packets []Packet, base time.Duration, mean float64) {
	for i := range packets {
		packets[i].Arrived += base + time.Duration(min(g.random.ExpFloat64(), 5)*mean*float64(msec))
	}
}

// between returns a time from low to high.
func (g *network) between(low, high time.Duration) time.Duration {
	return low + time.Duration(g.random.Int64N(int64(high-low)))
}

// hold stalls the line once every gap, for a time between low and high.
func (g *network) hold(packets []Packet, leastGap, mostGap, low, high time.Duration) {
	for at := g.between(leastGap, mostGap); at < packets[len(packets)-1].Arrived; at += g.between(leastGap, mostGap) {
		end := at + g.between(low, high)
		for i := range packets {
			if p := &packets[i]; p.Arrived >= at && p.Arrived < end {
				p.Arrived = end
			}
		}
	}
}

// lose loses a share of the packets in runs of that mean length: Gilbert's
// model of two states, in the bad one of which nothing gets through.
func (g *network) lose(packets []Packet, share, run float64) {
	leave := 1 / run
	enter := leave * share / (1 - share)
	bad := false
	for i := range packets {
		if bad {
			bad = g.random.Float64() >= leave
		} else {
			bad = g.random.Float64() < enter
		}
		packets[i].Lost = packets[i].Lost || bad
	}
}

func gilbert(share, run float64) func(*network, []Packet) {
	return func(g *network, packets []Packet) {
		g.spread(packets, 30*msec, 2)
		g.lose(packets, share, run)
	}
}

func (g *network) wifi(packets []Packet) {
	g.spread(packets, 15*msec, 2)
	g.hold(packets, 1500*msec, 4500*msec, 40*msec, 160*msec)
	g.hold(packets, 300*msec, 1200*msec, 5*msec, 30*msec)
	g.lose(packets, 0.003, 1)
}

func (g *network) lte(packets []Packet) {
	base, next := 60*msec, g.between(6*time.Second, 9*time.Second)
	stall := time.Duration(0)
	for i := range packets {
		p := &packets[i]
		if p.Sent >= next {
			stall = next + base + g.between(60*msec, 180*msec)
			base, next = g.between(40*msec, 110*msec), next+g.between(8*time.Second, 12*time.Second)
		}
		p.Arrived = max(p.Arrived+base+time.Duration(g.random.IntN(5))*2*msec, stall)
	}
}

func (g *network) bloat(packets []Packet) {
	const idle = 25 * msec
	queue, top, grows := time.Duration(0), g.between(250*msec, 450*msec), g.between(4*time.Second, 8*time.Second)
	filling := false
	turn := g.between(3*time.Second, 5*time.Second)
	for i := range packets {
		p := &packets[i]
		switch {
		case filling:
			queue += time.Duration(float64(top) * float64(p.Length) / float64(grows))
			if queue >= top {
				filling, turn = false, p.Sent+g.between(3*time.Second, 6*time.Second)
				p.Lost = true
				if i > 0 && g.random.IntN(2) == 0 {
					packets[i-1].Lost = true
				}
			}
		case p.Sent >= turn:
			filling, top, grows = true, g.between(250*msec, 450*msec), g.between(4*time.Second, 8*time.Second)
		default:
			queue = max(0, queue-p.Length/3)
		}
		p.Arrived += idle + queue + time.Duration(g.random.Int64N(int64(4*msec)))
	}
}

// inOrder makes the line one queue: no packet overtakes another.
func inOrder(packets []Packet) {
	for i := 1; i < len(packets); i++ {
		packets[i].Arrived = max(packets[i].Arrived, packets[i-1].Arrived)
	}
}
