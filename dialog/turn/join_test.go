package turn_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"huike/dialog/turn"
)

func TestAfterIsWhatIsNew(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, text, first, want string }{
		{"words behind the first half", "Where is my order? The one from Monday.", "Where is my order?", "the one from monday"},
		{"a recogniser that changed its mind", "Where's my order, the one from Monday.", "Where is order?", "the one from monday"},
		{"nothing new", "Where is my order?", "Where is my order.", ""},
		{"fewer words than before", "Where?", "Where is my order.", ""},
		{"half a word is no word", "I want to returned it", "I want to return", "it"},
		{"Chinese", "我想退货，那件夹克", "我想退货。", "那件夹克"},
		{"Chinese heard otherwise", "我要退货那件夹克", "我想退货", "那件夹克"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := turn.After(tt.text, tt.first); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// goesOn is an engine whose caller has said "where is my order", and goes on when the
// agent speaks.
func goesOn(words ...string) *call {
	c := &call{engine: turn.New(turn.Config{}), words: append([]string{"Where is my order?"}, words...)}
	c.step(turn.Event{Kind: turn.SpeechStarted, At: 1000 * ms}, 1000*ms)
	c.step(turn.Event{Kind: turn.SpeechSustained, At: 1150 * ms}, 1150*ms)
	c.step(turn.Event{Kind: turn.SpeechEnded, At: 1250 * ms}, 1350*ms)
	c.until(1650 * ms)
	c.engine.Next()
	c.step(turn.Event{Kind: turn.Replying, Turn: 2}, 1650*ms)
	c.step(turn.Event{Kind: turn.AgentBegan, Turn: 2, At: 1660 * ms}, 1660*ms)
	c.log = nil
	c.until(1990 * ms)
	return c
}

func TestWhoGoesOn(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		words   []string
		settled bool
		want    []string
	}{
		{
			"both halves are one turn, and the agent is silent at once",
			[]string{"the one from Monday", "Where is my order, the one from Monday?"},
			false,
			[]string{"2150 hold", "2210 partial", "2280 partial", "2500 recognise 1000-2400", "2560 interrupt", "2700 end Where is my order, the one from Monday? joins 1"},
		},
		{
			"a cough after the first half is nothing",
			[]string{"", "", "Where is my order?", ""},
			false,
			[]string{"2150 hold", "2210 partial", "2280 partial", "2340 resume", "2500 recognise 1000-2400", "2560 recognise 2000-2400", "2620 discard"},
		},
		{
			"who says the same again has a turn of their own",
			[]string{"Where is my order?"},
			false,
			[]string{"2150 hold", "2210 partial", "2280 partial", "2500 recognise 1000-2400", "2560 recognise 2000-2400", "2620 interrupt", "2700 end Where is my order?"},
		},
		{
			"what cannot be taken back is a turn of its own",
			[]string{"the one from Monday", "The one from Monday."},
			true,
			[]string{"2150 hold", "2210 partial", "2280 partial", "2500 recognise 2000-2400", "2560 interrupt", "2900 end The one from Monday."},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := goesOn(tt.words...)
			if tt.settled {
				c.step(turn.Event{Kind: turn.Settled, At: 1700 * ms}, 1700*ms)
			}
			for _, ev := range said(2000*ms, 2400*ms, true) {
				c.until(ev.noticed)
				c.step(ev.event, ev.noticed)
			}
			c.until(4000 * ms)
			if diff := cmp.Diff(tt.want, c.log); diff != "" {
				t.Error(diff)
			}
		})
	}
}
