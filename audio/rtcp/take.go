package rtcp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/pion/rtcp"
)

// ErrMalformed is the error, wrapped, of a datagram that is no RTCP.
var ErrMalformed = errors.New("malformed RTCP")

const (
	headerBytes = 4
	maxNacks    = 128 // sequence numbers of one datagram; twice as many as a History holds
	// maxRoundTrip bounds what a peer can make us believe.
	maxRoundTrip = 30 * time.Second
	// window is how many packets halve what was known of loss before.
	window = 100
)

// Feedback is what one datagram of the peer's has said.
type Feedback struct {
	// Nacks are sequence numbers of our packets that the peer wants again (see
	// [History]). It is valid until the next Take.
	Nacks []uint16
	// Report is set if there was a report about our packets: Loss and RoundTrip of
	// the Session may have changed. Loss is the part that it says was lost since
	// the one before.
	Report bool
	Loss   float64
	// Bye is set if the source that is heard says that it leaves. It may come
	// back as another: the call's end is told by signalling.
	Bye bool
}

// remote is what the peer says of our packets.
type remote struct {
	reports   uint64
	highest   uint32
	lost      int32
	fraction  float64
	jitter    uint32
	loss      float64
	roundTrip time.Duration
	total     time.Duration
	measured  uint64
	nacks     uint64
	asked     [maxNacks]uint16
}

// Take reads a datagram that came at that call time: a compound packet, or any
// packets where the size was reduced (RFC 5506). What is well-formed and not
// known, or about other streams, is passed over. It keeps nothing of raw. If any
// part is malformed, all of it is refused with ErrMalformed, and counted.
func (s *Session) Take(raw []byte, at time.Duration) (Feedback, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := check(raw); err != nil {
		s.bad++
		return Feedback{}, err
	}
	feedback := Feedback{Nacks: s.remote.asked[:0]}
	for len(raw) > 0 {
		n := length(raw)
		s.take(raw[:n:n], at, &feedback)
		raw = raw[n:]
	}
	return feedback, nil
}

// length returns how many bytes the first packet has.
func length(raw []byte) int { return 4 * (int(binary.BigEndian.Uint16(raw[2:])) + 1) }

// least is how many bytes the packets have that are read here, without what
// follows as often as the header counts.
func least(kind rtcp.PacketType, count int) int {
	const block, ssrc = 24, 4
	switch kind {
	case rtcp.TypeSenderReport:
		return headerBytes + 24 + count*block
	case rtcp.TypeReceiverReport:
		return headerBytes + ssrc + count*block
	case rtcp.TypeGoodbye:
		return headerBytes + count*ssrc
	case rtcp.TypeTransportSpecificFeedback, rtcp.TypePayloadSpecificFeedback:
		return headerBytes + 2*ssrc
	default:
		return headerBytes
	}
}

// check refuses what is not a row of whole packets (RFC 3550, A.2).
func check(raw []byte) error {
	if len(raw) == 0 {
		return fmt.Errorf("0 bytes: %w", ErrMalformed)
	}
	for at := 0; at < len(raw); {
		rest := raw[at:]
		if len(rest) < headerBytes || rest[0]>>6 != 2 || rest[1] < 192 || rest[1] > 223 || length(rest) > len(rest) {
			return fmt.Errorf("no packet at byte %d of %d: %w", at, len(raw), ErrMalformed)
		}
		p := rest[:length(rest)]
		if p[0]&0x20 != 0 {
			padding := int(p[len(p)-1])
			if len(p) < len(rest) || padding == 0 || padding%4 != 0 || padding > len(p)-headerBytes {
				return fmt.Errorf("padding at byte %d of %d: %w", at, len(raw), ErrMalformed)
			}
			p = p[:len(p)-padding]
		}
		if len(p) < least(rtcp.PacketType(p[1]), int(p[0]&31)) {
			return fmt.Errorf("packet of %d bytes at byte %d: %w", len(p), at, ErrMalformed)
		}
		at += length(rest)
	}
	return nil
}

