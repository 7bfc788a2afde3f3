package turn_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huike/dialog"
	"huike/dialog/turn"
)

const ms = time.Millisecond

// call drives an engine along a script: it delivers each event at its time, the
// ticks that the engine asks for before it, and answers each recognition after
// 60 ms with the words of the script.
type call struct {
	engine *turn.Engine
	words  []string // what the next recognitions hear; the last one stays
	nature turn.Nature
	log    []string
	due    []turn.Event
}

func (c *call) step(ev turn.Event, now time.Duration) {
	for _, a := range c.engine.Step(ev) {
		c.log = append(c.log, fmt.Sprintf("%d %s", now/ms, describe(a)))
		if a.Do == turn.Recognise && len(c.words) > 0 {
			c.due = append(c.due, turn.Event{
				Kind: turn.Recognised, At: now + 60*ms, Revision: a.Revision, Partial: a.Partial, Text: c.words[0], Nature: c.nature,
			})
			if len(c.words) > 1 {
				c.words = c.words[1:]
			}
		}
	}
}

// until runs the engine's own deadlines and the recogniser up to time end.
func (c *call) until(end time.Duration) {
	for {
		at, words := c.engine.Deadline(), false
		if len(c.due) > 0 && c.due[0].At <= at {
			at, words = c.due[0].At, true
		}
		if at > end {
			return
		}
		if words {
			ev := c.due[0]
			c.due = c.due[1:]
			c.step(ev, at)
			continue
		}
		c.step(turn.Event{Kind: turn.Tick, At: at}, at)
	}
}

func describe(a turn.Action) string {
	switch a.Do {
	case turn.Recognise:
		if a.Partial {
			return "partial"
		}
		return fmt.Sprintf("recognise %d-%d", a.From/ms, a.To/ms)
	case turn.Hold:
		return "hold"
	case turn.Resume:
		return "resume"
	case turn.Interrupt:
		return "interrupt"
	case turn.EndOfTurn:
		if a.Keys != "" {
			return "end keys " + a.Keys
		}
		if a.Failed {
			return "end failed"
		}
		if a.Joins != 0 {
			return fmt.Sprintf("end %s joins %d", a.Text, a.Joins)
		}
		return strings.TrimSpace("end " + a.Text)
	case turn.NoInput:
		return fmt.Sprintf("no-input %d", a.Count)
	case turn.Discard:
		return strings.TrimSpace("discard " + a.Text)
	}
	return "?"
}

// said is the caller's sound from one time to another, noticed 100 ms after its end.
func said(from, to time.Duration, sustained bool) []timed {
	out := []timed{{from + 30*ms, turn.Event{Kind: turn.SpeechStarted, At: from}}}
	if sustained {
		out = append(out, timed{from + 150*ms, turn.Event{Kind: turn.SpeechSustained, At: from + 150*ms}})
	}
	return append(out, timed{to + 100*ms, turn.Event{Kind: turn.SpeechEnded, At: to}})
}

type timed struct {
	noticed time.Duration
	event   turn.Event
}

func agent(to time.Duration) []timed {
	return []timed{
		{0, turn.Event{Kind: turn.Replying, Turn: 100}},
		{0, turn.Event{Kind: turn.AgentBegan, Turn: 100}},
		{to, turn.Event{Kind: turn.AgentFinished, At: to, Turn: 100}},
	}
}

