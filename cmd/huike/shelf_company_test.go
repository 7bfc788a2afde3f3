package main

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"huike/dialog"
	"huike/dialog/flow"
	"huike/session/journal"
)

// next is what the page shows a caller as text who has asked for opening hours.
func next(s *shelf) []string {
	c := flow.New(s.config().Flow, dialog.English)
	c.Step(flow.Input{Kind: flow.Begin, Day: "2026-03-02"})
	out := c.Step(flow.Input{Kind: flow.Words, Text: "What are your opening hours?"})
	for len(out.Operations) > 0 {
		out = c.Step(flow.Input{Kind: flow.Done, Result: &flow.Result{ID: out.Operations[0].ID, OK: true, Rows: []map[string]string{{"store": "pudong", "hours": "10-22"}}}})
	}
	return out.Related
}

func TestWhatKeptCallsHadTogetherIsShownToTheNextCaller(t *testing.T) {
	_, s := stocked(t)
	calls, err := journal.OpenStore(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s.house.calls = calls
	before := next(s)
	for i := range 12 {
		w, err := calls.Create("c_"+strconv.Itoa(i), time.Now())
		if err != nil {
			t.Fatal(err)
		}
		wishes := []dialog.Intent{"order.status"}
		if i%2 == 0 {
			wishes = []dialog.Intent{"store.hours", "points.balance"}
		}
		for _, intent := range wishes {
			if err := w.Write(journal.Event{Type: journal.TypeUnderstood, Intent: intent}); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	s.count()
	if after := next(s); len(after) == 0 || slices.Contains(before, after[0]) {
		t.Errorf("before %v, after %v", before, after)
	}
}
