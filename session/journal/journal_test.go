package journal_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"huike/dialog"
	"huike/session/journal"
)

// sample is one event of each type.
func sample() []journal.Event {
	return []journal.Event{
		{Type: journal.TypeStarted, Call: "c_1", Lang: dialog.English},
		{Type: journal.TypeMember, At: 2, Member: &journal.Member{Name: "张女士", Tier: "gold", Phone: "138****1234", Points: new(int64(0))}},
		{Type: journal.TypeSpeech, Party: dialog.Agent, On: true, At: 120},
		{Type: journal.TypeAct, At: 120, Turn: 1, Act: &dialog.Act{Name: "greet", Args: map[string]string{"name": "张女士"}}},
		{Type: journal.TypeCaption, Party: dialog.Agent, Turn: 1, Text: "Hello.", Final: true, At: 120},
		{Type: journal.TypeCaption, Party: dialog.Agent, Turn: 1, Clause: 1, Text: "What can I do?", Final: true, At: 900},
		{Type: journal.TypeSpeech, Party: dialog.Agent, At: 2000},
		{Type: journal.TypeCaption, Party: dialog.Caller, Turn: 2, Text: "where", At: 2500},
		{Type: journal.TypeRecognised, Turn: 2, At: 3300, Recognised: &journal.Recognised{
			From: 2400, To: 3200, Text: "Where is my order?", Confidence: 0.5, Alternatives: []string{"Wear is my order"}, Elapsed: 40,
		}},
		{Type: journal.TypeCaption, Party: dialog.Caller, Turn: 2, Text: "where is my order", Final: true, At: 3300},
		{
			Type: journal.TypeUnderstood, Turn: 2, At: 3300, Intent: "order.status", Score: 0.93, Node: "order/status",
			Slots: []dialog.Slot{{Name: "order_number", Value: "10023", Heard: "one double oh two three"}},
		},
		{Type: journal.TypeOperation, Turn: 2, At: 3300, Operation: &journal.Operation{ID: 1, Name: "order.status"}},
		{Type: journal.TypeOperation, Turn: 2, At: 3310, Operation: &journal.Operation{
			ID: 1, Name: "order.status", Done: true, OK: true, Rows: []map[string]string{{"status": "shipped", "number": "10023"}},
		}},
		{Type: journal.TypeLatency, Turn: 2, At: 3500, Latency: &journal.Latency{MS: 300, Endpointing: 200, Recognition: 40, Synthesis: 55, Playout: 5}},
		{Type: journal.TypeInterrupted, Turn: 3, Heard: "Your order", At: 4100},
		{Type: journal.TypeAudit, At: 4100, Audit: &journal.Audit{Action: "read", Purpose: "service", Fields: []string{"points"}}},
		{Type: journal.TypeKey, Key: "0", At: 5000},
		{Type: journal.TypeText, Text: "hello", At: 5100},
		{Type: journal.TypeMute, On: true, At: 5200},
		{Type: journal.TypeMute, At: 5300},
		{Type: journal.TypeHandoff, State: "taken", Reason: dialog.ReasonAsked, Agent: "Li", Waited: 800, At: 6000},
		{Type: journal.TypeNotice, Text: "queued", At: 6100},
		{Type: journal.TypeError, Error: "no recogniser for zh", At: 6100},
		{Type: journal.TypeStats, At: 9000, Stats: map[string]float64{"jitterBufferDelay": 0.25, "concealedSamples": 960}},
		{Type: journal.TypeHangup, At: 9000},
		{Type: journal.TypeEnded, Disposition: dialog.HandedOff, By: dialog.Human, At: 9000},
	}
}

