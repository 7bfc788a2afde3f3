package realtime

import "time"

// What the session asks of legs that have it; over a WebSocket there is no
// more to say than the round trip.

// RoundTrip is how long the latest report or ping took there and back; 0 while
// that is not known.
func (l *Leg) RoundTrip() time.Duration {
	if l.conn != nil {
		return l.conn.RoundTrip()
	}
	if peer, ok := any(l.peer).(interface{ RoundTrip() time.Duration }); ok {
		return peer.RoundTrip()
	}
	return 0
}

// Nack asks the client for packets again, over WebRTC.
func (l *Leg) Nack(seqs []uint16) {
	if peer, ok := any(l.peer).(interface{ Nack(seqs []uint16) }); ok && l.peer != nil {
		peer.Nack(seqs)
	}
}

// Loss is the part of the agent's packets that the client reports lost, over
// WebRTC.
func (l *Leg) Loss() float64 {
	if peer, ok := any(l.peer).(interface{ Loss() float64 }); ok && l.peer != nil {
		return peer.Loss()
	}
	return 0
}

// Stats returns the connection's statistics by their names in WebRTC, or nil.
func (l *Leg) Stats() map[string]float64 {
	if peer, ok := any(l.peer).(interface{ Stats() map[string]float64 }); ok && l.peer != nil {
		return peer.Stats()
	}
	return nil
}
