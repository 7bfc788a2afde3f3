package expect_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"huike/dialog"
	"huike/session/journal"
	"huike/session/journal/expect"
)

// events is a call about an order, with one interruption.
func events() []journal.Event {
	return []journal.Event{
		{Type: journal.TypeStarted, Call: "c_1", Lang: dialog.English},
		{Type: journal.TypeAct, Turn: 1, Act: &dialog.Act{Name: "greet"}},
		{Type: journal.TypeCaption, Party: dialog.Caller, Turn: 2, Text: "where", At: 900},
		{Type: journal.TypeCaption, Party: dialog.Caller, Turn: 2, Text: "Where's my order?", Final: true, At: 1000},
		{Type: journal.TypeUnderstood, Turn: 2, Intent: "order.status", At: 1000},
		{Type: journal.TypeAct, Turn: 2, Act: &dialog.Act{Name: "ask.order_number"}, At: 1000},
		{Type: journal.TypeLatency, Turn: 2, Latency: &journal.Latency{MS: 430}, At: 1400},
		{Type: journal.TypeInterrupted, Turn: 2, Heard: "What is", At: 2000},
		{Type: journal.TypeCaption, Party: dialog.Caller, Turn: 4, Text: "10023.", Final: true, At: 3000},
		{Type: journal.TypeUnderstood, Turn: 4, Intent: "order.status", Slots: []dialog.Slot{{Name: "order_number", Value: "10023"}}, At: 3000},
		{Type: journal.TypeOperation, Turn: 4, Operation: &journal.Operation{ID: 1, Name: "order.status", Args: map[string]string{"order_number": "10023"}}, At: 3000},
		{Type: journal.TypeOperation, Turn: 4, Operation: &journal.Operation{ID: 1, Name: "order.status", Done: true, OK: true}, At: 3010},
		{Type: journal.TypeAct, Turn: 4, Act: &dialog.Act{Name: "order.status.shipped"}, At: 3010},
		{Type: journal.TypeLatency, Turn: 4, Latency: &journal.Latency{MS: 610}, At: 3400},
		{Type: journal.TypeOperation, Turn: 6, Operation: &journal.Operation{ID: 2, Name: "complaint.create", Write: true}, At: 5000},
		{Type: journal.TypeOperation, Turn: 6, Operation: &journal.Operation{ID: 2, Name: "complaint.create", Write: true, Done: true, OK: true}, At: 5010},
		{Type: journal.TypeHandoff, State: "waiting", Reason: dialog.ReasonComplaint, At: 5020},
		{Type: journal.TypeEnded, Disposition: dialog.HandedOff, By: dialog.Human, At: 9000},
	}
}

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		name, yaml string
		want       []string // the fields that differ
	}{
		{"a call that is as it must be", `
about: everything
transcript: {caller: ["where is my order", "10023"], max_word_error: 0.4}
turns: 2
intents: [order.status, order.status]
slots: {order_number: "10023"}
acts: [greet, order.status.shipped]
no_acts: [sorry.nomatch]
operations: [{name: order.status, args: {order_number: "10023"}, ok: true}]
writes: [{name: complaint.create, ok: true}]
handoff: complaint
disposition: {code: handed_off, by: human}
interruptions: 1
latency: {p50_ms: 610, max_ms: 610}
`, nil},
		{"words that are too far off", `transcript: {caller: ["where is my order", "10024"], max_word_error: 0.1}`, []string{"transcript.max_word_error"}},
		{"words without a limit must be the same", `transcript: {caller: ["where is my order"]}`, []string{"transcript.max_word_error"}},
		{"characters that are too far off", `transcript: {caller: ["where is my daughter"], max_char_error: 0.1}`, []string{"transcript.max_char_error"}},
		{"a turn too few", `turns: 3`, []string{"turns"}},
		{"an intent that never came", `intents: [order.status, goodbye]`, []string{"intents"}},
		{"acts in another order", `acts: [order.status.shipped, greet]`, []string{"acts"}},
		{"an act that must not be", `no_acts: [greet]`, []string{"no_acts"}},
		{"another value in a slot", `slots: {order_number: "10024", store: "x"}`, []string{"slots.order_number", "slots.store"}},
		{"an operation that failed", `operations: [{name: order.status, ok: false}]`, []string{"operations"}},
		{"an operation with other details", `operations: [{name: order.status, args: {order_number: "1"}}]`, []string{"operations"}},
		{"a write where none may be", `writes: []`, []string{"writes"}},
		{"a write too few", `writes: [{name: complaint.create}, {name: callback.create}]`, []string{"writes"}},
		{"a handoff where none may be", `handoff: none`, []string{"handoff"}},
		{"another reason", `handoff: caller_asked`, []string{"handoff"}},
		{"another end", `disposition: {code: completed}`, []string{"disposition"}},
		{"the same end by another", `disposition: {by: caller}`, []string{"disposition"}},
		{"an interruption too many", `interruptions: 0`, []string{"interruptions"}},
		{"an answer too late", `latency: {p50_ms: 400, max_ms: 600}`, []string{"latency.p50_ms", "latency.max_ms"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, err := expect.Parse(strings.NewReader(c.yaml))
			if err != nil {
				t.Fatal(err)
			}
			differences := e.Check(events())
			got := make([]string, len(differences))
			for i, d := range differences {
				got[i] = d.What
			}
			if strings.Join(got, " ") != strings.Join(c.want, " ") {
				t.Errorf("differs in %v, want %v\n%v", got, c.want, differences)
			}
		})
	}
}