func join(parts ...[]timed) []timed {
	var all []timed
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

func TestFloor(t *testing.T) {
	expect := func(e dialog.Expect) []timed {
		return []timed{{0, turn.Event{Kind: turn.Expecting, Expect: e}}}
	}
	reply := func(at time.Duration) []timed {
		return []timed{{at, turn.Event{Kind: turn.Replying, At: at, Turn: 100}}}
	}
	press := func(at time.Duration, key string) timed {
		return timed{at, turn.Event{Kind: turn.Key, At: at, Text: key}}
	}
	tests := []struct {
		name   string
		words  []string
		script []timed
		end    time.Duration
		want   []string
	}{
		{
			"a turn ends half a second after the caller's last sound, recognition included",
			[]string{"where is my order"},
			said(1000*ms, 1500*ms, true), 4000 * ms,
			[]string{"1600 recognise 1000-1500", "2000 end where is my order"},
		},
		{
			"a question ends sooner",
			[]string{"Where is my order?"},
			said(1000*ms, 1500*ms, true), 4000 * ms,
			[]string{"1600 recognise 1000-1500", "1800 end Where is my order?"},
		},
		{
			"a sentence that wants a continuation gets time",
			[]string{"my order number is"},
			said(1000*ms, 1500*ms, true), 4000 * ms,
			[]string{"1600 recognise 1000-1500", "2700 end my order number is"},
		},
		{
			"an opinion that ends with so is whole",
			[]string{"I don't think so."},
			join(expect(dialog.Expect{Kind: "yesno"}), said(1000*ms, 1500*ms, true)), 4000 * ms,
			[]string{"1600 recognise 1000-1500", "1800 end I don't think so."},
		},
		{
			"a comma may be the end or not, so it gets a little time",
			[]string{"Goodbye,"},
			said(1000*ms, 1500*ms, true), 4000 * ms,
			[]string{"1600 recognise 1000-1500", "2000 end Goodbye,"},
		},
		{
			"a no that goes on is heard to its end",
			[]string{"No,", "No, on Friday."},
			join(expect(dialog.Expect{Kind: "yesno"}), said(1000*ms, 1200*ms, true), said(1650*ms, 2200*ms, true)), 4000 * ms,
			[]string{"1300 recognise 1000-1200", "2300 recognise 1000-2200", "2500 end No, on Friday."},
		},
		{
			"a pause within the turn is not its end",
			[]string{"one zero zero", "one zero zero two three"},
			join(expect(dialog.Expect{Kind: "digits", Digits: 5}), said(1000*ms, 1500*ms, true), said(2200*ms, 2600*ms, true)), 6000 * ms,
			[]string{"1600 recognise 1000-1500", "2700 recognise 1000-2600", "2900 end one zero zero two three"},
		},
		{
			"a long turn is recognised on the way for its caption",
			[]string{"I would", "I would like", "I would like to know"},
			said(1000*ms, 2500*ms, true), 5000 * ms,
			[]string{"1700 partial", "2400 partial", "2600 recognise 1000-2500", "3300 end I would like to know"},
		},
		{
			"a cough over the agent is no barge-in",
			[]string{""},
			join(agent(5000 * ms)[:2], said(1000*ms, 1300*ms, false)), 4000 * ms,
			[]string{"1400 recognise 1000-1300", "1460 discard"},
		},
		{
			"a backchannel that sounded like words gives the floor back",
			[]string{"Mm-hm."},
			join(agent(5000 * ms)[:2], said(1000*ms, 1400*ms, true)), 4000 * ms,
			[]string{"1150 hold", "1210 partial", "1280 partial", "1340 resume", "1500 recognise 1000-1400", "1560 discard Mm-hm."},
		},
		{
			"words over the agent stop it at once and are an interruption when they are known",
			[]string{"no I want a refund"},
			join(agent(5000 * ms)[:2], said(1000*ms, 1400*ms, true)), 4000 * ms,
			[]string{"1150 hold", "1210 partial", "1280 partial", "1500 recognise 1000-1400", "1560 interrupt", "1700 end no I want a refund"},
		},
		{
			"long speech over the agent is an interruption before its words are known",
			nil,
			join(agent(9000 * ms)[:2], said(1000*ms, 2500*ms, true)), 2400 * ms,
			[]string{"1150 hold", "1210 partial", "1280 partial", "1900 interrupt", "1980 partial", "2600 recognise 1000-2500"},
		},
		{
			"a short word without a hold still interrupts when it is a word",
			[]string{"stop"},
			join(agent(5000 * ms)[:2], said(1000*ms, 1200*ms, false)), 4000 * ms,
			[]string{"1300 recognise 1000-1200", "1360 interrupt", "1500 end stop"},
		},
		{
			"an okay to a yes-or-no question is an answer",
			[]string{"Okay."},
			join(expect(dialog.Expect{Kind: "yesno"}), said(1000*ms, 1300*ms, true)), 4000 * ms,
			[]string{"1400 recognise 1000-1300", "1600 end Okay."},
		},
		{
			"a noise with no words while nobody speaks is no turn",
			[]string{""},
			said(1000*ms, 1300*ms, true), 4000 * ms,
			[]string{"1400 recognise 1000-1300", "1460 discard"},
		},
		{
			"silence after the agent climbs the ladder",
			nil,
			agent(1000 * ms), 20000 * ms,
			[]string{"8000 no-input 1"},
		},
		{
			"a recogniser that never answers costs the turn its words, not its end",
			nil,
			said(1000*ms, 1500*ms, true), 9000 * ms,
			[]string{"1600 recognise 1000-1500", "5500 end failed"},
		},
		{
			"keys gather to the number that is due",
			nil,
			join(expect(dialog.Expect{Kind: "digits", Digits: 3}), []timed{press(1000*ms, "1"), press(1200*ms, "2"), press(1400*ms, "3")}), 9000 * ms,
			[]string{"1400 end keys 123"},
		},
		{
			"keys of unknown number end with a hash or a pause",
			nil,
			join(expect(dialog.Expect{Kind: "digits"}), []timed{press(1000*ms, "1"), press(1200*ms, "#"), press(2000*ms, "7")}), 9000 * ms,
			[]string{"1200 end keys 1", "4500 end keys 7"},
		},
		{
			"key 0 counts at once and stops the agent",
			nil,
			join(agent(5000 * ms)[:2], []timed{press(1000*ms, "0")}), 4000 * ms,
			[]string{"1000 interrupt", "1000 end keys 0"},
		},
		{
			"the caller who goes on before the agent has begun is not talked over",
			[]string{"and the other one"},
			join([]timed{{500 * ms, turn.Event{Kind: turn.Replying, Turn: 9}}}, said(600*ms, 1100*ms, true)), 4000 * ms,
			[]string{"750 hold", "1200 recognise 600-1100", "1260 interrupt", "1600 end and the other one"},
		},
		{
			"a reply that is ready while the caller speaks on is held, and dropped for words",
			[]string{"and the other one"},
			join(said(600*ms, 1600*ms, true)[:2], reply(900*ms), said(600*ms, 1600*ms, true)[2:]), 4000 * ms,
			[]string{"900 hold", "1300 partial", "1360 interrupt", "1700 recognise 600-1600", "2100 end and the other one"},
		},
		{
			"a noise as long as a sentence costs nothing of a reply that has not begun",
			[]string{""},
			join(said(600*ms, 2600*ms, true)[:2], reply(900*ms), said(600*ms, 2600*ms, true)[2:]), 4000 * ms,
			[]string{"900 hold", "1300 partial", "2000 partial", "2700 partial", "2700 recognise 600-2600", "2760 discard", "2760 resume"},
		},
		{
			"what is added to a held turn waits with it",
			[]string{""},
			join(agent(9000 * ms)[:2], said(1000*ms, 1400*ms, true)[:2], reply(1200*ms), said(1000*ms, 1400*ms, true)[2:]), 4000 * ms,
			[]string{"1150 hold", "1200 hold", "1210 partial", "1280 partial", "1340 resume", "1500 recognise 1000-1400", "1560 discard"},
		},
		{
			"a reply without sound ends, and the silence after it counts",
			nil,
			join(reply(1000*ms), []timed{{1040 * ms, turn.Event{Kind: turn.AgentFinished, At: 1040 * ms, Turn: 100}}}), 9000 * ms,
			[]string{"8040 no-input 1"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := &call{engine: turn.New(turn.Config{Partial: 700 * time.Millisecond}), words: tt.words}
			for _, s := range tt.script {
				c.until(s.noticed)
				c.step(s.event, s.noticed)
			}
			c.until(tt.end)
			if diff := cmp.Diff(tt.want, c.log); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestCallerWhoSpeaksLongerThanATurnMayLastBeginsAnother(t *testing.T) {
	config := turn.Config{Longest: 2 * time.Second, Partial: time.Minute}
	for name, tt := range map[string]struct {
		to   time.Duration
		want []string
	}{
		"who speaks on for long": {4500 * ms, []string{
			"3000 recognise 1000-3000", "3500 end on and on", "4600 recognise 3000-4500", "5000 end on and on",
		}},
		"who has just ended": {3100 * ms, []string{
			"3000 recognise 1000-3000", "3200 recognise 1000-3100", "3600 end on and on",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			c := &call{engine: turn.New(config), words: []string{"on and on"}}
			for _, s := range said(1000*ms, tt.to, true) {
				c.until(s.noticed)
				c.step(s.event, s.noticed)
			}
			c.until(9000 * ms)
			if diff := cmp.Diff(tt.want, c.log); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestNoDeadlineInSilence(t *testing.T) {
	if at := turn.New(turn.Config{}).Deadline(); at != turn.Never {
		t.Errorf("a call that begins in silence waits for %v, want nothing", at)
	}
}

func TestBackchannel(t *testing.T) {
	for text, want := range map[string]bool{
		"": true, "Mm-hm.": true, "uh-huh": true, "嗯，好的": true, "Yeah, okay.": true, "Okay, stop.": false, "不": false, "a person please": false,
	} {
		if got := turn.Backchannel(text); got != want {
			t.Errorf("Backchannel(%q) = %v, want %v", text, got, want)
		}
	}
}

func Example() {
	e := turn.New(turn.Config{})
	e.Step(turn.Event{Kind: turn.SpeechStarted, At: 1 * time.Second})
	for _, a := range e.Step(turn.Event{Kind: turn.SpeechEnded, At: 2 * time.Second}) {
		e.Step(turn.Event{Kind: turn.Recognised, At: 2100 * ms, Revision: a.Revision, Text: "hello there"})
	}
	fmt.Println("the turn ends at", e.Deadline())
	// Output: the turn ends at 2.5s
}

// BenchmarkStep is one turn of a call: onset, pause, words, end.
func BenchmarkStep(b *testing.B) {
	b.ReportAllocs()
	e := turn.New(turn.Config{})
	at := time.Duration(0)
	for b.Loop() {
		at += time.Second
		e.Step(turn.Event{Kind: turn.SpeechStarted, At: at})
		for _, a := range e.Step(turn.Event{Kind: turn.SpeechEnded, At: at + 300*ms}) {
			e.Step(turn.Event{Kind: turn.Recognised, At: at + 400*ms, Revision: a.Revision, Text: "where is my order"})
		}
		e.Step(turn.Event{Kind: turn.Tick, At: at + 800*ms})
	}
}
