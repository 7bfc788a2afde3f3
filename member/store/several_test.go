package store_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"huike/member"
	"huike/member/event"
	"huike/member/event/sample"
	"huike/member/store"
	"huike/member/store/storetest"
)

// crowd fills a store with invented members and what they did, and returns them.
func crowd(tb testing.TB, s *store.Store, members, events int) *sample.Crowd {
	tb.Helper()
	c := &sample.Crowd{Members: members, Events: events, Seed: 5, Now: time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)}
	if err := c.Fill(tb.Context(), s, nil); err != nil {
		tb.Fatal(err)
	}
	in := event.New(s, event.Config{})
	for part := range slices.Chunk(slices.Collect(bodies(c)), event.BatchEvents) {
		if _, err := in.Take(tb.Context(), part); err != nil {
			tb.Fatal(err)
		}
	}
	return c
}

func bodies(c *sample.Crowd) func(func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for i := range c.Events {
			if !yield(c.Event(i)) {
				return
			}
		}
	}
}

func TestAProfileIsTheSameHoweverItIsAskedFor(t *testing.T) {
	profiles := map[string][]*member.Profile{}
	for _, kind := range storetest.Kinds() {
		s := filled(t, kind)
		c := crowd(t, s, 40, 1500)
		ids := []member.ID{"m_zhang_li", "m_ouyang_jing", "m_wang_qiang", "m_chen_xiaoyu"}
		for i := range c.Members {
			ids = append(ids, c.ID(i))
		}
		for _, id := range ids {
			together := load(t, s, id)
			var single *member.Profile
			if err := s.View(t.Context(), func(tx *sql.Tx) (err error) {
				single, err = store.LoadIn(t.Context(), s, tx, id)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(together, single) {
				t.Errorf("%s: %s asked for at once is\n%s\nand one question after the other\n%s", kind, id, plain(together), plain(single))
			}
			together.Updated = time.Time{} // by the machine's clock
			profiles[kind] = append(profiles[kind], together)
		}
	}
	for i, p := range profiles["sqlite"] {
		if one, other := plain(p), plain(profiles["postgres"][i]); one != other {
			t.Errorf("SQLite has\n%s\nand Postgres\n%s", one, other)
		}
	}
}

// bare is a profile that does not hide itself.
type bare member.Profile

func plain(p *member.Profile) string {
	text, _ := json.Marshal((*bare)(p))
	for _, h := range p.Handles {
		text = append(text, " "+h.Kind+" "+h.Value...)
	}
	return string(text)
}

func TestQuestionsTogetherSeeOneState(t *testing.T) {
	s := storetest.Open(t, "postgres")
	if err := s.Create(t.Context(), &member.Profile{ID: "m_1"}); err != nil {
		t.Fatal(err)
	}
	const state = `SELECT current_setting('transaction_isolation') || ' ' || current_setting('transaction_read_only') || ' ' || now()::text || ' ' || $1`
	for range 2 { // the first time on a connection they are prepared
		got, err := store.AskTexts(t.Context(), s, []string{state, state, `SELECT SUM(version)::text FROM members WHERE id <> $1`, state}, "x")
		if err != nil || len(got) != 4 {
			t.Fatal(got, err)
		}
		if got[0] != got[1] || got[0] != got[3] || got[0][:18] != "repeatable read on" {
			t.Errorf("not one transaction of one state: %q", got)
		}
	}
}

func TestAQuestionThatFailsLeavesTheConnectionUsable(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		t.Helper()
		for range 20 { // more often than there are connections
			if _, err := store.AskTexts(t.Context(), s, []string{`SELECT CAST($1 AS TEXT)`, `SELECT nothing FROM nowhere WHERE x = $1`, `SELECT CAST($1 AS TEXT)`}, "x"); err == nil {
				t.Fatal("a question about no table is answered")
			}
			got, err := store.AskTexts(t.Context(), s, []string{`SELECT CAST($1 AS TEXT)`, `SELECT id FROM members WHERE id = $1`, `SELECT CAST($1 AS TEXT)`}, "y")
			if err != nil || fmt.Sprint(got) != "[y y]" {
				t.Fatal(got, err)
			}
		}
		if _, err := s.Load(t.Context(), "m_nobody"); !errors.Is(err, member.ErrUnknown) {
			t.Error(err)
		}
		ended, end := context.WithCancel(t.Context())
		end()
		if _, err := s.Load(ended, "m_nobody"); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

func TestAProfileReadsEventsFromTheirIndex(t *testing.T) {
	s := storetest.Open(t, "postgres")
	c := crowd(t, s, 200, 6000)
	if err := store.Exec(t.Context(), s, "ANALYZE"); err != nil {
		t.Fatal(err)
	}
	plans, err := store.Plans(t.Context(), s, c.ID(100))
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, plan := range plans {
		if strings.Contains(plan, "Seq Scan on events") || strings.Contains(plan, "events_member") {
			t.Errorf("not by its index:\n%s", plan)
		}
		found = found || strings.Contains(plan, "events_drawn")
	}
	if !found {
		t.Errorf("no question is answered by it:\n%s", strings.Join(plans, "\n"))
	}
}

// BenchmarkLoad is a whole profile from the store, one after another of a crowd.
func BenchmarkLoad(b *testing.B) {
	for _, kind := range storetest.Kinds() {
		b.Run(kind, func(b *testing.B) {
			s := storetest.Open(b, kind)
			c := crowd(b, s, 200, 10_000)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				load(b, s, c.ID(i%c.Members))
			}
		})
		b.Run(kind+", one question after the other", func(b *testing.B) {
			s := storetest.Open(b, kind)
			c := crowd(b, s, 200, 10_000)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if err := s.View(b.Context(), func(tx *sql.Tx) error {
					_, err := store.LoadIn(b.Context(), s, tx, c.ID(i%c.Members))
					return err
				}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
