// Package jitter puts the packets of one stream back in order and in time. It
// counts time, never packets: a packet may hold 10 ms or 60, and the next one
// something else. What it hands out is the sender's time without holes; for
// what did not come it says whether it is lost, was never spoken, or is not
// here yet. It decodes nothing, reads no clock and starts no goroutine.
//
// # How long a packet waits
//
// A packet that is here when its time comes is handed out at once; on a steady
// network it waits for the next Pop and no longer. How late packets come is
// kept in a histogram that forgets, of the latest packet of each half second;
// a percentile of it is the target delay. Stalls that keep their distance are
// waited for only when they are due, and packets that are overdue for so long
// that more of a stall is likely make what is left last longer. While packets are being lost and
// those that come carry a copy of the one before (Opus in-band FEC), the target
// is a packet more, so that the copy is at hand when it is needed.
//
// How the delay gets there depends on who calls Pop. One who stretches sound
// ([Config.Stretches]: who plays it to a person) is told by [Popped.Excess] how
// much too long or too short the delay is, in every piece. One who does not is
// told by [Popped.Surplus] that it may take more at once (a recogniser, which
// needs no even time), and if it does not take it, packets are dropped. Silence
// is put in and left out wherever there is some.
package jitter

import "time"

// Config describes the stream. Its zero value is for Opus.
type Config struct {
	ClockRate int // of the timestamps, in hertz; 0 means 48000

	// Duration returns how much sound a payload holds, 0 if it is malformed:
	// such packets are counted and dropped. It is called by Push and must not
	// call the Buffer. Nil takes every packet for 20 ms.
	Duration func(payload []byte) time.Duration

	// Redundant returns how much of the sound before its own a payload carries a
	// copy of, which makes the lost piece before it no concealment. It is called
	// by Push and Pop and must not call the Buffer. Nil: none ever.
	Redundant func(payload []byte) time.Duration

	// MaxDelay bounds the target delay, not the recovery from a stall.
	// 0 means 200 ms.
	MaxDelay time.Duration

	// Stretches says that the caller of Pop makes pieces shorter and longer by
	// Excess, so that no packet needs to be dropped to make the delay shorter.
	Stretches bool
}

// Kind tells what a Pop has brought.
type Kind uint8

// Kinds of Popped.
const (
	Empty  Kind = iota // nothing has come yet: conceal, then fade out
	Packet             // decode the payload
	Lost               // conceal; the packet after it has come
	Gap                // the sender sent nothing, having nothing to say: silence
)

// String returns the kind in lower case.
func (k Kind) String() string {
	switch k {
	case Packet:
		return "packet"
	case Lost:
		return "lost"
	case Gap:
		return "gap"
	default:
		return "empty"
	}
}

// Popped is the next piece of the stream.
//
// Packets, lost ones and gaps together are the sender's time, each piece once.
// Empty is time that passes here while the sender's stands still: if the sound
// still comes, it comes after it; if it turns out to be lost, the Empty is
// taken for its place and it is not handed out again as Lost.
type Popped struct {
	Kind Kind

	// Duration is how much sound this piece stands for: decode or make that much.
	Duration time.Duration

	// Redundant says that Next carries a copy of what is lost, or of its end.
	Redundant bool

	Payload []byte // of a Packet; valid until the next Pop

	// Next is the payload that directly follows a Lost piece, for forward error
	// correction, else nil. It is valid until the next Pop.
	Next []byte

	// At is the call time at which the packet arrived; for other kinds, when it
	// would have. A reordered packet has an At after that of its successor.
	At time.Duration

	Timestamp uint32 // of the piece's first sample, in units of the codec's clock

	// Announced says of a Gap that the packet before it has told of it (DTX).
	Announced bool

	// Jump says that something before this piece was left out without anything in
	// its place.
	Jump bool

	// Lasted is how long there has been nothing but this Kind, this piece
	// included: Empty for 1 s is a stall of the network, not a pause in speech.
	Lasted time.Duration

	// Surplus is how much more sound is here, beyond the target delay. A caller
	// that can use sound faster than it was spoken (a recogniser, not an ear)
	// should Pop again at once while Surplus is positive: so it catches up after
	// a stall and loses nothing. If it does not, the Buffer will drop packets.
	Surplus time.Duration

	// Excess is how much longer than the target asks for this piece has waited,
	// negative if it is played too early. It is 0 while it does not matter.
	Excess time.Duration
}
