package codec

import (
	"fmt"
	"slices"
	"time"

	"github.com/hraban/opus"

	"huike/audio"
)

// protection is how much of a packet guards the one before it.
type protection struct {
	bitrate int // bit/s
	percent int // of loss that the encoder is told to expect
}

// protectionFor returns what suits a class of [ForLoss]. The columns are what was
// left of speech, as segmental SNR in dB, when so many packets were lost one by one
// and the copies in the next were used. Below 26 kbit/s there is room for a copy
// only if the sound itself is made worse (24 kbit/s and 10 %: 7.6 dB without loss).
func protectionFor(loss uint8) protection {
	switch { //                                               0 %  5 %  10 %  20 %
	case loss < 10:
		return protection{bitrate: 28000, percent: 5} //  8.6  8.5  8.3   7.7
	case loss < 25:
		return protection{bitrate: 32000, percent: 10} // 8.7  8.6  8.5   8.0
	default:
		return protection{bitrate: 40000, percent: 10} // 9.1  9.1  9.0   8.5
	}
}

// Here libopus runs at [audio.Rate], where it needs no resampling and a third of
// the time.
const (
	complexity = 4 // of 10; 5 costs half as much again on a 20 ms frame, and nobody hears it

	// opusSilence is what the encoder writes for a frame of zeros among others
	// (SILK, wideband, 20 ms). A packet of one byte, as DTX has it, would not do:
	// decoders take it for a loss and go on with the sound before it for 100 ms.
	opusSilence = "\x48\x07\xc9\x72\x27\xe1\x3e\x53"
)

// opusDecoder reads Opus by libopus.
//
// The wrapper tells libopus cap, not len, of the slices it is given, so every
// slice that goes in is cut with three indices.
type opusDecoder struct {
	libopus *opus.Decoder
	scratch []int16 // for pieces that libopus cannot make in their true length
}

func newOpusDecoder() (*opusDecoder, error) {
	libopus, err := opus.NewDecoder(audio.Rate, 1)
	if err != nil {
		return nil, fmt.Errorf("opus decoder: %w", err)
	}
	return &opusDecoder{libopus: libopus, scratch: make([]int16, MaxSamples)}, nil
}

func (d *opusDecoder) Decode(payload []byte, pcm []int16) (int, error) {
	need := audio.Samples(d.Duration(payload), audio.Rate)
	if need == 0 || need > len(pcm) {
		return 0, fmt.Errorf("opus packet of %d bytes, %d samples for %d: %w", len(payload), need, len(pcm), ErrPayload)
	}
	n, err := d.libopus.Decode(payload, slices.Clip(pcm))
	if err != nil {
		return 0, fmt.Errorf("opus packet of %d bytes (%w): %w", len(payload), err, ErrPayload)
	}
	return n, nil
}

// quantum is the shortest piece that libopus makes: 2.5 ms.
const quantum = audio.Rate / 400

func (d *opusDecoder) Conceal(pcm []int16, next []byte) (int, error) {
	rest := pcm
	if copied := min(d.redundant(next), len(rest)); copied > 0 {
		// Guess what lies before the copy that next may carry, then use the copy.
		if _, err := d.Conceal(rest[:len(rest)-copied], nil); err != nil {
			return 0, err
		}
		rest = rest[len(rest)-copied:]
		whole := d.scratch[:d.redundant(next):d.redundant(next)]
		if err := d.libopus.DecodeFEC(next, whole); err == nil {
			copy(rest, whole[len(whole)-copied:])
			return len(pcm), nil
		}
	}
	for len(rest) > 0 {
		n := min(len(rest), audio.FrameSamples)
		round := (n + quantum - 1) / quantum * quantum
		if err := d.libopus.DecodePLC(d.scratch[:round:round]); err != nil {
			return 0, fmt.Errorf("conceal %d samples: %w", n, err)
		}
		copy(rest[:n], d.scratch)
		rest = rest[n:]
	}
	return len(pcm), nil
}

// redundant returns how many samples of the packet before it a payload can
// carry a copy of: those of its first frame where that is SILK or hybrid, else 0.
func (d *opusDecoder) redundant(payload []byte) int {
	if d.Duration(payload) == 0 || payload[0]&0x80 != 0 {
		return 0
	}
	return audio.Samples(opusFrame(payload[0]), audio.Rate)
}

func (d *opusDecoder) Duration(payload []byte) time.Duration {
	if len(payload) == 0 {
		return 0
	}
	frames := 2
	switch payload[0] & 3 {
	case 0:
		frames = 1
	case 3:
		if len(payload) < 2 {
			return 0
		}
		frames = int(payload[1] & 63)
	}
	total := time.Duration(frames) * opusFrame(payload[0])
	if total > MaxDuration {
		return 0
	}
	return total
}

// opusFrame returns how long each frame of a packet is that begins with toc
// (RFC 6716, table 2).
func opusFrame(toc byte) time.Duration {
	config := toc >> 3
	switch {
	case config < 12: // SILK: 10, 20, 40, 60 ms
		return [...]time.Duration{10e6, 20e6, 40e6, 60e6}[config&3]
	case config < 16: // hybrid: 10, 20 ms
		return time.Duration(10<<(config&1)) * time.Millisecond
	default: // CELT: 2.5, 5, 10, 20 ms
		return 2500 * time.Microsecond << (config & 3)
	}
}

// opusEncoder writes Opus by libopus.
type opusEncoder struct{ libopus *opus.Encoder }

func newOpusEncoder(loss uint8) (*opusEncoder, error) {
	libopus, err := opus.NewEncoder(audio.Rate, 1, opus.AppVoIP)
	if err != nil {
		return nil, fmt.Errorf("opus encoder: %w", err)
	}
	protection := protectionFor(loss)
	for _, set := range []func() error{
		func() error { return libopus.SetComplexity(complexity) },
		func() error { return libopus.SetBitrate(protection.bitrate) },
		func() error { return libopus.SetInBandFEC(true) },
		func() error { return libopus.SetPacketLossPerc(protection.percent) },
	} {
		if err := set(); err != nil {
			return nil, fmt.Errorf("opus encoder: %w", err)
		}
	}
	return &opusEncoder{libopus: libopus}, nil
}

func (e *opusEncoder) Encode(frame audio.Frame, payload []byte) (int, error) {
	n, err := e.libopus.Encode(frame, slices.Clip(payload))
	if err != nil {
		return 0, fmt.Errorf("encode %d samples into %d bytes: %w", len(frame), len(payload), err)
	}
	return n, nil
}
