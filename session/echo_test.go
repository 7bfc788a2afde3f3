package session

import (
	"context"
	"testing"
	"time"

	"huike/audio"
	"huike/audio/playout"
	"huike/session/journal"
)

// handsFree is a leg whose loudspeaker is heard by its microphone, 12 dB weaker and
// 100 ms later.
type handsFree struct {
	*caller
	echoes bool
}

func (h *handsFree) Echoes() bool { return h.echoes }

func (h *handsFree) WritePacket(p *audio.Packet) error {
	echo := samplesOf(p.Payload)
	for i := range echo {
		echo[i] /= 4
	}
	h.mu.Lock()
	if wait := audio.Samples(100*time.Millisecond, audio.Rate) - len(h.voice); wait > 0 && len(h.voice) < audio.FrameSamples {
		h.voice = append(h.voice, make([]int16, wait)...)
	}
	h.voice = append(h.voice, echo...)
	h.mu.Unlock()
	return h.caller.WritePacket(p)
}

// orator says every clause with the same long piece of a person's speech.
type orator struct{ *speaker }

func (orator) Play(_ context.Context, _, _ string, _ audio.Format, emit func([]playout.Item) error) error {
	clip := long(6 * time.Second)
	var items []playout.Item
	for i := 0; i+audio.FrameSamples <= len(clip); i += audio.FrameSamples {
		pcm := clip[i : i+audio.FrameSamples]
		items = append(items, playout.Item{PCM: pcm, Payload: bytesOf(pcm)})
	}
	return emit(items)
}

func TestTheAgentsOwnVoiceFromTheCallersLoudspeaker(t *testing.T) {
	heard := func(t *testing.T, echoes bool) (speech, recognised int) {
		t.Helper()
		play(t, func(s *stage) {
			s.leg = &handsFree{caller: s.caller, echoes: echoes}
			s.config.Speaker = orator{s.speaker}
		}, func(s *stage) {
			s.later(9 * time.Second)
			speech, recognised = len(s.events(journal.TypeSpeech)), s.recognizer.finals()
		})
		return speech, recognised
	}
	if speech, _ := heard(t, false); speech < 3 {
		t.Fatalf("without a guard %d edges of speech are heard: the test proves nothing", speech)
	}
	if speech, recognised := heard(t, true); speech > 2 || recognised > 0 { // the agent's own begin and end
		t.Errorf("the echo made %d edges and %d recognitions", speech, recognised)
	}
}
