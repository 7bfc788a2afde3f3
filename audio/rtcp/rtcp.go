// Package rtcp is RTP's control protocol for one stream each way (RFC 3550,
// 4585, 5506): it counts what comes and goes, writes the reports that are due,
// and reads what the peer says about the round trip, about loss on the way to
// it, and about packets it wants again. It does no I/O, reads no clock and starts
// no goroutine: times are call times, and go in with each call.
package rtcp

import (
	"math/rand/v2"
	"sync"
	"time"

	"huike/audio"
)

// Config says who reports about what.
type Config struct {
	SSRC      uint32 // of the packets that are sent here
	CNAME     string // of this end, the same for the call's life; better random (RFC 7022)
	ClockRate int    // of both streams' timestamps, in hertz; 0 means 8000

	// Interval is the mean time between reports; each is drawn from its half to
	// its one and a half (RFC 3550, 6.2). 0 means 5 s, with the first within 750 ms,
	// as a call of two may.
	Interval time.Duration
	Seed     uint64 // of the drawing

	// ReducedSize is set where the peer agreed on it (RFC 5506, a=rtcp-rsize): what
	// asks for packets then needs no report before it.
	ReducedSize bool
}

// Session is one call's control. Any two goroutines may share it: nothing that
// it does takes long.
type Session struct {
	config Config // all but ClockRate stays

	mu     sync.Mutex
	random rand.PCG
	due    time.Duration
	in     inbound
	out    outbound
	remote remote
	bad    uint64 // datagrams refused
}

// New returns a Session that has heard and sent nothing.
func New(config Config) *Session {
	if config.ClockRate <= 0 {
		config.ClockRate = 8000
	}
	s := &Session{config: config, random: *rand.NewPCG(config.Seed, uint64(config.SSRC))}
	if config.Interval <= 0 {
		s.config.Interval = 5 * time.Second
		s.due = s.drawn(500 * time.Millisecond)
	} else {
		s.due = s.drawn(config.Interval / 2)
	}
	return s
}

// drawn returns a time around mean, from its half to its one and a half.
func (s *Session) drawn(mean time.Duration) time.Duration {
	part := float64(s.random.Uint64()>>11) / (1 << 53)
	return time.Duration(float64(mean) * (0.5 + part))
}

// SetClockRate tells that both streams' timestamps now count rate units a
// second, as after a change of codec.
func (s *Session) SetClockRate(rate int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if rate > 0 && rate != s.config.ClockRate {
		s.in.jitter *= float64(rate) / float64(s.config.ClockRate)
		s.in.timed = false
		s.config.ClockRate = rate
	}
}

// Received counts a packet that came at that call time, as it was on the wire.
// It keeps nothing of p.
func (s *Session) Received(p *audio.Packet, at time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.in.add(p, at, s.config.ClockRate)
}

// Sent counts a packet that left at that call time, with the sequence number and
// timestamp that it has on the wire. It keeps nothing of p.
func (s *Session) Sent(p *audio.Packet, at time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.out.add(p, at)
}

// Resent counts a packet that was sent again because the peer asked for it.
func (s *Session) Resent(p *audio.Packet) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.out.resent++
	s.out.octets += uint64(len(p.Payload))
}

// Due returns the call time at which the next report is due.
func (s *Session) Due() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.due
}

// RoundTrip returns how long a packet takes to the peer and back, by the peer's
// last report, or 0 as long as that is not known: it needs a report of ours to a
// peer that has been sent sound, and its answer.
func (s *Session) RoundTrip() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.remote.roundTrip
}

// Loss returns the part of our packets, 0 to 1, that the peer reports lost. It
// forgets with the packets: 100 of them, two seconds of speech, halve what was
// before, whatever the pauses between.
func (s *Session) Loss() float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.remote.loss
}

// Stats returns what has been counted, by the names of the WebRTC statistics
// API and in its units (seconds, parts of 1). "remote" stands before what the peer
// counted of our packets, and before nackCount for what was asked of it.
func (s *Session) Stats() map[string]float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	rate := float64(s.config.ClockRate)
	stats := map[string]float64{
		"packetsReceived": float64(s.in.receivedInAll()),
		"bytesReceived":   float64(s.in.octets),
		"packetsLost":     float64(s.in.lostInAll()),
		"jitter":          s.in.jitter / rate,

		"packetsSent":              float64(s.out.packets + s.out.resent),
		"bytesSent":                float64(s.out.octets),
		"retransmittedPacketsSent": float64(s.out.resent),
		"nackCount":                float64(s.remote.nacks),

		"remoteNackCount":           float64(s.out.nacks),
		"malformedReports":          float64(s.bad),
		"roundTripTimeMeasurements": float64(s.remote.measured),
	}
	if s.remote.measured > 0 {
		stats["roundTripTime"] = s.remote.roundTrip.Seconds()
		stats["totalRoundTripTime"] = s.remote.total.Seconds()
	}
	if s.remote.reports > 0 {
		stats["remotePacketsLost"] = float64(s.remote.lost)
		stats["remoteFractionLost"] = s.remote.fraction
		stats["remoteJitter"] = float64(s.remote.jitter) / rate
	}
	return stats
}
