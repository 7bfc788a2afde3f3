package rtp

import (
	"sync/atomic"
	"time"
)

// counts are of what the RTCP does not count.
type counts struct {
	malformed      atomic.Uint64
	foreignSources atomic.Uint64
	foreignTypes   atomic.Uint64
	unauthentic    atomic.Uint64
	early          atomic.Uint64 // before there was an agreement, or keys
	onHold         atomic.Uint64
	noise          atomic.Uint64
	switches       atomic.Uint64
	keysDropped    atomic.Uint64
	unsent         atomic.Uint64
	failed         atomic.Uint64
}

// RoundTrip returns how long a packet takes there and back, 0 as long as it is
// not known.
func (e *Endpoint) RoundTrip() time.Duration { return e.reports.session.RoundTrip() }

// Loss returns the part of our packets, 0 to 1, that the other side reports lost.
func (e *Endpoint) Loss() float64 { return e.reports.session.Loss() }

// Silent returns how long nothing has been heard of the other side, neither
// sound nor keys: a call that is not on hold and has gone silent for minutes may
// have lost its peer.
func (e *Endpoint) Silent() time.Duration { return e.path.silent(e.now()) }

// Stats returns what has been counted, by the names of the WebRTC statistics
// API where it has them (see audio/rtcp). The rest are packets: dropped because
// they were malformed, from a foreign source, of a payload type not agreed upon,
// not authentic, too early, or came while on hold; comfort noise; and what was
// not sent for want of an address, keys or a listener.
func (e *Endpoint) Stats() map[string]float64 {
	stats := e.reports.session.Stats()
	e.path.mu.Lock()
	stats["sourceChanges"] = float64(e.path.moved)
	e.path.mu.Unlock()
	c := &e.counts
	for name, n := range map[string]*atomic.Uint64{
		"malformedPackets":     &c.malformed,
		"foreignSourcePackets": &c.foreignSources,
		"foreignTypePackets":   &c.foreignTypes,
		"unauthenticPackets":   &c.unauthentic,
		"earlyPackets":         &c.early,
		"onHoldPackets":        &c.onHold,
		"comfortNoisePackets":  &c.noise,
		"formatSwitches":       &c.switches,
		"keysDropped":          &c.keysDropped,
		"unsentPackets":        &c.unsent,
		"failedSends":          &c.failed,
	} {
		stats[name] = float64(n.Load())
	}
	return stats
}
