package flow

import (
	"slices"
	"strings"
	"testing"

	"huike/dialog"
	"huike/dialog/nlu"
)

// told understands words as a test says.
type told map[string]dialog.Understanding

func (t told) Understand(_ dialog.Lang, text string, _ []string, _ nlu.Expect) dialog.Understanding {
	return t[text]
}

// talk is a call of a member whose words mean what the test says.
func talk(t *testing.T, means told) *Conversation {
	t.Helper()
	def := load(t)
	def.understand = means
	c := New(def, dialog.English)
	c.Step(Input{Kind: Begin, Person: &Person{Known: true, Address: "Ms Zhang", Tier: "gold"}})
	return c
}

// says gives words, has the shop answer every operation with a row, and returns what
// was said and asked for.
func says(c *Conversation, text string) (acts, operations []string) {
	out := c.Step(Input{Kind: Words, Text: text})
	for {
		for _, a := range out.Acts {
			acts = append(acts, a.Name)
		}
		if len(out.Operations) == 0 {
			return acts, operations
		}
		op := out.Operations[0]
		operations = append(operations, op.Name)
		out = c.Step(Input{Kind: Done, Result: &Result{ID: op.ID, OK: true, Rows: []map[string]string{{"status": "shipped", "points": "5", "number": "10023", "item": "running shoes", "refund": "5.00"}}}})
	}
}

var yes = dialog.Understanding{Intent: nlu.Yes, Score: 1, Slots: []dialog.Slot{{Name: nlu.SlotAnswer, Value: "yes"}}}

func TestSeveralWishesOfOneSentenceAreDoneOneAfterTheOther(t *testing.T) {
	c := talk(t, told{
		"points, coupons and my order": {Intent: "points.balance", Score: 1, Others: []dialog.Understanding{
			{Intent: "coupon.list", Score: 1}, {Intent: "order.status", Score: 1, Slots: []dialog.Slot{{Name: "order_number", Value: "10023"}}},
		}},
		"cancel 10023, and the points": {Intent: "order.cancel", Score: 1, Slots: []dialog.Slot{{Name: "order_number", Value: "10023"}}, Others: []dialog.Understanding{{Intent: "points.balance", Score: 1}}},
		"yes":                          yes,
	})
	acts, operations := says(c, "points, coupons and my order")
	if want := []string{"points.balance", "coupon.list", "order.status"}; !slices.Equal(operations, want) {
		t.Errorf("operations %v, want %v", operations, want)
	}
	if want := []string{"points.balance", "coupon.count", "coupon.one", "order.status.shipped", "anything_else"}; !slices.Equal(acts, want) {
		t.Errorf("acts %v, want %v", acts, want)
	}
	if _, operations = says(c, "cancel 10023, and the points"); !slices.Equal(operations, []string{"order.check"}) {
		t.Errorf("operations %v before the yes", operations)
	}
	if _, operations = says(c, "yes"); !slices.Equal(operations, []string{"order.cancel", "points.balance"}) {
		t.Errorf("operations %v after the yes", operations)
	}
}

func TestWhatIsNotWantedIsNotDone(t *testing.T) {
	c := talk(t, told{
		"cancel order 10023":         {Intent: "order.cancel", Score: 1, Slots: []dialog.Slot{{Name: "order_number", Value: "10023"}}},
		"no don't cancel it":         {Intent: "order.cancel", Score: 1, Negated: true},
		"not the points, my coupons": {Intent: "points.balance", Score: 1, Negated: true, Others: []dialog.Understanding{{Intent: "coupon.list", Score: 1}}},
	})
	says(c, "cancel order 10023")
	if acts, operations := says(c, "no don't cancel it"); len(operations) > 0 || !slices.Equal(acts, []string{"cancelled", "anything_else"}) {
		t.Errorf("acts %v, operations %v: want it left", acts, operations)
	}
	if _, operations := says(c, "not the points, my coupons"); !slices.Equal(operations, []string{"coupon.list"}) {
		t.Errorf("operations %v: want the coupons alone", operations)
	}
}

func TestNoTimeToTalkLeadsToAnotherTimeAndNoOffer(t *testing.T) {
	c := talk(t, told{"I'm rather busy": {Mood: "busy", Moods: map[string]float64{"busy": 0.9}}})
	out := c.Step(Input{Kind: Words, Text: "I'm rather busy"})
	if out.Route == nil || out.Route.Reason != "another_time" || out.Expect.Kind != "yesno" {
		t.Errorf("route %+v, expect %q: want another time offered", out.Route, out.Expect.Kind)
	}
	if !c.state.NoSell {
		t.Error("something may still be offered")
	}
}

