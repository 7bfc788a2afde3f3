package score

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"huike/dialog"
	"huike/session/journal"
)

func said(text string) journal.Event {
	return journal.Event{Type: journal.TypeCaption, Party: dialog.Caller, Text: text, Final: true}
}

func act(name string, whole bool) journal.Event {
	return journal.Event{Type: journal.TypeAct, Act: &dialog.Act{Name: name, Whole: whole}}
}

func write(id uint32) journal.Event {
	return journal.Event{Type: journal.TypeOperation, Operation: &journal.Operation{ID: id, Name: "order.cancel", Write: true}}
}

func understood(intent dialog.Intent) journal.Event {
	return journal.Event{Type: journal.TypeUnderstood, Intent: intent}
}

var (
	start  = journal.Event{Type: journal.TypeStarted, Lang: dialog.English}
	hello  = act("greet.purchase", false)
	wait   = journal.Event{Type: journal.TypeHandoff, State: "waiting"}
	ending = journal.Event{Type: journal.TypeEnded, At: 20000, Disposition: dialog.Completed}
)

func TestEachRuleFindsItsViolation(t *testing.T) {
	rules, err := Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		events []journal.Event
		broken []string
	}{
		"a good call":                     {[]journal.Event{start, hello, said("cancel it"), act("order.cancel.read_back", true), said("yes"), write(1), write(1), ending}, nil},
		"no greeting":                     {[]journal.Event{start, said("hi"), ending}, []string{"greeted"}},
		"a write without a read-back":     {[]journal.Event{start, hello, said("cancel it"), write(1), ending}, []string{"read_back"}},
		"a write before the caller spoke": {[]journal.Event{start, hello, said("cancel it"), act("order.cancel.read_back", true), write(1), ending}, []string{"read_back"}},
		"a second write on an old yes":    {[]journal.Event{start, hello, said("a"), act("x.read_back", true), said("yes"), write(1), write(2), ending}, []string{"read_back"}},
		"a slow answer":                   {[]journal.Event{start, hello, said("a"), {Type: journal.TypeLatency, Latency: &journal.Latency{MS: 3500}}, ending}, []string{"answer_time"}},
		"a question again and again":      {[]journal.Event{start, hello, said("a"), act("ask.phone", false), act("ask.phone.again", false), act("ask.phone.again", false), act("ask.phone.again", false), ending}, []string{"repeated"}},
		"a person who was late":           {[]journal.Event{start, hello, said("a"), understood("person"), said("b"), said("c"), wait, ending}, []string{"handoff"}},
		"a person at once":                {[]journal.Event{start, hello, said("a"), understood("person"), wait, said("b"), said("c"), ending}, nil},
		"an offer to who complains":       {[]journal.Event{start, hello, said("a"), understood("complaint"), wait, act("offer.recommend", false), ending}, []string{"no_sell"}},
		"a number written out":            {[]journal.Event{start, hello, said("call 13800001234"), ending}, []string{"masked"}},
		"nothing understood":              {[]journal.Event{start, hello, said("a"), act("no_match.1", false), said("b"), act("no_match.2", false), ending}, []string{"understood"}},
		"what was withdrawn is not held against a call": {[]journal.Event{
			start, hello,
			{Type: journal.TypeCaption, Party: dialog.Caller, Turn: 3, Text: "where is", Final: true},
			act("no_match.1", false),
			{Type: journal.TypeLatency, Latency: &journal.Latency{MS: 3500}},
			{Type: journal.TypeCaption, Party: dialog.Caller, Turn: 5, Joins: 3, Text: "where is my order", Final: true},
			act("order.status.shipped", false), ending,
		}, nil},
		"a failed call": {[]journal.Event{start, hello, said("a"), {Type: journal.TypeEnded, At: 20000, Disposition: dialog.Failed}}, []string{"faults"}},
	} {
		if got := rules.Score(tt.events); !slices.Equal(got.Broken, tt.broken) || got.Held == 0 || got.Rules != rules.Version() {
			t.Errorf("%s: %+v, want %v broken", name, got, tt.broken)
		}
	}
}

func TestRulesThatCannotBeAreRefused(t *testing.T) {
	for _, text := range []string{
		"", "rules: []", "rules:\n- {id: a, holds: 'color == 1'}", "rules:\n- {id: a, holds: 'turns'}", "rules:\n- {id: a, holds: ''}",
		"rules:\n- {id: a, holds: 'true'}\n- {id: a, holds: 'true'}", "rules:\n- {id: a, hold: 'true'}", "rules:\n- {holds: 'true'}", "{",
	} {
		if _, err := Load([]byte(text)); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add("rules:\n- {id: a, when: 'turns > 1', holds: 'greeted', title: {en: A}}")
	f.Fuzz(func(_ *testing.T, text string) {
		if r, err := Load([]byte(text)); err == nil {
			r.Score([]journal.Event{start, ending})
		}
	})
}

func keep(t *testing.T, store *journal.Store, id string, events []journal.Event) {
	t.Helper()
	w, err := store.Create(id, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		if err := w.Write(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestEveryCallOfAStoreIsScored(t *testing.T) {
	store, err := journal.OpenStore(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	rules, err := Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	keep := func(id string, events ...journal.Event) { keep(t, store, id, events) }
	keep("c_before", start, said("hi"), ending) // before there were rules
	store.ScoreWith(rules.Score)
	keep("c_good", start, hello, said("hi"), ending)
	keep("c_bad", start, hello, said("a"), write(1), ending)
	call, err := store.Open("c_bad")
	if err != nil || call.Summary.Score == nil || !slices.Equal(call.Summary.Score.Broken, []string{"read_back"}) {
		t.Errorf("the kept call's score: %+v, %v", call.Summary.Score, err)
	}
	p := rules.Report(store)
	if p.Calls != 3 || p.Coverage != 1 || p.Clean != 1 || p.Violations["greeted"] != 1 || p.Violations["read_back"] != 1 || len(p.Broken) != 2 {
		t.Errorf("report %+v", p)
	}
	other, err := Load([]byte("rules:\n- {id: short, holds: 'turns > 5'}"))
	if err != nil {
		t.Fatal(err)
	}
	if p := other.Report(store); p.Coverage != 1 || p.Violations["short"] != 3 {
		t.Errorf("with other rules: %+v", p)
	}
}

func ExampleRules_Score() {
	rules, err := Load([]byte("rules:\n- {id: greeted, holds: greeted}"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(rules.Score([]journal.Event{said("hello?")}).Broken)
	// Output: [greeted]
}
