package journal_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"huike/dialog"
	"huike/session/journal"
)

func TestATapeGivesTheRecordedWordsInOrder(t *testing.T) {
	tape := journal.NewTape(append(sample(), journal.Event{
		Type: journal.TypeRecognised, At: 8000, Recognised: &journal.Recognised{From: 7000, To: 7900, Text: "goodbye"},
	}))
	if _, err := tape.Next(0, 100, false); !errors.Is(err, journal.ErrOffTape) {
		t.Errorf("other sound: %v", err)
	}
	if _, err := tape.Next(2400, 3200, true); !errors.Is(err, journal.ErrOffTape) {
		t.Errorf("a draft that was given up is on the tape: %v", err)
	}
	first, err := tape.Next(2400, 3200, false)
	if err != nil || first.Text != "Where is my order?" || first.Elapsed != 40 {
		t.Errorf("first %+v, %v", first, err)
	}
	second, err := tape.Next(7000, 7900, false)
	if err != nil || second.Text != "goodbye" || tape.Left() != 0 {
		t.Errorf("second %+v, %v", second, err)
	}
	if _, err := tape.Next(8000, 9000, false); !errors.Is(err, io.EOF) {
		t.Errorf("after the last: %v", err)
	}
}

func TestARecognitionThatIsNotAskedForCostsTheCallNoWords(t *testing.T) {
	tape := journal.NewTape([]journal.Event{
		{Type: journal.TypeRecognised, Recognised: &journal.Recognised{From: 1000, To: 2000, Text: "where is"}},
		{Type: journal.TypeRecognised, Recognised: &journal.Recognised{From: 1000, To: 3000, Text: "where is my order"}},
	})
	if r, err := tape.Next(1000, 3000, false); err != nil || r.Text != "where is my order" {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestATapeKnowsHowLongTheShopTook(t *testing.T) {
	tape := journal.NewTape([]journal.Event{
		{Type: journal.TypeOperation, At: 1000, Operation: &journal.Operation{ID: 3, Name: "order"}},
		{Type: journal.TypeOperation, At: 2500, Operation: &journal.Operation{ID: 3, Name: "order", Done: true}},
	})
	if took := tape.Took(3); took != 1500 {
		t.Errorf("it took %d ms, want 1500", took)
	}
	if took := tape.Took(4); took != 0 {
		t.Errorf("one that nobody asked for took %d ms", took)
	}
}

func TestDiff(t *testing.T) {
	a := sample()
	for _, c := range []struct {
		name   string
		change func([]journal.Event) []journal.Event
		want   []string // the first characters of each line
	}{
		{"equal journals have no difference", func(e []journal.Event) []journal.Event { return e }, nil},
		{"an event that is missing", func(e []journal.Event) []journal.Event { return append(e[:3:3], e[4:]...) }, []string{"- 00:00.120 act"}},
		{"an event that is new", func(e []journal.Event) []journal.Event {
			return append(e, journal.Event{Type: journal.TypeNotice, Text: "x"})
		}, []string{"+ 00:00.000 notice"}},
		{"an event that came later", func(e []journal.Event) []journal.Event { e[5].At += 20; return e }, []string{"~ 00:00.900 caption agent"}},
		{"other words", func(e []journal.Event) []journal.Event { e[9].Text = "where"; return e }, []string{"- 00:03.300 caption caller", "+ 00:03.300 caption caller"}},
		{"nothing at all", func([]journal.Event) []journal.Event { return nil }, make([]string, len(a))},
	} {
		t.Run(c.name, func(t *testing.T) {
			diff := journal.Diff(a, c.change(sample()))
			lines := strings.Split(strings.TrimSuffix(diff, "\n"), "\n")
			if diff == "" {
				lines = nil
			}
			if len(lines) != len(c.want) {
				t.Fatalf("%d lines, want %d:\n%s", len(lines), len(c.want), diff)
			}
			for i, want := range c.want {
				if !strings.HasPrefix(lines[i], want) {
					t.Errorf("line %q, want %q", lines[i], want)
				}
			}
		})
	}
}

func TestATranscriptHasWhatWasHeard(t *testing.T) {
	agent := func(turn uint32, clause int, text string) journal.Event {
		return journal.Event{Type: journal.TypeCaption, Party: dialog.Agent, Turn: turn, Clause: clause, Text: text, Final: true}
	}
	caller := func(turn uint32, text string, final bool) journal.Event {
		return journal.Event{Type: journal.TypeCaption, Party: dialog.Caller, Turn: turn, Text: text, Final: final}
	}
	cut := func(turn uint32, heard string) journal.Event {
		return journal.Event{Type: journal.TypeInterrupted, Turn: turn, Heard: heard}
	}
	for _, c := range []struct {
		name   string
		events []journal.Event
		want   []string
	}{
		{"clauses become a line", []journal.Event{agent(1, 0, "Hello."), agent(1, 1, "How are you?")}, []string{"agent: Hello. How are you?"}},
		{"Chinese clauses have no space between", []journal.Event{agent(1, 0, "您好,"), agent(1, 1, "请讲。")}, []string{"agent: 您好,请讲。"}},
		{"a partial is not said yet", []journal.Event{caller(2, "where", false)}, nil},
		{"an interrupted turn keeps what was heard", []journal.Event{agent(1, 0, "Hello there."), caller(2, "Stop.", true), cut(1, "Hello")}, []string{"agent: Hello —", "caller: Stop."}},
		{"a turn that nobody heard was not said", []journal.Event{agent(1, 0, "Hello."), cut(1, "")}, nil},
		{"typed words stand once", []journal.Event{{Type: journal.TypeText, Text: "hi"}, caller(2, "hi", true)}, []string{"caller: hi"}},
		{"the same words in two turns stand twice", []journal.Event{caller(2, "no", true), caller(4, "no", true)}, []string{"caller: no", "caller: no"}},
		{"the person's words are kept", []journal.Event{{Type: journal.TypeCaption, Party: dialog.Human, Text: "I am Li.", Final: true}}, []string{"human: I am Li."}},
	} {
		t.Run(c.name, func(t *testing.T) {
			transcript := journal.TranscriptOf(c.events)
			if len(transcript.Lines) != len(c.want) {
				t.Fatalf("got\n%s", transcript.String())
			}
			for i, l := range transcript.Lines {
				if got := strings.TrimPrefix(l.String(), "00:00.000 "); got != c.want[i] {
					t.Errorf("line %q, want %q", got, c.want[i])
				}
			}
		})
	}
}
