// Package audio is the vocabulary of sound: what travels on the wire, what
// comes out of a decoder, and how long each of them lasts. It knows sound and
// not what it means. The folders below it each hold one step of a frame's way.
package audio

import (
	"strconv"
	"time"
)

// PTime is how much sound one packet that huike sends, and one [Frame], holds.
const PTime = 20 * time.Millisecond

// Rate is the sampling rate in hertz at which huike hears and speaks inside a
// call. Everything between a decoder and an encoder is mono at this rate.
const Rate = 16000

// FrameSamples is the length of a [Frame]: one [PTime] at [Rate].
const FrameSamples = Rate / 50

// Frame is one [PTime] of decoded sound: [FrameSamples] signed 16-bit samples,
// mono, at [Rate]. Who fills a Frame owns it; who is given one reads it during
// the call only, unless the function says otherwise.
type Frame []int16

// Packet is one encoded packet of a stream as RFC 3550 has it.
type Packet struct {
	SSRC        uint32
	Sequence    uint16
	Timestamp   uint32 // in units of the codec's clock
	Marker      bool   // first packet of a talk spurt
	Noise       bool   // the payload is comfort noise (RFC 3389), heard until there is sound again
	PayloadType uint8
	Payload     []byte // valid until the next read from the same source
}

// Format names an encoding of sound on the wire.
type Format struct {
	Name      string // as in RFC 4855, lower case: "opus", "pcmu"
	ClockRate int    // in hertz; 48000 for Opus whatever it carries (RFC 7587)

	// Loss is how many packets in a hundred an encoder should expect to be lost:
	// 0, 10 or 25, as codec.ForLoss chooses. It changes how the sound is protected
	// and nothing of how it is read, so it is no part of what two parties agree on.
	Loss uint8
}

// String returns the format as SDP writes it, such as "opus/48000". It leaves
// Loss out.
func (f Format) String() string { return f.Name + "/" + strconv.Itoa(f.ClockRate) }

// Samples returns how many samples of one channel last d at rate hertz.
func Samples(d time.Duration, rate int) int {
	return int(d * time.Duration(rate) / time.Second)
}

// Duration returns how long n samples of one channel last at rate hertz.
func Duration(n, rate int) time.Duration {
	return time.Duration(n) * time.Second / time.Duration(rate)
}