// take reads one packet that has passed check.
func (s *Session) take(p []byte, at time.Duration, feedback *Feedback) {
	count := int(p[0] & 31)
	if p[0]&0x20 != 0 {
		p = p[:len(p)-int(p[len(p)-1])]
	}
	switch rtcp.PacketType(p[1]) {
	case rtcp.TypeSenderReport:
		s.in.reported(binary.BigEndian.Uint32(p[4:]), binary.BigEndian.Uint64(p[8:]), at)
		s.takeBlocks(p[28:], count, at, feedback)
	case rtcp.TypeReceiverReport:
		s.takeBlocks(p[8:], count, at, feedback)
	case rtcp.TypeGoodbye:
		for i := range count {
			if ssrc := binary.BigEndian.Uint32(p[4+4*i:]); s.in.known && ssrc == s.in.ssrc {
				feedback.Bye = true
			}
		}
	case rtcp.TypeTransportSpecificFeedback:
		if p[0]&31 == rtcp.FormatTLN && binary.BigEndian.Uint32(p[8:]) == s.config.SSRC {
			s.remote.nacks++
			feedback.Nacks = appendAsked(feedback.Nacks, p[12:])
		}
	default: // names, video's needs, what is not known
	}
}

// appendAsked appends the sequence numbers of pairs, as far as there is room.
func appendAsked(asked []uint16, pairs []byte) []uint16 {
	for ; len(pairs) >= 4; pairs = pairs[4:] {
		first, more := binary.BigEndian.Uint16(pairs), binary.BigEndian.Uint16(pairs[2:])
		if len(asked) < cap(asked) {
			asked = append(asked, first)
		}
		for i := range uint16(16) {
			if more>>i&1 != 0 && len(asked) < cap(asked) {
				asked = append(asked, first+1+i)
			}
		}
	}
	return asked
}

// takeBlocks reads what is said about our packets.
func (s *Session) takeBlocks(p []byte, count int, at time.Duration, feedback *Feedback) {
	for ; count > 0; count-- {
		var block rtcp.ReceptionReport
		if err := block.Unmarshal(p); err != nil {
			return // cannot be: check has counted
		}
		p = p[24:]
		if block.SSRC != s.config.SSRC {
			continue
		}
		s.remote.take(&block)
		if trip, ok := s.out.trip(&block, at); ok {
			s.remote.roundTrip = trip
			s.remote.total += trip
			s.remote.measured++
		}
		feedback.Report, feedback.Loss = true, s.remote.fraction
	}
}

// take notes a report about our packets.
func (r *remote) take(block *rtcp.ReceptionReport) {
	fresh := block.LastSequenceNumber - r.highest
	if r.reports == 0 || fresh > 1<<16 {
		fresh = window // it began, or began anew
	}
	r.reports++
	r.highest = block.LastSequenceNumber
	r.lost = int32(block.TotalLost<<8) >> 8 // 24 bits with a sign
	r.fraction = float64(block.FractionLost) / 256
	r.jitter = block.Jitter
	r.loss += (r.fraction - r.loss) * float64(fresh) / float64(fresh+window)
}

// trip returns the round trip by a report that answers one of ours: the call
// time between, less what the peer held it (RFC 3550, 6.4.1).
func (out *outbound) trip(block *rtcp.ReceptionReport, at time.Duration) (time.Duration, bool) {
	if block.LastSenderReport == 0 {
		return 0, false
	}
	for _, sent := range out.sent {
		if sent.ntp != block.LastSenderReport {
			continue
		}
		held := time.Duration(block.Delay) * time.Second >> 16
		trip := at - sent.at - held
		// The peer's clock counts in 15 us: a trip on the same machine may come out
		// shorter than none.
		if trip < -time.Second || trip > maxRoundTrip {
			return 0, false
		}
		return max(trip, time.Microsecond), true
	}
	return 0, false
}
