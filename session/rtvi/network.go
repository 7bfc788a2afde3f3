package rtvi

import "time"

// RoundTrip returns the time to the client and back, by its newest connection's
// RTCP; 0 when it is not known.
func (l *Leg) RoundTrip() time.Duration {
	current, _ := l.connection()
	if current == nil {
		return 0
	}
	return current.RoundTrip()
}

// Loss returns the part, 0 to 1, of this side's packets that the client reports
// lost; 0 when it is not known.
func (l *Leg) Loss() float64 {
	current, _ := l.connection()
	if current == nil {
		return 0
	}
	return current.Loss()
}

// Nack asks the client for packets again (RFC 4585), where it has agreed to that.
func (l *Leg) Nack(seqs []uint16) {
	if current, _ := l.connection(); current != nil {
		current.Nack(seqs)
	}
}

// Stats returns the newest connection's statistics by the names of the WebRTC
// statistics, even when it is over; nil before there was one.
func (l *Leg) Stats() map[string]float64 {
	l.mu.Lock()
	newest := l.newest
	l.mu.Unlock()
	if newest == nil {
		return nil
	}
	return newest.Stats()
}
