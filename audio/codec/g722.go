package codec

import (
	"fmt"
	"time"

	"huike/audio"
)

const (
	g722Bytes = 160 // of one PTime: one byte holds two samples
	// g722Silence is the least difference from what is predicted, in both bands. The
	// scales shrink with it; what the predictors keep, up to ±50 at 0 and 8 kHz,
	// nobody hears, and an encoder of silence leaves the like.
	g722Silence = 0xfd

	qmfTaps = 24
	maxPair = int(MaxDuration) / int(time.Second/8000) // of samples in a packet
)

// qmf is one half of the filter that parts the sound into two bands and puts
// them together again (G.722, table 11); the other half is the same backwards.
//
//nolint:gochecknoglobals // a table of the standard
var qmf = [qmfTaps / 2]int32{3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11}

// filter returns the sums over the even and the odd places of x.
func filter(x *[qmfTaps]int32) (even, odd int32) {
	for i, c := range qmf {
		even += x[2*i] * c
		odd += x[2*i+1] * qmf[len(qmf)-1-i]
	}
	return even, odd
}

// g722Decoder reads G.722 at 64 kbit/s (mode 1).
type g722Decoder struct {
	repeat
	low, high band
	x         [qmfTaps - 2 + 2*maxPair]int32 // sum and difference of the bands, the oldest first
}

func newG722Decoder() *g722Decoder {
	return &g722Decoder{repeat: newRepeat(), low: newLow(), high: newHigh()}
}

func (d *g722Decoder) Decode(payload []byte, pcm []int16) (int, error) {
	n := len(payload)
	if n == 0 || n > maxPair || 2*n > len(pcm) {
		return 0, fmt.Errorf("%d bytes for %d samples: %w", n, len(pcm), ErrPayload)
	}
	const before = qmfTaps - 2
	for i, code := range payload {
		low, high := d.low.decodeLow(code&63), d.high.decodeHigh(code>>6)
		d.x[before+2*i], d.x[before+2*i+1] = low+high, low-high
		even, odd := filter((*[qmfTaps]int32)(d.x[2*i:]))
		pcm[2*i], pcm[2*i+1] = int16(saturate(odd>>11)), int16(saturate(even>>11))
	}
	copy(d.x[:before], d.x[2*n:])
	d.heard(pcm[:2*n])
	return 2 * n, nil
}

func (*g722Decoder) Duration(payload []byte) time.Duration {
	if len(payload) > maxPair {
		return 0
	}
	return audio.Duration(len(payload), G722.ClockRate)
}

// g722Encoder writes G.722 at 64 kbit/s.
type g722Encoder struct {
	low, high band
	x         [qmfTaps - 2 + 2*maxPair]int32 // samples, the oldest first
}

func newG722Encoder() *g722Encoder { return &g722Encoder{low: newLow(), high: newHigh()} }

func (e *g722Encoder) Encode(frame audio.Frame, payload []byte) (int, error) {
	n := len(frame) / 2
	if len(frame)%2 != 0 || n > maxPair || n > len(payload) {
		return 0, fmt.Errorf("encode %d samples into %d bytes: want an even number and half of it", len(frame), len(payload))
	}
	const before = qmfTaps - 2
	for i := range n {
		e.x[before+2*i], e.x[before+2*i+1] = int32(frame[2*i]), int32(frame[2*i+1])
		even, odd := filter((*[qmfTaps]int32)(e.x[2*i:]))
		payload[i] = e.low.encodeLow((odd+even)>>14) | e.high.encodeHigh((odd-even)>>14)<<6
	}
	copy(e.x[:before], e.x[2*n:])
	return n, nil
}
