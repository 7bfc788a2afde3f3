package codec

import (
	"time"

	"huike/audio"
)

// maxJoined is how many frames a Joiner takes: 60 ms of 10 ms.
const maxJoined = 6

// A Joiner puts the frames of several Opus packets into one, as they are (RFC 6716,
// 3.2.5): for a peer that asks for fewer and longer packets. Its zero value is empty.
// It is for one goroutine, and allocates until its memory has the size that it needs.
type Joiner struct {
	toc    byte
	ends   [maxJoined]int // of each frame in frames
	n      int
	frames []byte
}

// Add takes a copy of a packet's frame. It returns false, and takes nothing, where the
// packet cannot stand behind those that are there: it has another encoding, more than
// one frame, or the joined one would be longer than limit bytes.
func (j *Joiner) Add(payload []byte, limit int) bool {
	if len(payload) < 1 || payload[0]&3 != 0 || len(payload) > 1276 || j.n == maxJoined {
		return false
	}
	if j.n > 0 && (payload[0] != j.toc || 2+2*(j.n+1)+len(j.frames)+len(payload) > limit) {
		return false
	}
	j.toc = payload[0]
	j.frames = append(j.frames, payload[1:]...)
	j.ends[j.n] = len(j.frames)
	j.n++
	return true
}

// Duration returns how much sound is there.
func (j *Joiner) Duration() time.Duration {
	if j.n == 0 {
		return 0
	}
	return time.Duration(j.n) * opusFrame(j.toc)
}

// Units returns that in units of Opus's clock.
func (j *Joiner) Units() uint32 { return uint32(audio.Samples(j.Duration(), Opus.ClockRate)) }

// Append appends the packet of all that is there to dst, and leaves j empty.
func (j *Joiner) Append(dst []byte) []byte {
	switch j.n {
	case 0:
		return dst
	case 1:
		dst = append(dst, j.toc)
	default: // frames of any lengths, all but the last one's told
		const anyNumber, variable = 3, 0x80
		dst = append(dst, j.toc|anyNumber, variable|byte(j.n))
		from := 0
		for _, end := range j.ends[:j.n-1] {
			dst = appendLength(dst, end-from)
			from = end
		}
	}
	dst = append(dst, j.frames...)
	j.n, j.frames = 0, j.frames[:0]
	return dst
}

// appendLength writes a frame's length (RFC 6716, 3.2.1).
func appendLength(dst []byte, n int) []byte {
	if n < 252 {
		return append(dst, byte(n))
	}
	first := 252 + n&3
	return append(dst, byte(first), byte((n-first)/4))
}
