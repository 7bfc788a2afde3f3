package session

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"huike/dialog"
	"huike/dialog/llm"
	"huike/session/journal"
)

// oracle is a language model's server that answers as it is told.
type oracle struct {
	mu      sync.Mutex
	takes   time.Duration
	replies []llm.Reply
	asked   int
	shown   []llm.Request
}

// Complete implements [llm.Server]; its text comes in two pieces.
func (o *oracle) Complete(ctx context.Context, req llm.Request, text func(string) error) (llm.Reply, error) {
	o.mu.Lock()
	o.asked++
	o.shown = append(o.shown, req)
	var reply llm.Reply
	if len(o.replies) > 0 {
		reply = o.replies[0]
		o.replies = o.replies[1:]
	}
	o.mu.Unlock()
	select {
	case <-time.After(o.takes):
	case <-ctx.Done():
		return llm.Reply{}, context.Cause(ctx)
	}
	if text == nil {
		return reply, nil
	}
	half := len(reply.Text) / 2
	return reply, errors.Join(text(reply.Text[:half]), text(reply.Text[half:]))
}

// helped sets a call up that the oracle helps with, or leads.
func helped(o *oracle, leads bool) func(s *stage) {
	return func(s *stage) { s.config.Model, s.config.ModelLeads = llm.New(o), leads }
}

const oddly = "the zorbl that I frobnicated whatever came of its quux"

func TestAModelsReadingIsTakenInTheSameTurn(t *testing.T) {
	o := &oracle{takes: 300 * time.Millisecond, replies: []llm.Reply{{Text: `{"intent":"points.balance","need":"explicit","details":[],"entry":"none","quote":""}`}}}
	play(t, helped(o, false), func(s *stage) {
		s.greeted()
		if got := s.asks(oddly); !strings.Contains(got, "1280") {
			t.Errorf("answered %q, want the points", got)
		}
		if got := s.asks("how many points do I have"); !strings.Contains(got, "1280") || o.asked != 1 {
			t.Errorf("answered %q, asked the model %d times, want once: the shop was sure", got, o.asked)
		}
	})
}

func TestAModelThatIsLateIsNotWaitedFor(t *testing.T) {
	for _, leads := range []bool{false, true} {
		o := &oracle{takes: time.Hour}
		play(t, helped(o, leads), func(s *stage) {
			s.greeted()
			end := s.say(house.question, oddly)
			if took := s.answers(end, oddly); took > modelPatience+time.Second {
				t.Errorf("leads %v: answered after %v", leads, took)
			}
			s.quiet()
			if got := s.read(dialog.Agent, end); got == "" {
				t.Error("nothing is said")
			}
			if got := s.asks("how many points do I have"); !strings.Contains(got, "1280") {
				t.Errorf("then answered %q", got)
			}
		})
	}
}

func TestAModelLeadsWithTheShopsRecords(t *testing.T) {
	o := &oracle{replies: []llm.Reply{
		{Text: "One moment. ", Calls: []llm.Call{{ID: "1", Name: "points_balance", Arguments: "{}"}}},
		{Text: "You have [points_1] points. Anything else?"},
	}}
	play(t, helped(o, true), func(s *stage) {
		s.greeted()
		got := s.asks(oddly)
		if !strings.Contains(got, "One moment") || !strings.Contains(got, "You have 1280 points") {
			t.Errorf("answered %q", got)
		}
		if got = s.asks("say that again"); !strings.Contains(got, "1280") {
			t.Errorf("repeated %q", got)
		}
		if !slices.Contains(s.books.done, "points.balance") {
			t.Error("the shop was not asked")
		}
	})
}

func TestWordsThatComeWhileTheModelIsAskedKeepTheirOrder(t *testing.T) {
	o := &oracle{takes: time.Hour}
	play(t, func(s *stage) { helped(o, true)(s); s.config.ModelWaits = 30 * time.Second }, func(s *stage) {
		s.greeted()
		s.until(s.say(house.question, oddly) + 2*time.Second)
		if got := s.asks("how many points do I have"); !strings.Contains(got, "1280") {
			t.Errorf("answered %q, want the second question's answer", got)
		}
	})
}

// watched is a desk that keeps what it is told of a call.
type watched struct {
	Desk
	mu   sync.Mutex
	told []journal.Event
}

// Publish implements [Desk].
func (w *watched) Publish(call string, ev journal.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.told = append(w.told, ev)
	w.Desk.Publish(call, ev)
}

func TestAModelWritesToThePersonWhoIsAskedFor(t *testing.T) {
	o := &oracle{takes: time.Second, replies: []llm.Reply{{Text: `{"brief":"The caller is upset and wants the parcel."}`}}}
	desk := &watched{}
	play(t, func(s *stage) { helped(o, false)(s); desk.Desk = s.desk; s.config.Desk = desk }, func(s *stage) {
		s.greeted()
		s.asks("I want to speak to a person")
		s.waits(10*time.Second, "the brief", func() bool {
			desk.mu.Lock()
			defer desk.mu.Unlock()
			return slices.ContainsFunc(desk.told, func(ev journal.Event) bool {
				return ev.Type == journal.TypeHandoff && strings.HasPrefix(ev.Text, "The caller is upset") && strings.Contains(ev.Text, "Why you")
			})
		})
	})
}
