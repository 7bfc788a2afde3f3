package codec

import (
	"encoding/binary"
	"fmt"
	"time"

	"huike/audio"
	"huike/audio/resample"
)

// L16 returns the format of bare 16-bit samples at 8000, 16000 or 24000 hertz,
// LITTLE-endian, as the WebSocket carries them. RFC 3551 gives the name to
// samples in network order: this format is for no RTP session.
func L16(rate int) audio.Format { return audio.Format{Name: "l16", ClockRate: rate} }

func isL16(f audio.Format) bool {
	return f == L16(8000) || f == L16(16000) || f == L16(24000)
}

// l16Decoder reads little-endian samples and resamples them.
type l16Decoder struct {
	rate      int
	resampler *resample.Resampler
	wire      []int16     // samples at the wire's rate
	last      audio.Frame // the newest sound, to conceal from
	concealed int         // samples made up since
}

func newL16Decoder(rate int) *l16Decoder {
	return &l16Decoder{
		rate:      rate,
		resampler: resample.New(rate, audio.Rate),
		wire:      make([]int16, audio.Samples(MaxDuration, rate)),
		last:      make(audio.Frame, audio.FrameSamples),
	}
}

func (d *l16Decoder) Decode(payload []byte, pcm []int16) (int, error) {
	n := len(payload) / 2
	if len(payload)%2 != 0 || n == 0 || n > len(d.wire) || (n*audio.Rate+d.rate-1)/d.rate > len(pcm) {
		return 0, fmt.Errorf("%d bytes for %d samples: %w", len(payload), len(pcm), ErrPayload)
	}
	for i := range n {
		d.wire[i] = int16(binary.LittleEndian.Uint16(payload[2*i:]))
	}
	out := d.resampler.Resample(pcm[:0:len(pcm)], d.wire[:n])
	fresh := min(len(out), len(d.last))
	copy(d.last, d.last[fresh:])
	copy(d.last[len(d.last)-fresh:], out[len(out)-fresh:])
	d.concealed = 0
	return len(out), nil
}

// Conceal runs the last 20 ms backwards and forwards, which leaves no step in
// the wave, and fades it out over 60 ms.
func (d *l16Decoder) Conceal(pcm []int16, _ []byte) (int, error) {
	const fade = 3 * audio.FrameSamples
	for i := range pcm {
		at := d.concealed % (2 * len(d.last))
		if at < len(d.last) {
			at = len(d.last) - 1 - at
		} else {
			at -= len(d.last)
		}
		pcm[i] = int16(int(d.last[at]) * max(0, fade-d.concealed) / fade)
		d.concealed++
	}
	return len(pcm), nil
}

func (d *l16Decoder) Duration(payload []byte) time.Duration {
	n := len(payload) / 2
	if len(payload)%2 != 0 || audio.Duration(n, d.rate) > MaxDuration {
		return 0
	}
	return audio.Duration(n, d.rate)
}

// l16Encoder resamples and writes little-endian samples.
type l16Encoder struct {
	rate      int
	resampler *resample.Resampler
	wire      []int16
}

func newL16Encoder(rate int) *l16Encoder {
	return &l16Encoder{
		rate:      rate,
		resampler: resample.New(audio.Rate, rate),
		wire:      make([]int16, 0, audio.Samples(MaxDuration, rate)),
	}
}

func (e *l16Encoder) Encode(frame audio.Frame, payload []byte) (int, error) {
	if need := 2 * len(frame) * e.rate / audio.Rate; need > len(payload) || need > 2*cap(e.wire) {
		return 0, fmt.Errorf("encode %d samples into %d bytes: want %d bytes", len(frame), len(payload), need)
	}
	e.wire = e.resampler.Resample(e.wire[:0], frame)
	for i, s := range e.wire {
		binary.LittleEndian.PutUint16(payload[2*i:], uint16(s))
	}
	return 2 * len(e.wire), nil
}
