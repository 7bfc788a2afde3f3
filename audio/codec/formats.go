package codec

import "huike/audio"

// Formats that every telephone, browser or exchange speaks one of.
//
//nolint:gochecknoglobals // constants in all but syntax
var (
	// Opus is Opus as RFC 7587 has it on the wire: its clock is always 48 kHz.
	Opus = audio.Format{Name: "opus", ClockRate: 48000}
	// PCMU is G.711 with the μ-law: 8 kHz, one byte a sample (RFC 3551, 4.5.14).
	PCMU = audio.Format{Name: "pcmu", ClockRate: 8000}
	// PCMA is G.711 with the A-law: 8 kHz, one byte a sample (RFC 3551, 4.5.14).
	PCMA = audio.Format{Name: "pcma", ClockRate: 8000}
	// G722 is G.722 at 64 kbit/s. Its sound is at 16 kHz; that its clock counts
	// 8000 a second is an error that RFC 3551, 4.5.2, keeps for good.
	G722 = audio.Format{Name: "g722", ClockRate: 8000}
)

// L16 returns the format of bare 16-bit samples in network order, that is
// big-endian, mono, as RFC 3551, 4.5.11, has it. The rate is 8000, 16000, 24000,
// 32000, 44100 or 48000 hertz; from 44100 on a payload of 20 ms is longer than an
// Ethernet frame, so better agree on another.
func L16(rate int) audio.Format { return audio.Format{Name: "l16", ClockRate: rate} }

// PCM returns the format of bare 16-bit samples, LITTLE-endian, mono, as
// WebSockets carry them. It has no name in RTP: there it is [L16]. The rates are
// those of [L16].
func PCM(rate int) audio.Format { return audio.Format{Name: "pcm", ClockRate: rate} }

// ForLoss returns the format for a peer that loses that part of the packets, 0
// to 1: the same on the wire, protected as that needs. Formats that have no
// protection come back as they are. What is encoded is kept once for each value,
// so there are three classes and no more: what is lost now and then (0), every
// tenth packet (10), every fourth (25).
func ForLoss(format audio.Format, loss float64) audio.Format {
	format.Loss = 0
	switch {
	case format != Opus || loss < 0.04:
	case loss < 0.15:
		format.Loss = 10
	default:
		format.Loss = 25
	}
	return format
}
