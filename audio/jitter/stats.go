package jitter

import (
	"time"

	"huike/audio"
)

// Stats are the counters of a Buffer since it was made, under the names of the
// WebRTC statistics API (RTCInboundRtpStreamStats). Samples are at
// [audio.Rate] whatever the stream's clock is.
type Stats struct {
	PacketsReceived   uint64 // of this stream, late and duplicate ones included
	PacketsLost       int64  // expected and never received (RFC 3550, 6.4.1)
	PacketsDiscarded  uint64 // received and never handed out, but for duplicates
	PacketsLate       uint64 // of those: came after their time had been concealed
	PacketsDuplicated uint64
	PacketsMalformed  uint64 // their payload has no duration
	PacketsStray      uint64 // of another SSRC, or far from the sequence
	Restarts          uint64 // times that another SSRC or sequence was adopted

	Jitter time.Duration // RFC 3550, 6.4.1

	JitterBufferDelay        time.Duration // from arrival to Pop, summed over the samples emitted, times their rate
	JitterBufferTargetDelay  time.Duration // likewise; divide by the next for the mean
	JitterBufferMinimumDelay time.Duration // likewise: what the lateness of packets alone asks for
	JitterBufferEmittedCount uint64        // samples of packets handed out

	TotalSamplesReceived           uint64 // samples handed out, of any Kind
	ConcealedSamples               uint64 // Lost without a copy, and Empty once the stream has begun
	SilentConcealedSamples         uint64 // of those: after so long that they are silent
	ConcealmentEvents              uint64 // runs of concealed pieces
	GapSamples                     uint64 // Gap: never sent
	InsertedSamplesForDeceleration uint64 // put in to make the delay longer
	RemovedSamplesForAcceleration  uint64 // taken out to make it shorter
	UnderrunSamples                uint64 // Empty
	FECPacketsReceived             uint64 // Lost pieces that came with a copy: not concealed
}

// PlayoutDelay returns how long the packets handed out have waited, on average.
func (s Stats) PlayoutDelay() time.Duration {
	if s.JitterBufferEmittedCount == 0 {
		return 0
	}
	return s.JitterBufferDelay / time.Duration(s.JitterBufferEmittedCount)
}

// Plus returns the counters of a stream together with those of one that went before it,
// as where a call changes its encoding; Jitter is the later one's.
func (s Stats) Plus(before Stats) Stats {
	s.PacketsReceived += before.PacketsReceived
	s.PacketsLost += before.PacketsLost
	s.PacketsDiscarded += before.PacketsDiscarded
	s.PacketsLate += before.PacketsLate
	s.PacketsDuplicated += before.PacketsDuplicated
	s.PacketsMalformed += before.PacketsMalformed
	s.PacketsStray += before.PacketsStray
	s.Restarts += before.Restarts
	s.JitterBufferDelay += before.JitterBufferDelay
	s.JitterBufferTargetDelay += before.JitterBufferTargetDelay
	s.JitterBufferMinimumDelay += before.JitterBufferMinimumDelay
	s.JitterBufferEmittedCount += before.JitterBufferEmittedCount
	s.TotalSamplesReceived += before.TotalSamplesReceived
	s.ConcealedSamples += before.ConcealedSamples
	s.SilentConcealedSamples += before.SilentConcealedSamples
	s.ConcealmentEvents += before.ConcealmentEvents
	s.GapSamples += before.GapSamples
	s.InsertedSamplesForDeceleration += before.InsertedSamplesForDeceleration
	s.RemovedSamplesForAcceleration += before.RemovedSamplesForAcceleration
	s.UnderrunSamples += before.UnderrunSamples
	s.FECPacketsReceived += before.FECPacketsReceived
	return s
}

// Stats returns the counters so far. Any goroutine may call it.
func (b *Buffer) Stats() Stats {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.stats
	s.PacketsLost = b.source.lost()
	return s
}

// Stretched tells what the caller has put into sound or taken out of it, in
// samples at [audio.Rate].
func (b *Buffer) Stretched(inserted, removed int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.stats.InsertedSamplesForDeceleration += uint64(inserted)
	b.stats.RemovedSamplesForAcceleration += uint64(removed)
	b.stats.TotalSamplesReceived += uint64(inserted) - uint64(removed)
}

// fades is how long concealed sound can be heard.
const fades = 120 * time.Millisecond

// count books a piece that is handed out.
func (b *Buffer) count(p *Popped) {
	if p.Kind != b.kind {
		b.lasted = 0
	}
	b.kind, b.lasted = p.Kind, b.lasted+p.Duration
	p.Lasted = b.lasted
	samples := uint64(audio.Samples(p.Duration, audio.Rate))
	b.stats.TotalSamplesReceived += samples
	concealed := p.Kind == Empty || p.Kind == Lost && !p.Redundant
	switch p.Kind {
	case Empty:
		b.stats.UnderrunSamples += samples
	case Lost:
		if p.Redundant {
			b.stats.FECPacketsReceived++
		}
	case Gap:
		b.stats.GapSamples += samples
	case Packet:
		b.stats.JitterBufferEmittedCount += samples
		b.stats.JitterBufferTargetDelay += time.Duration(samples) * b.target()
		b.stats.JitterBufferMinimumDelay += time.Duration(samples) * b.wanted()
	}
	if concealed {
		b.stats.ConcealedSamples += samples
		if b.lasted > fades {
			b.stats.SilentConcealedSamples += samples
		}
		if !b.concealing {
			b.stats.ConcealmentEvents++
		}
	}
	b.concealing = concealed
}

// samples converts a length in clock units to samples at [audio.Rate].
func (b *Buffer) samples(units int64) uint64 {
	return uint64(max(0, units) * audio.Rate / b.clock)
}