func TestARouteIsKeptWithWhatItWasDecidedOn(t *testing.T) {
	c := talk(t, told{"agent": {Intent: nlu.Person, Score: 1, Mood: "angry"}})
	out := c.Step(Input{Kind: Words, Text: "agent"})
	if r := out.Route; r == nil || r.Rule != "asked" || r.Reason != dialog.ReasonAsked || r.Version != c.def.RoutingVersion() || r.Facts["mood"] != "angry" {
		t.Errorf("route %+v", out.Route)
	}
	for _, want := range []string{"Why you: the caller asked for a person", "Caller: a member, gold", "Mood: angry"} {
		if !strings.Contains(out.Handoff.Summary, want) {
			t.Errorf("brief %q: want %q in it", out.Handoff.Summary, want)
		}
	}
}

func TestThresholdsDecideAndAreChecked(t *testing.T) {
	def := load(t)
	strict, err := def.WithThresholds(map[string]any{"misses": 1})
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		def  *Definition
		want bool
	}{"three misses": {def, false}, "one miss": {strict, true}} {
		c := New(tt.def, dialog.English)
		if out := c.Step(Input{Kind: Words, Text: "purple elephants quietly walk"}); (out.Handoff != nil) != tt.want {
			t.Errorf("%s: handoff %v after one", name, out.Handoff)
		}
	}
	if strict.RoutingVersion() == def.RoutingVersion() || def.Thresholds()["misses"] == 1 {
		t.Error("the table with another threshold has the same version, or the old one changed")
	}
	for name, changed := range map[string]map[string]any{"want one of": {"mises": 1}, "rule no_answer": {"misses": "many"}} {
		if _, err := def.WithThresholds(changed); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v: error %v, want %q in it", changed, err, name)
		}
	}
}

func TestEveryIntentSaysHowItIsDealtWith(t *testing.T) {
	def := load(t)
	ways := map[string]int{}
	for intent, f := range def.intents {
		if f.Path == "" {
			t.Errorf("intent %s has no path", intent)
		}
		ways[f.Path]++
	}
	for _, way := range []string{"answer", "serve", "person"} {
		if ways[way] == 0 {
			t.Errorf("no intent is dealt with by %s", way)
		}
	}
	if _, err := Load(changed(t, "path: answer", "quiet: false"), "."); err == nil || !strings.Contains(err.Error(), "has intents and no path") {
		t.Errorf("a flow without a path: error %v", err)
	}
}

func TestASentenceLeadsToANodeAtOnce(t *testing.T) {
	def, err := Load(changed(t, "{id: latest, say: order.latest", "{id: latest, intents: [order.latest], say: order.latest"), ".")
	if err != nil {
		t.Fatal(err)
	}
	def.understand = told{"book": {Intent: "booking", Score: 1}, "my latest order": {Intent: "order.latest", Score: 1}}
	c := New(def, dialog.English)
	c.Step(Input{Kind: Begin, Person: &Person{Known: true}})
	says(c, "book")
	if acts, _ := says(c, "my latest order"); !slices.Equal(acts, []string{"order.latest", "order.status.shipped", "resume", "ask.service.again"}) {
		t.Errorf("acts %v: want the node, and back", acts)
	}
}

func TestADayIsReckonedFromTheCalls(t *testing.T) {
	for _, tt := range []struct{ value, day, clock string }{
		{"today+1Tafternoon", "2026-05-19", "14:00"},
		{"todayT09:30", "2026-05-18", "09:30"},
		{"wed", "2026-05-20", ""},
		{"sun", "2026-05-24", ""},
		{"mon+1w", "2026-05-25", ""},
		{"sun+1w", "2026-05-31", ""},
		{"now", "2026-05-18", ""},
		{"05-20T15:00", "2026-05-20", "15:00"},
		{"05-01", "2027-05-01", ""},
		{"2026-06-01", "2026-06-01", ""},
		{"", "", ""},
	} {
		if day, clock := calendar(tt.value, "2026-05-18"); day != tt.day || clock != tt.clock {
			t.Errorf("%q is %q %q: want %q %q", tt.value, day, clock, tt.day, tt.clock)
		}
	}
}
