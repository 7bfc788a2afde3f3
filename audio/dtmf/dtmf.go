// Package dtmf is the keys of a telephone as named events in RTP (RFC 4733): out
// of the packets that come, and into packets to send. It does no I/O, reads no
// clock and knows no SDP. It neither finds nor makes the tones themselves: a
// peer that knows no events must be told its keys by other means.
package dtmf

// MIMEType is the subtype under which SDP offers these packets.
const MIMEType = "telephone-event"

// Keys are the events 0 to 15 that a telephone has, in their order (RFC 4733,
// 3.2).
const Keys = "0123456789*#ABCD"

// PayloadBytes is the length of one event's report.
const PayloadBytes = 4

const (
	endBit    = 0x80
	longest   = 1<<16 - 1 // clock units that one report can count
	maxBehind = 3000      // packets by which one may be late; beyond, the sender began anew
)
