package rtp

import (
	"net/netip"
	"testing"
	"time"
)

// sent is a row of packets from one source, 20 ms apart.
type sent struct {
	from      string
	ssrc      uint32
	seq       uint16
	n         int
	at        time.Duration // of the first
	authentic bool
	taken     int // how many of them are
}

func TestWhoIsBelieved(t *testing.T) {
	const (
		toldAt = "192.0.2.1:4000"
		moved  = "192.0.2.1:5999" // the same host by another port: behind NAT
		proxy  = "198.51.100.1:7000"
		thief  = "203.0.113.9:666"
	)
	for _, c := range []struct {
		name   string
		strict bool
		rows   []sent
		target string
	}{
		{"nobody has sent", false, nil, toldAt},
		{"the address that was told, at once", false, []sent{{from: toldAt, n: 3, taken: 3}}, toldAt},
		{"another port of the host, after two in a row", false, []sent{{from: moved, n: 3, taken: 2}}, moved},
		{"the signalling's host, after two in a row", false, []sent{{from: proxy, n: 3, taken: 2}}, proxy},
		{"a host that nobody named, after half a second", false, []sent{{from: thief, n: 26, taken: 2}}, thief},
		{
			"packets of nobody that are not in a row never", false,
			[]sent{
				{from: thief, seq: 10, n: 1},
				{from: thief, seq: 30, n: 1},
				{from: thief, seq: 50, n: 1},
				{from: thief, ssrc: 2, seq: 51, n: 24},
				{from: thief, ssrc: 3, seq: 75, n: 24},
			},
			toldAt,
		},
		{
			"who was named comes late, and gets the call back", false,
			[]sent{{from: thief, n: 100, taken: 76}, {from: moved, ssrc: 7, n: 3, at: 3 * time.Second, taken: 2}, {from: thief, n: 200, seq: 200, at: 4 * time.Second}},
			moved,
		},
		{
			"one packet from a host that was named does not keep the caller out", false,
			[]sent{{from: moved, n: 1}, {from: thief, ssrc: 7, n: 40, at: time.Second, taken: 16}},
			thief,
		},
		{
			"a stranger does not end the trial of who was named", false,
			[]sent{
				{from: moved, n: 1},
				{from: thief, n: 1, at: 10 * time.Millisecond},
				{from: moved, seq: 1, n: 1, at: 20 * time.Millisecond, taken: 1},
			},
			moved,
		},
		{
			"nor that of a caller whom nobody has named", false,
			[]sent{
				{from: "198.51.100.77:4000", n: 20},
				{from: thief, n: 1, at: 390 * time.Millisecond},
				{from: "198.51.100.77:4000", seq: 20, n: 10, at: 400 * time.Millisecond, taken: 6},
			},
			"198.51.100.77:4000",
		},
		{
			"a stranger does not come between", false,
			[]sent{{from: toldAt, n: 50, taken: 50}, {from: thief, n: 100, seq: 60, at: time.Second}},
			toldAt,
		},
		{
			"a stranger does not come in where the other pauses", false,
			[]sent{{from: toldAt, ssrc: 5, n: 50, taken: 50}, {from: thief, ssrc: 6, n: 1000, at: time.Minute}},
			toldAt,
		},
		{
			"nor with the right SSRC and a number far away", false,
			[]sent{{from: toldAt, ssrc: 5, n: 50, taken: 50}, {from: thief, ssrc: 5, seq: 20000, n: 1000, at: time.Minute}},
			toldAt,
		},
		{
			"a stream that goes on from elsewhere after a pause has moved", false,
			[]sent{{from: toldAt, ssrc: 5, n: 50, taken: 50}, {from: moved, ssrc: 5, seq: 51, n: 3, at: 4 * time.Second, taken: 2}},
			moved,
		},
		{
			"but not without a pause", false,
			[]sent{{from: toldAt, ssrc: 5, n: 50, taken: 50}, {from: moved, ssrc: 5, seq: 51, n: 10, at: time.Second}},
			toldAt,
		},
		{
			"under SRTP the newest authentic packet decides", false,
			[]sent{{from: toldAt, n: 5, authentic: true, taken: 5}, {from: thief, seq: 5, n: 1, authentic: true, taken: 1}},
			thief,
		},
		{
			"and not an old one that was held back", false,
			[]sent{{from: toldAt, seq: 10, n: 5, authentic: true, taken: 5}, {from: thief, seq: 9, n: 1, authentic: true, taken: 1}},
			toldAt,
		},
		{"without symmetry only what was told", true, []sent{{from: moved, n: 50}, {from: toldAt, n: 2, taken: 2}}, toldAt},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := path{strict: c.strict, hosts: netip.MustParseAddr("198.51.100.1")}
			p.tell(netip.MustParseAddrPort(toldAt))
			for i, row := range c.rows {
				taken := 0
				for n := range row.n {
					at := row.at + time.Duration(n)*20*time.Millisecond
					if p.takes(netip.MustParseAddrPort(row.from), row.ssrc, row.seq+uint16(n), row.authentic, at) {
						taken++
					}
				}
				if taken != row.taken {
					t.Errorf("row %d: %d packets taken: want %d", i, taken, row.taken)
				}
			}
			if got := p.target(); got != netip.MustParseAddrPort(c.target) {
				t.Errorf("sends to %v: want %v", got, c.target)
			}
		})
	}
}

func TestANewDescriptionMovesThePath(t *testing.T) {
	var p path
	before, after := netip.MustParseAddrPort("192.0.2.1:4000"), netip.MustParseAddrPort("192.0.2.2:4000")
	p.tell(before)
	p.takes(before, 1, 1, false, 0)
	p.tell(after)
	if p.target() != after {
		t.Errorf("sends to %v: want %v", p.target(), after)
	}
	if !p.takes(after, 9, 9, false, 20*time.Millisecond) {
		t.Error("does not take what comes from there")
	}
}
