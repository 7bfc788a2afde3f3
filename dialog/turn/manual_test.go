package turn_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huike/dialog/turn"
)

// TestTheCallersSideEndsTurns has no endpointing by voice: push to talk, and
// clients that decide themselves.
func TestTheCallersSideEndsTurns(t *testing.T) {
	at := func(when time.Duration, kind turn.Kind, on bool) timed {
		return timed{when, turn.Event{Kind: kind, At: when, On: on}}
	}
	manual := []timed{at(0, turn.Manual, true)}
	tests := []struct {
		name   string
		words  []string
		script []timed
		want   []string
	}{
		{
			"a pause ends nothing until the turn is committed",
			[]string{"where is my order"},
			join(manual, said(1000*ms, 1500*ms, false), []timed{at(6000*ms, turn.Committed, false)}),
			[]string{"1600 recognise 1000-1500", "6000 end where is my order"},
		},
		{
			"a commit in mid-word waits for the words and for nothing else",
			[]string{"where is my order"},
			join(manual, said(1000*ms, 5000*ms, false)[:1], []timed{at(1500*ms, turn.Committed, false)}),
			[]string{"1500 recognise 1000-1500", "1560 end where is my order"},
		},
		{
			"a commit ends a turn that is endpointed by voice, too",
			[]string{"and my order number is"},
			join(said(1000*ms, 1500*ms, false), []timed{at(1700*ms, turn.Committed, false)}),
			[]string{"1600 recognise 1000-1500", "1700 end and my order number is"},
		},
		{
			"who commits silence has said nothing that is understood",
			nil,
			join(manual, []timed{at(1000*ms, turn.Committed, false)}),
			[]string{"1000 end"},
		},
		{
			"words without meaning end the turn as well once it is committed",
			[]string{""},
			join(manual, said(1000*ms, 1500*ms, false), []timed{at(2000*ms, turn.Committed, false)}),
			[]string{"1600 recognise 1000-1500", "2000 end"},
		},
		{
			"sound of the caller does not stop the agent, and silence is not asked about",
			[]string{"no wait"},
			join(manual, agent(2000*ms), said(1000*ms, 1500*ms, true)),
			[]string{"1600 recognise 1000-1500"},
		},
		{
			"the caller's side stops the agent",
			nil,
			join(manual, agent(9000 * ms)[:2], []timed{at(1000*ms, turn.Stopped, false), at(1100*ms, turn.Stopped, false)}),
			[]string{"1000 interrupt"},
		},
		{
			"by voice again, a pause ends the turn",
			[]string{"where is my order"},
			join(manual, []timed{at(100*ms, turn.Manual, false)}, said(1000*ms, 1500*ms, false)),
			[]string{"1600 recognise 1000-1500", "2000 end where is my order"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := &call{engine: turn.New(turn.Config{Partial: 700 * time.Millisecond}), words: test.words}
			for _, ev := range test.script {
				c.until(ev.noticed)
				c.step(ev.event, ev.noticed)
			}
			c.until(12 * time.Second)
			if diff := cmp.Diff(test.want, c.log); diff != "" {
				t.Errorf("log (-want +got):\n%s", diff)
			}
		})
	}
}
