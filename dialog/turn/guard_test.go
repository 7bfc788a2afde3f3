package turn_test

import (
	"slices"
	"testing"
	"time"

	"huike/dialog/turn"
)

// notice is an engine whose agent speaks turn 1, which must be heard whole.
func notice() *turn.Engine {
	e := turn.New(turn.Config{})
	e.Next()
	e.Step(turn.Event{Kind: turn.Replying, Turn: 1})
	e.Step(turn.Event{Kind: turn.AgentBegan, Turn: 1, At: time.Second})
	e.Step(turn.Event{Kind: turn.Guarding, On: true, At: time.Second})
	return e
}

// interject has the caller say words into it, and returns what the engine asked for.
func interject(e *turn.Engine, words string) (asked []turn.Do) {
	note := func(actions []turn.Action) {
		for _, a := range actions {
			asked = append(asked, a.Do)
		}
	}
	e.Step(turn.Event{Kind: turn.SpeechStarted, At: 2 * time.Second})
	note(e.Step(turn.Event{Kind: turn.SpeechSustained, At: 2100 * time.Millisecond, Level: -15}))
	for at := e.Deadline(); at < 4*time.Second; at = e.Deadline() {
		note(e.Step(turn.Event{Kind: turn.Tick, At: at}))
	}
	actions := e.Step(turn.Event{Kind: turn.SpeechEnded, At: 4 * time.Second, Level: -15})
	note(actions)
	note(e.Step(turn.Event{Kind: turn.Recognised, At: 4100 * time.Millisecond, Revision: actions[len(actions)-1].Revision, Text: words}))
	if at := e.Deadline(); at != turn.Never {
		note(e.Step(turn.Event{Kind: turn.Tick, At: at}))
	}
	return asked
}

func TestASentenceThatMustBeHeardWholeIsNotStoppedBySpeech(t *testing.T) {
	t.Parallel()
	e := notice()
	asked := interject(e, "Where is my order?")
	for _, do := range []turn.Do{turn.Hold, turn.Interrupt, turn.EndOfTurn} {
		if slices.Contains(asked, do) {
			t.Errorf("speech into it led to %v", asked)
		}
	}
	actions := e.Step(turn.Event{Kind: turn.Guarding, At: 8 * time.Second})
	if len(actions) < 1 || actions[len(actions)-1].Do != turn.EndOfTurn || actions[len(actions)-1].Text != "Where is my order?" {
		t.Errorf("after it the engine wants %v, want the words that were said into it", actions)
	}
}

func TestASentenceThatMustBeHeardWholeYieldsToWhoWantsAPerson(t *testing.T) {
	t.Parallel()
	if asked := interject(notice(), "I want to talk to a person."); !slices.Contains(asked, turn.Interrupt) || !slices.Contains(asked, turn.EndOfTurn) {
		t.Errorf("a call for a person led to %v", asked)
	}
	actions := notice().Step(turn.Event{Kind: turn.Key, Text: "0", At: 2 * time.Second})
	if len(actions) == 0 || actions[0].Do != turn.Interrupt {
		t.Errorf("key 0 led to %v", actions)
	}
}
