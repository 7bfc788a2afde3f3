package handoff_test

import (
	"io"
	"sync"
	"testing"

	"huike/audio"
	"huike/dialog"
	"huike/session/handoff"
	"huike/session/journal"
)

// voice is an agent's leg that sounds until it is closed.
type voice struct {
	closed chan struct{}
	once   sync.Once
	why    string
}

func newVoice() *voice { return &voice{closed: make(chan struct{})} }

func (v *voice) Format() audio.Format            { return audio.Format{Name: "opus", ClockRate: 48000} }
func (v *voice) WritePacket(*audio.Packet) error { return nil }
func (v *voice) ReadPacket(*audio.Packet) error  { <-v.closed; return io.EOF }
func (v *voice) Close(reason string) error {
	v.once.Do(func() { v.why = reason; close(v.closed) })
	return nil
}

func (v *voice) ended() bool {
	select {
	case <-v.closed:
		return true
	default:
		return false
	}
}

func ticket(call string) handoff.Ticket {
	return handoff.Ticket{
		Call: call, Lang: dialog.English, Reason: dialog.ReasonAsked, Said: "A person, please.",
		Transcript: []journal.Line{{At: 100, Party: dialog.Agent, Turn: 1, Text: "Hello."}},
	}
}

// next waits for one step, which must come.
func next(t *testing.T, p *handoff.Pending) handoff.Outcome {
	t.Helper()
	outcome, err := p.Wait(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return outcome
}

func is(t *testing.T, got handoff.Outcome, want handoff.State) {
	t.Helper()
	if got.State != want {
		t.Fatalf("state %s, want %s", got.State, want)
	}
}