func TestAnEventHasTheWordsOfTheContract(t *testing.T) {
	for _, c := range []struct {
		name  string
		event journal.Event
		want  string
	}{
		{"a call starts at 0", journal.Event{Type: journal.TypeStarted, Call: "c_1", Lang: "en"}, `{"type":"started","at":0,"call":"c_1","lang":"en"}`},
		{
			"silence is said, not left out",
			journal.Event{Type: journal.TypeSpeech, Party: dialog.Caller, At: 1234},
			`{"type":"speech","at":1234,"party":"caller","on":false}`,
		},
		{
			"a partial is not final",
			journal.Event{Type: journal.TypeCaption, Party: dialog.Caller, Turn: 3, Text: "whe"},
			`{"type":"caption","at":0,"party":"caller","turn":3,"text":"whe","final":false}`,
		},
		{
			"the agent's first clause has a number",
			journal.Event{Type: journal.TypeCaption, Party: dialog.Agent, Turn: 3, Text: "Hi.", Final: true},
			`{"type":"caption","at":0,"party":"agent","turn":3,"text":"Hi.","final":true,"clause":0}`,
		},
		{
			"a latency lies flat",
			journal.Event{Type: journal.TypeLatency, Turn: 3, Latency: &journal.Latency{MS: 430, Endpointing: 300, Playout: 9}},
			`{"type":"latency","at":0,"turn":3,"ms":430,"endpointing":300,"recognition":0,"dialog":0,"synthesis":0,"playout":9}`,
		},
		{
			"a handoff tells the wait",
			journal.Event{Type: journal.TypeHandoff, State: "waiting", Reason: dialog.ReasonAsked, Waited: 5},
			`{"type":"handoff","at":0,"state":"waiting","reason":"caller_asked","waited_ms":5}`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := json.Marshal(c.event)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, string(got)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAJournalReadsBackAsItWasWrittenAndHasTheSameBytesTwice(t *testing.T) {
	var first, second bytes.Buffer
	for _, out := range []*bytes.Buffer{&first, &second} {
		w := journal.NewWriter(out)
		for _, e := range sample() {
			if err := w.Write(e); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("the same events have other bytes the second time")
	}
	got, err := journal.Parse(&first)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sample(), got); diff != "" {
		t.Error(diff)
	}
}

func TestParse(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       int
		err        string
	}{
		{"an empty journal has no events", "", 0, ""},
		{"a line that the process died in is passed over", "{\"type\":\"notice\",\"at\":1}\n{\"type\":\"no", 1, ""},
		{"a broken line is named", "{\"type\":\"notice\",\"at\":1}\nnonsense\n", 1, "journal line 2"},
		{"an event without a type is no event", "{\"at\":1}\n", 0, "journal line 1"},
		{"call time does not run backwards from 0", "{\"type\":\"notice\",\"at\":-1}\n", 0, "journal line 1"},
		{"a newer journal's fields are passed over", "{\"type\":\"notice\",\"at\":1,\"colour\":\"red\"}\n", 1, ""},
		{"an empty line is passed over", "\n{\"type\":\"notice\",\"at\":1}\n\n", 1, ""},
		{"a line of a megabyte is no event", "{\"type\":\"notice\",\"text\":\"" + strings.Repeat("x", 2<<20) + "\"}\n", 0, "too long"},
	} {
		t.Run(c.name, func(t *testing.T) {
			events, err := journal.Parse(strings.NewReader(c.text))
			if len(events) != c.want {
				t.Errorf("%d events, want %d", len(events), c.want)
			}
			if (c.err == "") != (err == nil) || (err != nil && !strings.Contains(err.Error(), c.err)) {
				t.Errorf("error %v, want %q", err, c.err)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	for _, e := range sample() {
		line, err := json.Marshal(e)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(append(line, '\n'))
	}
	f.Add([]byte("{\"type\":\"latency\",\"at\":1,\"ms\":1e3}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		events, err := journal.Parse(bytes.NewReader(data))
		if err != nil {
			return
		}
		var out bytes.Buffer
		for _, e := range events {
			line, err := json.Marshal(e)
			if err != nil {
				t.Fatalf("an event that was read cannot be written: %v", err)
			}
			out.Write(append(line, '\n'))
		}
		again, err := journal.Parse(&out)
		if err != nil {
			t.Fatalf("a journal that was written cannot be read: %v", err)
		}
		if diff := journal.Diff(events, again); diff != "" {
			t.Fatalf("it reads back otherwise:\n%s", diff)
		}
		_ = journal.Summarise(events)
		transcript := journal.TranscriptOf(events)
		_ = transcript.String()
	})
}

func TestAPhoneNumberIsNotInTheJournal(t *testing.T) {
	keyed := func(keys string) (events []journal.Event) {
		for i, k := range keys {
			events = append(events, journal.Event{Type: journal.TypeKey, Key: string(k), At: journal.Milliseconds(i * 300)})
			events = append(events, journal.Event{Type: journal.TypeSpeech, Party: dialog.Agent, At: journal.Milliseconds(i * 300)})
		}
		return append(events, journal.Event{Type: journal.TypeEnded, At: 9999})
	}
	caption := func(turns ...string) (events []journal.Event) {
		for i, text := range turns {
			at, turn := journal.Milliseconds(i*4000), uint32(i)
			events = append(events,
				journal.Event{Type: journal.TypeRecognised, At: at, Turn: turn, Recognised: &journal.Recognised{Text: text, Alternatives: []string{text}}},
				journal.Event{Type: journal.TypeCaption, Party: dialog.Caller, At: at, Turn: turn, Text: text},
				journal.Event{Type: journal.TypeCaption, Party: dialog.Caller, At: at, Turn: turn, Text: text, Final: true},
				journal.Event{Type: journal.TypeUnderstood, At: at, Turn: turn, Slots: []dialog.Slot{{Name: "phone", Value: text, Heard: text}}},
				journal.Event{Type: journal.TypeCaption, Party: dialog.Agent, At: at, Turn: turn, Text: "Go on.", Final: true})
		}
		return events
	}
	for _, c := range []struct {
		name   string
		events []journal.Event
		want   string // in the journal
	}{
		{"said", []journal.Event{{Type: journal.TypeCaption, Party: dialog.Caller, Text: "it is 13800001234", Final: true}}, "138****1234"},
		{"being said", []journal.Event{{Type: journal.TypeCaption, Party: dialog.Caller, Text: "it is 1380000123"}}, "it is 138"},
		{"said in three turns", caption("138", "0000", "1234"), `"text":"****"`},
		{"said in words, after others", caption("my number is one thirty eight", "double oh double oh", "twelve thirty four"), `"text":"** **"`},
		{"in a slot", []journal.Event{{Type: journal.TypeUnderstood, Slots: []dialog.Slot{{Name: "phone", Value: "13800001234", Heard: "13800001234"}}}}, "138****1234"},
		{"in a write", []journal.Event{{Type: journal.TypeOperation, Operation: &journal.Operation{Name: "callback.create", Args: map[string]string{"phone": "13800001234"}}}}, "138****1234"},
		{"in an answer", []journal.Event{{Type: journal.TypeOperation, Operation: &journal.Operation{Name: "x", Rows: []map[string]string{{"phone": "13800001234"}}}}}, "138****1234"},
		{"in an act", []journal.Event{{Type: journal.TypeAct, Act: &dialog.Act{Name: "readback", Args: map[string]string{"phone": "13800001234"}, Text: "13800001234"}}}, "138****1234"},
		{"recognised", []journal.Event{{Type: journal.TypeRecognised, Recognised: &journal.Recognised{Text: "13800001234", Alternatives: []string{"13800001234"}}}}, "138****1234"},
		{"heard", []journal.Event{{Type: journal.TypeInterrupted, Heard: "13800001234"}}, "138****1234"},
		{"on the card", []journal.Event{{Type: journal.TypeMember, Member: &journal.Member{Phone: "13800001234"}}}, "138****1234"},
		{"keyed digit by digit", keyed("13800001234"), `"key":"x"`},
		{"keyed at once", []journal.Event{{Type: journal.TypeKey, Key: "13800001234"}}, "138xxxx1234"},
		{"keyed in two parts", []journal.Event{{Type: journal.TypeKey, Key: "1380000"}, {Type: journal.TypeKey, Key: "1234", At: 2000}}, "138xxxx"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out bytes.Buffer
			w := journal.NewWriter(&out)
			for _, e := range c.events {
				if err := w.Write(e); err != nil {
					t.Fatal(err)
				}
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(out.String(), c.want) {
				t.Errorf("no %s in %s", c.want, out.String())
			}
			if strings.Contains(out.String(), "0000") || strings.Contains(out.String(), "double oh") {
				t.Errorf("the number is in %s", out.String())
			}
			events, err := journal.Parse(&out)
			if err != nil {
				t.Fatal(err)
			}
			var keys string
			for _, e := range events {
				keys += e.Key
			}
			if strings.Contains(keys, "0000") {
				t.Errorf("the keys spell the number: %s", keys)
			}
		})
	}
}

func TestWordsOfTheSameTurnStandInEachOthersPlace(t *testing.T) {
	var m journal.Masker
	for i, c := range []struct {
		turn       uint32
		text, want string
	}{
		{1, "15", "15"},
		{1, "15023 please", "15023 please"},
		{1, "15023", "15023"},
		{1, "my number is 138", "my number is 138"},
		{2, "00", "**"},
		{2, "0000", "****"},
		{2, "0000 1234", "**** 1234"},
		{2, "0000", "****"},
		{3, "1234", "1234"},
	} {
		got := m.Mask(journal.Event{Type: journal.TypeRecognised, Turn: c.turn, Recognised: &journal.Recognised{Text: c.text}})
		if got.Recognised.Text != c.want {
			t.Errorf("%d: %q, want %q", i, got.Recognised.Text, c.want)
		}
	}
}

func TestAMaskerForgetsAfterAPause(t *testing.T) {
	var m journal.Masker
	for i, c := range []struct {
		at         journal.Milliseconds
		text, want string
	}{{0, "138", "138"}, {9000, "0000", "****"}, {40_000, "0000", "0000"}, {41_000, "15023", "15023"}, {45_000, "two please", "two please"}} {
		got := m.Mask(journal.Event{Type: journal.TypeCaption, Party: dialog.Caller, At: c.at, Text: c.text, Final: true})
		if got.Text != c.want {
			t.Errorf("%d: %q, want %q", i, got.Text, c.want)
		}
	}
}

func TestAnOrderNumberByKeysIsKeptAndInOrder(t *testing.T) {
	var out bytes.Buffer
	w := journal.NewWriter(&out)
	for i, k := range "10023#" {
		if err := w.Write(journal.Event{Type: journal.TypeKey, Key: string(k), At: journal.Milliseconds(i)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Write(journal.Event{Type: journal.TypeEnded, At: 7}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	events, err := journal.Parse(&out)
	if err != nil {
		t.Fatal(err)
	}
	var keys string
	for _, e := range events {
		keys += e.Key
	}
	if keys != "10023#" || events[len(events)-1].Type != journal.TypeEnded {
		t.Errorf("keys %q, last %s", keys, events[len(events)-1].Type)
	}
}

// full is a disk without room.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestAFullDiskIsToldOnceMoreAtTheEndAndCostsNoCall(t *testing.T) {
	w := journal.NewWriter(full{})
	first := w.Write(journal.Event{Type: journal.TypeStarted})
	if first == nil {
		t.Fatal("no error")
	}
	if again := w.Write(journal.Event{Type: journal.TypeNotice}); !errors.Is(again, first) {
		t.Errorf("then %v", again)
	}
	if err := w.Close(); !errors.Is(err, first) {
		t.Errorf("at the end %v", err)
	}
}

func ExampleDiff() {
	said := func(at journal.Milliseconds, text string) journal.Event {
		return journal.Event{Type: journal.TypeCaption, Party: dialog.Caller, Turn: 2, Text: text, Final: true, At: at}
	}
	ended := journal.Event{Type: journal.TypeEnded, Disposition: dialog.Completed, By: dialog.Caller, At: 9000}
	late := ended
	late.At = 9040
	fmt.Print(journal.Diff(
		[]journal.Event{said(3300, "where is my order"), ended},
		[]journal.Event{said(3300, "where is my daughter"), late},
	))
	// Output:
	// - 00:03.300 caption caller turn 2 final "where is my order"
	// + 00:03.300 caption caller turn 2 final "where is my daughter"
	// ~ 00:09.000 ended "disposition":"completed","by":"caller" (+40 ms)
}

func ExampleTranscriptOf() {
	transcript := journal.TranscriptOf([]journal.Event{
		{Type: journal.TypeCaption, Party: dialog.Agent, Turn: 1, Text: "Hello.", Final: true, At: 100},
		{Type: journal.TypeCaption, Party: dialog.Agent, Turn: 1, Clause: 1, Text: "How may I help?", Final: true, At: 800},
		{Type: journal.TypeCaption, Party: dialog.Caller, Turn: 2, Text: "where is", At: 3000},
		{Type: journal.TypeInterrupted, Turn: 1, Heard: "Hello. How", At: 2900},
		{Type: journal.TypeCaption, Party: dialog.Caller, Turn: 2, Text: "Where is my order?", Final: true, At: 3600},
	})
	fmt.Print(transcript.String())
	// Output:
	// 00:00.100 agent: Hello. How —
	// 00:03.600 caller: Where is my order?
}
