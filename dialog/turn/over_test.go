package turn_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"huike/dialog/turn"
)

// falling is the tone of a voice that has come to its end, rising one that goes on.
func falling() turn.Tone {
	return turn.Tone{Pitch: 15, Voiced: 0.7, End: -4, Low: 0.1, Slope: -25, Fall: -14, Fade: -150, Last: 0.3, Bright: -10, Level: -22, Length: 2}
}

func rising() turn.Tone {
	return turn.Tone{Pitch: 15, Voiced: 0.7, End: 2, Low: 5, Slope: 20, Fall: -1, Fade: 10, Last: 0.1, Bright: -10, Level: -22, Length: 2}
}

// lesson is pauses whose end is told by the voice alone.
func lesson() []turn.LabelledPause {
	random := rand.New(rand.NewPCG(1, 2))
	var pauses []turn.LabelledPause
	for i := range 400 {
		p := turn.LabelledPause{Over: i%2 == 0, Weight: 1}
		p.Words, p.Tone = "where is my order", rising()
		if p.Over {
			p.Tone = falling()
		}
		p.Tone.End += float32(random.NormFloat64())
		p.Tone.Slope += 5 * float32(random.NormFloat64())
		pauses = append(pauses, p)
	}
	return pauses
}

func TestAModelLearnsToHearTheEnd(t *testing.T) {
	t.Parallel()
	model := turn.FitOver(lesson(), 1)
	again, err := turn.ParseOver(model.String())
	if err != nil {
		t.Fatal(err)
	}
	ends := turn.Pause{Words: "where is my order", Tone: falling()}
	goesOn := turn.Pause{Words: "where is my order", Tone: rising()}
	if over, not := again.Chance(&ends), again.Chance(&goesOn); over < 0.9 || not > 0.1 {
		t.Errorf("a voice that falls has ended with %.2f, one that rises with %.2f", over, not)
	}
	if size := len(model.String()); size > 4000 {
		t.Errorf("the model has %d bytes", size)
	}
	if same := turn.FitOver(lesson(), 1); same.String() != model.String() {
		t.Error("the same pauses gave another model")
	}
}

func TestABrokenModelIsRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "1\t2", turn.FitOver(nil, 1).String() + "1\n", "x" + turn.FitOver(nil, 1).String()} {
		if _, err := turn.ParseOver(text); err == nil {
			t.Errorf("%.40q was taken for a model", text)
		}
	}
}

// heard steps an engine through a turn whose words and voice are known in its pause.
func heard(e *turn.Engine, words string, tone turn.Tone) (ends time.Duration) {
	const from, to = time.Second, 3 * time.Second
	e.Step(turn.Event{Kind: turn.SpeechStarted, At: from})
	e.Step(turn.Event{Kind: turn.SpeechSustained, At: from + 100*time.Millisecond, Level: -15})
	for _, a := range e.Step(turn.Event{Kind: turn.SpeechEnded, At: to, Level: -15}) {
		if a.Do == turn.Recognise {
			e.Step(turn.Event{Kind: turn.Recognised, At: to + 150*time.Millisecond, Revision: a.Revision, Text: words, Tone: tone})
		}
	}
	return e.Deadline() - to
}

func TestTheVoiceSaysHowLongAPauseMustBe(t *testing.T) {
	t.Parallel()
	ends := heard(turn.New(turn.Config{}), "Could you call me back tomorrow?", falling())
	goesOn := heard(turn.New(turn.Config{}), "Could you call me back tomorrow?", rising())
	if ends > 500*time.Millisecond || goesOn < ends+200*time.Millisecond {
		t.Errorf("after a voice that falls %v, after one that rises %v", ends, goesOn)
	}
	if wait := heard(turn.New(turn.Config{}), "My order number is 1 0 0", falling()); wait < time.Second {
		t.Errorf("after three digits of a number %v", wait)
	}
	if wait := heard(turn.New(turn.Config{}), "I would like to know and", falling()); wait < time.Second {
		t.Errorf("after an and %v", wait)
	}
}

func TestAnAnswerIsReadiedForLikelyEndsAlone(t *testing.T) {
	t.Parallel()
	e := turn.New(turn.Config{})
	if heard(e, "Could you call me back tomorrow?", falling()); !e.Likely() {
		t.Error("a whole sentence is no likely end")
	}
	e.Step(turn.Event{Kind: turn.SpeechStarted, At: 3200 * time.Millisecond})
	if e.Likely() {
		t.Error("a caller who goes on has likely ended")
	}
	e = turn.New(turn.Config{})
	if heard(e, "My order number is", rising()); e.Likely() {
		t.Error("a number that is still to come is a likely end")
	}
}

func TestAVoiceFartherAwayIsNotAnswered(t *testing.T) {
	t.Parallel()
	far, near := falling(), falling()
	far.Level = -34
	e := turn.New(turn.Config{})
	heard(e, "Where is my order?", near)
	e.Step(turn.Event{Kind: turn.Tick, At: 5 * time.Second}) // the first turn is over
	step := func(at time.Duration, tone turn.Tone) (discarded bool) {
		e.Step(turn.Event{Kind: turn.SpeechStarted, At: at})
		for _, a := range e.Step(turn.Event{Kind: turn.SpeechEnded, At: at + time.Second, Level: tone.Level + 7}) {
			for _, b := range e.Step(turn.Event{Kind: turn.Recognised, At: at + 1100*time.Millisecond, Revision: a.Revision, Text: "Put it on the table.", Tone: tone}) {
				discarded = discarded || b.Do == turn.Discard
			}
		}
		e.Step(turn.Event{Kind: turn.Tick, At: at + 3*time.Second})
		return discarded
	}
	if !step(10*time.Second, far) {
		t.Error("words from 12 dB farther away were taken for the caller's")
	}
	if !step(11500*time.Millisecond, far) {
		t.Error("what follows at once was taken for the caller's")
	}
	if step(30*time.Second, far) {
		t.Error("who says it again is not answered")
	}
	if step(40*time.Second, near) {
		t.Error("the caller's own words were taken for somebody else's")
	}
}

func TestWhatTheDialogCanActOnNeedsNoLongPause(t *testing.T) {
	t.Parallel()
	knows := func(words string) bool { return strings.HasPrefix(words, "Could you") }
	for _, tt := range []struct {
		name, words string
		understood  func(string) bool
		least, most time.Duration
	}{
		{"words that nobody knows", "Could you call me back tomorrow?", nil, 1000 * time.Millisecond, 2 * time.Second},
		{"a wish", "Could you call me back tomorrow?", knows, 0, 800 * time.Millisecond},
		{"a wish that goes on", "Could you call me back and", knows, time.Second, 2 * time.Second},
		{"other words", "What a day that was for all?", knows, 1000 * time.Millisecond, 2 * time.Second},
	} {
		if ends := heard(turn.New(turn.Config{Understood: tt.understood}), tt.words, rising()); ends < tt.least || ends > tt.most {
			t.Errorf("after %s %v, want %v to %v", tt.name, ends, tt.least, tt.most)
		}
	}
}
