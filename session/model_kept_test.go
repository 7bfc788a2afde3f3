package session

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"huike/dialog"
	"huike/dialog/llm"
	"huike/member/audit"
	"huike/session/journal"
)

// ledger is an audit trail, which may be full.
type ledger struct {
	mu   sync.Mutex
	rows []audit.Row
	full bool
}

// Append implements [member.Trail].
func (l *ledger) Append(row audit.Row) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.full {
		return errors.New("full")
	}
	l.rows = append(l.rows, row)
	return nil
}

// leading is a model that reads the points and then says two sentences.
func leading() *oracle {
	return &oracle{replies: []llm.Reply{
		{Calls: []llm.Call{{ID: "1", Name: "points_balance", Arguments: "{}"}}},
		{Text: "You have [points_1] points. They are good for a long time yet and cost nothing."},
		{Text: "As I said."},
	}}
}

func TestWhatAModelIsShownIsInTheTrailAndInTheJournal(t *testing.T) {
	trail := &ledger{}
	var mu sync.Mutex
	var kept []journal.Event
	watch := func(ev journal.Event) {
		mu.Lock()
		defer mu.Unlock()
		kept = append(kept, ev)
	}
	play(t, func(s *stage) { helped(leading(), true)(s); s.config.Trail, s.config.Watch = trail, watch }, func(s *stage) {
		s.greeted()
		s.asks(oddly)
	})
	var told, noted []string
	for _, row := range trail.rows {
		if row.Purpose != "model" || row.Member != "m_zhang_li" || row.Reader != "model" || row.Action != audit.Show || row.Call == "" {
			t.Errorf("row %+v", row)
		}
		told = append(told, row.Fields)
	}
	for _, ev := range kept {
		if ev.Audit != nil {
			noted = append(noted, ev.Audit.Fields...)
		}
	}
	want := []string{"words (numbers and names hidden)", "points.balance: points tier (values hidden)"}
	if !slices.Equal(told, want) || !slices.Equal(noted, want) {
		t.Errorf("trail %q, journal %q, want %q", told, noted, want)
	}
}

func TestAModelIsShownNothingThatTheTrailCannotKeep(t *testing.T) {
	o := leading()
	play(t, func(s *stage) { helped(o, true)(s); s.config.Trail = &ledger{full: true} }, func(s *stage) {
		s.greeted()
		if got := s.asks(oddly); got == "" || o.asked != 0 {
			t.Errorf("answered %q, asked the model %d times", got, o.asked)
		}
	})
}

// TestACallThatAModelHelpedWithIsReplayedWithoutIt plays what a call's journal has kept of
// the model in place of the model.
func TestACallThatAModelHelpedWithIsReplayedWithoutIt(t *testing.T) {
	for _, leads := range []bool{true, false} {
		o := leading()
		if !leads {
			o.replies = []llm.Reply{{Text: `{"intent":"points.balance","need":"explicit","details":[],"entry":"none","quote":""}`}}
		}
		var mu sync.Mutex
		var kept []journal.Event
		watch := func(ev journal.Event) {
			mu.Lock()
			defer mu.Unlock()
			kept = append(kept, ev.Masked())
		}
		play(t, func(s *stage) { helped(o, leads)(s); s.config.Watch = watch }, func(s *stage) {
			s.greeted()
			s.asks(oddly)
		})
		rec := recording("helped", 30*time.Second, map[time.Duration][]int16{12 * time.Second: house.question})
		rec.Model = journal.NewModelTape(kept)
		events, _, _ := journalOf(t, replayConfig(&listener{words: []string{oddly}}), rec)
		var said []string
		for _, ev := range events {
			if ev.Type == journal.TypeCaption && ev.Party == dialog.Agent {
				said = append(said, ev.Text)
			}
		}
		if text := strings.Join(said, " "); !strings.Contains(text, "You have 1280 points") {
			t.Errorf("leads %v: the replay says %q; kept %+v", leads, text, rec.Model)
		}
	}
}

func TestAModelKnowsOnlyWhatWasHeard(t *testing.T) {
	o := leading()
	play(t, helped(o, true), func(s *stage) {
		s.greeted()
		end := s.say(house.question, oddly)
		s.answers(end, oddly)
		s.write(`{"type":"interrupt","heard":"You have 1280 points."}`)
		s.quiet()
		s.asks("and the zorbl of the quux again")
	})
	last := o.shown[len(o.shown)-1].Messages
	var known []string
	for _, m := range last {
		if m.Role == "assistant" && m.Text != "" {
			known = append(known, m.Text)
		}
	}
	text := strings.Join(known, "|")
	if !strings.Contains(text, "You have [points_1] points.") || strings.Contains(text, "good for a long time") || !strings.Contains(text, "cut in") {
		t.Errorf("the model is told that it said %q", text)
	}
	for i, m := range last {
		if len(m.Calls) > 0 && (i+1 == len(last) || last[i+1].Role != "tool") {
			t.Errorf("a tool's call without its answer: %+v", last)
		}
	}
}
