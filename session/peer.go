package session

import (
	"maps"
	"time"

	"huike/audio"
	"huike/audio/codec"
)

// reporter is a leg whose peer reports how the network treats the sound.
type reporter interface {
	// RoundTrip is the latest measured; 0 when unknown.
	RoundTrip() time.Duration
	// Loss is the part of huike's own packets that the peer reports lost, 0 to 1.
	Loss() float64
	// Nack asks the peer for packets again, by their sequence numbers.
	Nack(sequences []uint16)
	// Stats are figures under the names of the WebRTC statistics, in their units.
	Stats() map[string]float64
}

// unreported is the reporter of a leg that has none.
type unreported struct{}

func (unreported) RoundTrip() time.Duration  { return 0 }
func (unreported) Loss() float64             { return 0 }
func (unreported) Nack([]uint16)             {}
func (unreported) Stats() map[string]float64 { return nil }

func reports(leg Leg) reporter {
	if r, ok := leg.(reporter); ok {
		return r
	}
	return unreported{}
}

// format is how the next clause is encoded: as the leg carries it, with as much
// protection as its losses need.
func (c *conversation) format() audio.Format {
	return codec.ForLoss(c.leg.Format(), c.peer.Loss())
}

// stats are the figures of the call's sound and of its network for the journal, under
// the names of the WebRTC statistics, and of its ticks; lengths are in seconds.
func (s *session) stats() map[string]float64 {
	all := s.sound()
	all["lateTicks"], all["ticks"] = float64(s.media.late), float64(s.media.heard)
	return all
}

// sound is stats without what the media loop alone knows. Any goroutine may ask.
func (s *session) sound() map[string]float64 {
	all := s.media.stats()
	maps.Copy(all, s.talk.peer.Stats())
	return all
}
