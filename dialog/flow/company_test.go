package flow

import (
	"slices"
	"testing"

	"huike/dialog"
)

func TestWhatCallersWantInOneCallIsRelated(t *testing.T) {
	def := load(t)
	var calls [][]dialog.Intent
	for range 6 {
		calls = append(calls, []dialog.Intent{"points.balance", "store.hours"}, []dialog.Intent{"points.balance", "complaint"})
	}
	for range 4 { // too few
		calls = append(calls, []dialog.Intent{"points.balance", "stock.nearby"})
	}
	for range 50 {
		calls = append(calls, []dialog.Intent{"order.status"})
	}
	titles := func(def *Definition) []string {
		c := New(def, dialog.English)
		c.Step(Input{Kind: Begin, Person: &Person{Known: true}})
		out := c.Step(Input{Kind: Words, Text: "How many points do I have?"})
		for len(out.Operations) > 0 {
			op := out.Operations[0]
			out = c.Step(Input{Kind: Done, Result: &Result{ID: op.ID, OK: true, Rows: []map[string]string{{"points": "10"}}}})
		}
		return out.Related
	}
	before := titles(def)
	after := titles(def.WithCompany(Together(calls)))
	hours := def.flows[def.intents["store.hours"].Name].Title["en"]
	if len(before) == 0 || slices.Contains(before, hours) {
		t.Fatalf("related by the shop's data: %v", before)
	}
	if len(after) == 0 || after[0] != hours || len(after) > mostRelated || !slices.Contains(after, before[0]) {
		t.Errorf("related by what callers want: %v", after)
	}
}

func TestWhatComesWithEverythingIsNoCompany(t *testing.T) {
	var calls [][]dialog.Intent
	for i := range 40 {
		calls = append(calls, []dialog.Intent{dialog.Intent(rune('a' + i%4)), "goodbye"})
	}
	if c := Together(calls); len(c) != 0 {
		t.Errorf("%v", c)
	}
	if c := Together(nil); len(c) != 0 {
		t.Errorf("%v", c)
	}
}
