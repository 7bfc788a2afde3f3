package turn_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huike/dialog"
	"huike/dialog/turn"
)

func TestTheNatureOfASoundDecidesWhetherItTakesTheFloor(t *testing.T) {
	t.Parallel()
	listener := turn.Nature{Listener: 0.9, Words: 0.1}
	for _, tt := range []struct {
		name   string
		heard  string
		nature turn.Nature
		script []timed
		want   []string
	}{
		{
			"a listener's word that is misheard gives the floor back while it lasts",
			"Your hut?", listener, join(agent(5000 * ms)[:2], said(1000*ms, 1400*ms, true)),
			[]string{"1150 hold", "1210 partial", "1270 resume", "1500 recognise 1000-1400", "1560 discard Your hut?"},
		},
		{
			"a cough into silence is none, whatever the recogniser makes of it",
			"Koch.",
			turn.Nature{Noise: 0.9, Words: 0.1},
			said(1000*ms, 1400*ms, true),
			[]string{"1300 partial", "1500 recognise 1000-1400", "1560 discard Koch."},
		},
		{
			"a listener's word into silence is none either",
			"Y'all hut?", listener, said(1000*ms, 1400*ms, true),
			[]string{"1300 partial", "1500 recognise 1000-1400", "1560 discard Y'all hut?"},
		},
		{
			"but may be the answer where a yes or no is due",
			"Curious.", listener, join([]timed{{0, turn.Event{Kind: turn.Expecting, Expect: dialog.Expect{Kind: "yesno"}}}}, said(1000*ms, 1400*ms, true)),
			[]string{"1300 partial", "1500 recognise 1000-1400", "1700 end Curious."},
		},
		{
			"a long murmur of a listener's is no interruption",
			"and may him", listener, join(agent(9000 * ms)[:2], said(1000*ms, 2100*ms, true)),
			[]string{"1150 hold", "1210 partial", "1270 resume", "1510 partial", "1810 partial", "2110 partial", "2200 recognise 1000-2100", "2260 discard and may him"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := &call{engine: turn.New(turn.Config{}), words: []string{tt.heard}, nature: tt.nature}
			for _, s := range tt.script {
				c.until(s.noticed)
				c.step(s.event, s.noticed)
			}
			c.until(4000 * ms)
			if diff := cmp.Diff(tt.want, c.log); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestWhoIsNotUnderstoodAtAllIsAnswered(t *testing.T) {
	t.Parallel()
	speak := func(tone turn.Tone) []turn.Action {
		e := turn.New(turn.Config{})
		e.Step(turn.Event{Kind: turn.SpeechStarted, At: time.Second})
		e.Step(turn.Event{Kind: turn.SpeechSustained, At: 1150 * ms, Level: -20})
		asked := e.Step(turn.Event{Kind: turn.SpeechEnded, At: 2500 * ms, Level: -20})
		actions := e.Step(turn.Event{Kind: turn.Recognised, At: 2600 * ms, Revision: asked[0].Revision, Tone: tone})
		return append(actions, e.Step(turn.Event{Kind: turn.Tick, At: 4000 * ms})...)
	}
	voice := speak(turn.Tone{Pitch: 15, Voiced: 0.6, Length: 1.4, Level: -22})
	if len(voice) != 1 || voice[0].Do != turn.EndOfTurn {
		t.Errorf("a voice without words: %+v, want the end of a turn", voice)
	}
	noise := speak(turn.Tone{Voiced: 0.05, Length: 1.4, Level: -22})
	if len(noise) != 1 || noise[0].Do != turn.Discard {
		t.Errorf("a noise without words: %+v, want nothing", noise)
	}
}

func TestNobodyIsAskedInACoughWhetherTheyAreThere(t *testing.T) {
	t.Parallel()
	coughs := true
	e := turn.New(turn.Config{Stirs: func(time.Duration) bool { return coughs }})
	e.Step(turn.Event{Kind: turn.Replying, Turn: 9})
	e.Step(turn.Event{Kind: turn.AgentBegan, Turn: 9})
	e.Step(turn.Event{Kind: turn.AgentFinished, Turn: 9, At: time.Second})
	if at := e.Deadline(); at != 8*time.Second {
		t.Fatalf("the agent asks at %v, want 8 s", at)
	}
	if asked := e.Step(turn.Event{Kind: turn.Tick, At: 8 * time.Second}); len(asked) != 0 || e.Deadline() != 10500*ms {
		t.Errorf("in a cough: %+v, the next at %v; want nothing, and 10.5 s", asked, e.Deadline())
	}
	asked := e.Step(turn.Event{Kind: turn.Tick, At: 10500 * ms}) // coughing does not put it off for ever
	if len(asked) != 1 || asked[0].Do != turn.NoInput {
		t.Errorf("later: %+v, want a question", asked)
	}
}
