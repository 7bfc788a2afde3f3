package session

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"huike/audio"
	"huike/audio/codec"
	"huike/audio/playout"
)

// lossy is a leg over a network that loses part of what the agent says.
type lossy struct {
	*caller
	loss atomic.Int64 // per cent
}

func (l *lossy) Format() audio.Format      { return codec.Opus }
func (l *lossy) RoundTrip() time.Duration  { return 80 * time.Millisecond }
func (l *lossy) Loss() float64             { return float64(l.loss.Load()) / 100 }
func (l *lossy) Nack([]uint16)             {}
func (l *lossy) Stats() map[string]float64 { return map[string]float64{"roundTripTime": 0.08} }

// chooses keeps the format of what it is to speak.
type chooses struct {
	*speaker
	last atomic.Uint32
}

func (c *chooses) Play(ctx context.Context, lang, spoken string, format audio.Format, emit func([]playout.Item) error) error {
	c.last.Store(uint32(format.Loss))
	return c.speaker.Play(ctx, lang, spoken, format, emit)
}

func TestWhatThePeerLosesIsProtectedFromTheNextClauseOn(t *testing.T) {
	var leg *lossy
	var voice *chooses
	play(t, func(s *stage) {
		leg, voice = &lossy{caller: s.caller}, &chooses{speaker: s.speaker}
		s.leg, s.config.Speaker = leg, voice
	}, func(s *stage) {
		s.greeted()
		if got := voice.last.Load(); got != 0 {
			t.Errorf("without a loss the sound expects %d %%", got)
		}
		leg.loss.Store(12)
		s.write(`{"type":"text","text":"where is my order?"}`)
		s.waits(5*time.Second, "an answer that expects a loss", func() bool { return voice.last.Load() == 10 })
	})
}
