package rtcp

import (
	"time"

	"huike/audio"
)

const (
	maxAhead  = 3000 // sequence numbers that may be missing (RFC 3550, A.1)
	maxBehind = 100  // by which a packet may be late
)

// inbound counts the stream that is heard (RFC 3550, A.1, A.3 and A.8).
type inbound struct {
	known    bool
	ssrc     uint32
	base     uint32 // extended sequence number of the first packet
	highest  uint32 // extended sequence number of the newest
	received uint32
	octets   uint64

	expectedBefore, receivedBefore uint32 // at the last report
	lostEarlier, receivedEarlier   int64  // of streams whose place this one took

	next     uint16 // what would continue a stream that begins anew
	nextSSRC uint32
	waiting  bool // for it

	timed   bool
	transit uint32 // arrival less timestamp, in clock units
	stamp   uint32
	jitter  float64 // in clock units

	report    uint32 // middle bits of the peer's last sender report, of reportSSRC
	reportAt  time.Duration
	reportOf  uint32
	hasReport bool
}

// add counts a packet.
func (in *inbound) add(p *audio.Packet, at time.Duration, rate int) {
	if !in.place(p) {
		return
	}
	in.received++
	in.octets += uint64(len(p.Payload))
	// Packets of one key share a timestamp and packets out of order tell of the
	// network's disorder, not of its delay: neither is timed.
	if uint16(in.highest) != p.Sequence || in.timed && p.Timestamp == in.stamp {
		return
	}
	transit := units(at, rate) - p.Timestamp
	if apart := int32(transit - in.transit); in.timed && max(apart, -apart) < int32(5*rate) {
		in.jitter += (float64(max(apart, -apart)) - in.jitter) / 16
	}
	in.timed, in.transit, in.stamp = true, transit, p.Timestamp
}

// place moves the highest sequence number on and tells whether the packet is of
// the stream.
func (in *inbound) place(p *audio.Packet) bool {
	if !in.known {
		in.begin(p)
		return true
	}
	ahead := p.Sequence - uint16(in.highest)
	if p.SSRC == in.ssrc && (ahead < maxAhead || -ahead <= maxBehind) {
		in.waiting = false
		if ahead < maxAhead {
			in.highest += uint32(ahead)
		}
		return true
	}
	// Another stream, or one that begins anew, is believed with its second packet.
	if in.waiting && p.SSRC == in.nextSSRC && p.Sequence == in.next {
		in.lostEarlier += in.lost()
		in.receivedEarlier += int64(in.received)
		in.begin(p)
		return true
	}
	in.waiting, in.nextSSRC, in.next = true, p.SSRC, p.Sequence+1
	return false
}

func (in *inbound) begin(p *audio.Packet) {
	in.known, in.ssrc = true, p.SSRC
	in.base, in.highest = uint32(p.Sequence), uint32(p.Sequence)
	in.received, in.expectedBefore, in.receivedBefore = 0, 0, 0
	in.timed, in.waiting = false, false
}

func (in *inbound) expected() uint32 {
	if !in.known {
		return 0
	}
	return in.highest - in.base + 1
}

// lost is negative where packets came twice (RFC 3550, 6.4.1).
func (in *inbound) lost() int64 { return int64(in.expected()) - int64(in.received) }

func (in *inbound) lostInAll() int64     { return in.lost() + in.lostEarlier }
func (in *inbound) receivedInAll() int64 { return int64(in.received) + in.receivedEarlier }

// fraction returns what was lost since it was asked last, in 1/256.
func (in *inbound) fraction() uint8 {
	expected := int64(in.expected() - in.expectedBefore)
	lost := expected - int64(in.received-in.receivedBefore)
	in.expectedBefore, in.receivedBefore = in.expected(), in.received
	if expected <= 0 || lost <= 0 {
		return 0
	}
	return uint8(min(lost<<8/expected, 255))
}

// reported takes note of the peer's sender report.
func (in *inbound) reported(ssrc uint32, ntp uint64, at time.Duration) {
	in.hasReport, in.reportOf, in.report, in.reportAt = true, ssrc, uint32(ntp>>16), at
}

// units returns a time in clock units, which wrap.
func units(at time.Duration, rate int) uint32 {
	return uint32(int64(at/time.Second)*int64(rate) + int64(at%time.Second)*int64(rate)/int64(time.Second))
}
