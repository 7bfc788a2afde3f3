package rtcp

import (
	"time"

	"github.com/pion/rtcp"

	"huike/audio"
)

const (
	maxPairs = 64         // of sequence numbers in one request: 320 bytes
	from1900 = 2208988800 // seconds to 1970
)

// outbound counts the stream that is sent.
type outbound struct {
	packets, octets, resent, nacks uint64

	stamp    uint32 // of the newest packet
	at       time.Duration
	reported uint64 // packets at the last report
	idle     int    // reports since there was anything to report

	sent [8]moment // our sender reports, by turns
	next int
}

// moment is when one of our sender reports left.
type moment struct {
	ntp uint32 // its middle bits; 0 for none
	at  time.Duration
}

func (out *outbound) add(p *audio.Packet, at time.Duration) {
	out.packets++
	out.octets += uint64(len(p.Payload))
	out.stamp, out.at = p.Timestamp, at
}

// Append appends the report that is due to dst and sets the time of the next: a
// sender report where sound was sent lately, else a receiver report, and who
// sends it (RFC 3550, 6.1). at is now in call time, wall the same by the clock on
// the wall.
func (s *Session) Append(dst []byte, at time.Duration, wall time.Time) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.due = at + s.drawn(s.config.Interval)
	var blocks []rtcp.ReceptionReport
	if s.in.known {
		blocks = []rtcp.ReceptionReport{s.in.block(at)}
	}
	out := &s.out
	if out.packets > out.reported {
		out.idle = 0
	} else {
		out.idle++
	}
	out.reported = out.packets
	if out.packets == 0 || out.idle >= 2 { // sent nothing for two reports (RFC 3550, 6.4)
		return s.append(dst, &rtcp.ReceiverReport{SSRC: s.config.SSRC, Reports: blocks})
	}
	ntp := ntpOf(wall)
	out.sent[out.next] = moment{ntp: uint32(ntp >> 16), at: at}
	out.next = (out.next + 1) % len(out.sent)
	return s.append(dst, &rtcp.SenderReport{
		SSRC:        s.config.SSRC,
		NTPTime:     ntp,
		RTPTime:     out.stamp + units(at-out.at, s.config.ClockRate),
		PacketCount: uint32(out.packets + out.resent),
		OctetCount:  uint32(out.octets),
		Reports:     blocks,
	})
}

// AppendNack appends a request for the packets of these sequence numbers, in
// ascending order, to dst (RFC 4585, 6.2.1). It appends nothing as long as
// nothing has been heard.
func (s *Session) AppendNack(dst []byte, seqs []uint16) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.in.known || len(seqs) == 0 {
		return dst
	}
	pairs := rtcp.NackPairsFromSequenceNumbers(seqs)
	s.out.nacks++
	if !s.config.ReducedSize {
		dst = s.append(dst, &rtcp.ReceiverReport{SSRC: s.config.SSRC})
	}
	return join(dst, &rtcp.TransportLayerNack{
		SenderSSRC: s.config.SSRC, MediaSSRC: s.in.ssrc, Nacks: pairs[:min(len(pairs), maxPairs)],
	})
}

// AppendBye appends to dst that this end is leaving (RFC 3550, 6.6).
func (s *Session) AppendBye(dst []byte) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	dst = s.append(dst, &rtcp.ReceiverReport{SSRC: s.config.SSRC})
	return join(dst, &rtcp.Goodbye{Sources: []uint32{s.config.SSRC}})
}

// append appends a report and who sends it.
func (s *Session) append(dst []byte, report rtcp.Packet) []byte {
	cname := s.config.CNAME
	return join(join(dst, report), rtcp.NewCNAMESourceDescription(s.config.SSRC, cname[:min(len(cname), 255)]))
}

// join appends a packet to a compound. All that is joined here can be written.
func join(dst []byte, p rtcp.Packet) []byte {
	raw, err := p.Marshal()
	if err != nil {
		return dst
	}
	return append(dst, raw...)
}

// block is what the peer is told about its packets.
func (in *inbound) block(at time.Duration) rtcp.ReceptionReport {
	const most, least = 1<<23 - 1, -1 << 23
	block := rtcp.ReceptionReport{
		SSRC:               in.ssrc,
		FractionLost:       in.fraction(),
		TotalLost:          uint32(min(max(in.lost(), least), most)) & (1<<24 - 1),
		LastSequenceNumber: in.highest,
		Jitter:             uint32(in.jitter),
	}
	if in.hasReport && in.reportOf == in.ssrc {
		block.LastSenderReport = in.report
		block.Delay = units(at-in.reportAt, 1<<16)
	}
	return block
}

// ntpOf returns a time as NTP has it: seconds since 1900 and their 32-bit
// fraction.
func ntpOf(wall time.Time) uint64 {
	seconds := uint64(wall.Unix() + from1900)
	return seconds<<32 | uint64(wall.Nanosecond())<<32/uint64(time.Second)
}
