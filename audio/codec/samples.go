package codec

import (
	"encoding/binary"
	"fmt"
	"time"

	"huike/audio"
	"huike/audio/resample"
)

// wire is how a format writes samples that stand each for itself.
type wire struct {
	rate  int // of the samples, in hertz
	width int // bytes a sample
	read  func(pcm []int16, payload []byte)
	write func(payload []byte, pcm []int16)
}

// wireOf returns how format writes its samples, and false if they do not stand
// each for itself.
func wireOf(format audio.Format) (wire, bool) {
	switch format {
	case PCMU:
		return wire{8000, 1, readMu, writeMu}, true
	case PCMA:
		return wire{8000, 1, readA, writeA}, true
	}
	switch format.ClockRate {
	case 8000, 16000, 24000, 32000, 44100, 48000:
	default:
		return wire{}, false
	}
	switch format {
	case L16(format.ClockRate):
		return wire{format.ClockRate, 2, readBig, writeBig}, true
	case PCM(format.ClockRate):
		return wire{format.ClockRate, 2, readLittle, writeLittle}, true
	}
	return wire{}, false
}

func readBig(pcm []int16, payload []byte) {
	for i := range pcm {
		pcm[i] = int16(binary.BigEndian.Uint16(payload[2*i:]))
	}
}

func writeBig(payload []byte, pcm []int16) {
	for i, s := range pcm {
		binary.BigEndian.PutUint16(payload[2*i:], uint16(s))
	}
}

func readLittle(pcm []int16, payload []byte) {
	for i := range pcm {
		pcm[i] = int16(binary.LittleEndian.Uint16(payload[2*i:]))
	}
}

func writeLittle(payload []byte, pcm []int16) {
	for i, s := range pcm {
		binary.LittleEndian.PutUint16(payload[2*i:], uint16(s))
	}
}

// resampler brings a stream to another rate, a piece at a time.
type resampler interface {
	Resample(dst, src []int16) []int16
}

// sampleDecoder reads samples that stand each for itself and resamples them.
type sampleDecoder struct {
	wire
	repeat
	resampler resampler
	samples   []int16 // at the wire's rate
}

func newSampleDecoder(w wire) *sampleDecoder {
	d := &sampleDecoder{
		wire:    w,
		repeat:  newRepeat(),
		samples: make([]int16, audio.Samples(MaxDuration, w.rate)),
	}
	if 2*w.rate == audio.Rate {
		d.resampler = &doubler{}
	} else {
		d.resampler = resample.New(w.rate, audio.Rate)
	}
	return d
}

func (d *sampleDecoder) Decode(payload []byte, pcm []int16) (int, error) {
	n := len(payload) / d.width
	if len(payload)%d.width != 0 || n == 0 || n > len(d.samples) || (n*audio.Rate+d.rate-1)/d.rate > len(pcm) {
		return 0, fmt.Errorf("%d bytes for %d samples: %w", len(payload), len(pcm), ErrPayload)
	}
	d.read(d.samples[:n], payload)
	out := d.resampler.Resample(pcm[:0:len(pcm)], d.samples[:n])
	d.heard(out)
	return len(out), nil
}

func (d *sampleDecoder) Duration(payload []byte) time.Duration {
	n := len(payload) / d.width
	if len(payload)%d.width != 0 || n > len(d.samples) {
		return 0
	}
	return audio.Duration(n, d.rate)
}

// repeat conceals from what was heard last.
type repeat struct {
	last      audio.Frame // the newest sound
	concealed int         // samples made up since
}

func newRepeat() repeat { return repeat{last: make(audio.Frame, audio.FrameSamples)} }

// heard takes note of decoded sound.
func (r *repeat) heard(pcm []int16) {
	fresh := min(len(pcm), len(r.last))
	copy(r.last, r.last[fresh:])
	copy(r.last[len(r.last)-fresh:], pcm[len(pcm)-fresh:])
	r.concealed = 0
}

// Conceal runs the last 20 ms backwards and forwards, which leaves no step in
// the wave, and fades it out over 60 ms.
func (r *repeat) Conceal(pcm []int16, _ []byte) (int, error) {
	const fade = 3 * audio.FrameSamples
	for i := range pcm {
		at := r.concealed % (2 * len(r.last))
		if at < len(r.last) {
			at = len(r.last) - 1 - at
		} else {
			at -= len(r.last)
		}
		pcm[i] = int16(int(r.last[at]) * max(0, fade-r.concealed) / fade)
		r.concealed++
	}
	return len(pcm), nil
}

// sampleEncoder resamples and writes samples that stand each for itself.
type sampleEncoder struct {
	wire
	resampler *resample.Resampler
	samples   []int16
}

func newSampleEncoder(w wire) *sampleEncoder {
	return &sampleEncoder{
		wire:      w,
		resampler: resample.New(audio.Rate, w.rate),
		samples:   make([]int16, 0, audio.Samples(MaxDuration, w.rate)),
	}
}

func (e *sampleEncoder) Encode(frame audio.Frame, payload []byte) (int, error) {
	most := (len(frame)*e.rate + audio.Rate - 1) / audio.Rate
	if most*e.width > len(payload) || most > cap(e.samples) {
		return 0, fmt.Errorf("encode %d samples into %d bytes: want %d bytes", len(frame), len(payload), most*e.width)
	}
	e.samples = e.resampler.Resample(e.samples[:0], frame)
	e.write(payload, e.samples)
	return e.width * len(e.samples), nil
}
