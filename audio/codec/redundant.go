package codec

import (
	"time"
)

// Redundant returns how much of the sound right before its own the payload
// carries a copy of (in-band FEC, RFC 6716, 2.1.7), 0 if none: the copy, too,
// is left out where there was nothing to hear. It touches no state and may be
// called by any goroutine.
func (*opusDecoder) Redundant(payload []byte) time.Duration {
	first := firstFrame(payload)
	if len(first) == 0 || payload[0]&0x80 != 0 { // no frame, or CELT, which has no copy
		return 0
	}
	length := opusFrame(payload[0])
	// A SILK frame begins with one bit for each of its 20 ms, set where there is
	// a voice, and then the bit that announces the copy (RFC 6716, 4.2.3); of
	// stereo the same again for the side.
	voices := max(1, int(length/(20*time.Millisecond)))
	announced := first[0]>>(7-voices)&1 == 1
	if stereo := payload[0]&4 != 0; stereo {
		announced = announced || first[0]>>(6-2*voices)&1 == 1
	}
	if !announced {
		return 0
	}
	return length
}

// firstFrame returns the rest of the payload from where its first frame begins
// (RFC 6716, 3.2), nil if there is none.
func firstFrame(payload []byte) []byte {
	if len(payload) < 2 {
		return nil
	}
	rest := payload[1:]
	switch payload[0] & 3 {
	case 2: // two frames, the length of the first before them
		return skip(rest, frameLength(rest))
	case 3: // any number of them
		variable, padded, frames := rest[0]&0x80 != 0, rest[0]&0x40 != 0, int(rest[0]&63)
		rest = rest[1:]
		for more := padded; more && len(rest) > 0; { // the lengths of the padding, which lies at the end
			more = rest[0] == 255
			rest = rest[1:]
		}
		for i := 1; variable && i < frames; i++ {
			rest = skip(rest, frameLength(rest))
		}
		return rest
	default:
		return rest
	}
}

// frameLength returns how many bytes a frame's length takes (RFC 6716, 3.2.1).
func frameLength(b []byte) int {
	if len(b) > 0 && b[0] >= 252 {
		return 2
	}
	return 1
}

func skip(b []byte, n int) []byte { return b[min(n, len(b)):] }