func TestAnAnswerThatNeverCameIsNoGoodLatency(t *testing.T) {
	e, err := expect.Parse(strings.NewReader("latency: {max_ms: 900}\nhandoff: none"))
	if err != nil {
		t.Fatal(err)
	}
	if got := e.Check(nil); len(got) != 1 || got[0].What != "latency" {
		t.Errorf("got %v", got)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct{ name, yaml, want string }{
		{"an empty file", ``, "empty"},
		{"a file that expects nothing", `about: nothing`, "nothing is expected"},
		{"a field that it does not know, with its line", "turns: 1\nactz: [greet]", "[2:1]"},
		{"a value of another kind", `turns: many`, "[1:8]"},
		{"a rate above 1", `transcript: {caller: [x], max_word_error: 20}`, "max_word_error is 20"},
		{"a rate that is no number", `transcript: {caller: [x], max_word_error: .nan}`, "max_word_error"},
		{"a transcript without words", `transcript: {max_word_error: 0.1}`, "caller is empty"},
		{"fewer turns than none", `turns: -1`, "turns is -1"},
		{"an operation without a name", `writes: [{ok: true}]`, "no name"},
		{"a budget of nothing", `latency: {p50_ms: 0}`, "above 0"},
		{"an end that there is not", `disposition: {code: done}`, `"done" is none`},
		{"an end by nobody known", `disposition: {by: robot}`, `"robot" is not one of`},
		{"two documents", "turns: 1\n---\nturns: 2", "more than one document"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := expect.Parse(strings.NewReader(c.yaml))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

func TestErrorRates(t *testing.T) {
	for _, c := range []struct {
		name, want, got string
		word, char      float64
	}{
		{"the same words", "Where is my order?", "where is my order", 0, 0},
		{"an apostrophe parts no word", "I don't know.", "i dont know", 0, 0},
		{"a hyphen does", "a twenty-one day wait", "a twenty one day wait", 0, 0},
		{"one word of four is another", "where is my order", "where is my daughter", 0.25, 6.0 / 14},
		{"one word is missing", "where is my order", "where my order", 0.25, 2.0 / 14},
		{"one word too many", "where is my order", "where is my my order", 0.25, 2.0 / 14},
		{"full-width is plain", "order １００２３", "order 10023", 0, 0},
		{"one Chinese character of six", "我的订单在哪", "我的定单在哪", 1.0 / 6, 1.0 / 6},
		{"Chinese punctuation is nothing", "您好,我要投诉!", "您好 我要投诉", 0, 0},
		{"invented words", "", "thank you", 1, 1},
		{"silence", "", "", 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := expect.WordError(c.want, c.got); math.Abs(got-c.word) > 1e-9 {
				t.Errorf("words %.4f, want %.4f", got, c.word)
			}
			if got := expect.CharError(c.want, c.got); math.Abs(got-c.char) > 1e-9 {
				t.Errorf("characters %.4f, want %.4f", got, c.char)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add("turns: 1")
	f.Add("transcript: {caller: [x], max_char_error: 0.1}\nwrites: []\nlatency: {p50_ms: 1}")
	f.Add("slots: {a: b}\nacts: [x]\ndisposition: {code: completed}")
	f.Fuzz(func(_ *testing.T, text string) {
		e, err := expect.Parse(strings.NewReader(text))
		if err == nil {
			_ = e.Check(events())
		}
	})
}

func ExampleExpect_Check() {
	e, err := expect.Parse(strings.NewReader(`
handoff: complaint
disposition: {code: handed_off, by: human}
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, d := range e.Check([]journal.Event{
		{Type: journal.TypeHandoff, State: "waiting", Reason: dialog.ReasonComplaint},
		{Type: journal.TypeEnded, Disposition: dialog.HungUp, By: dialog.Caller},
	}) {
		fmt.Println(d)
	}
	// Output:
	// disposition
	//   want handed_off by human
	//   got  hung_up by caller
}
