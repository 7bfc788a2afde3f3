package store_test

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"sync"
	"testing"
	"time"

	"huike/member/audit"
	"huike/member/store"
	"huike/member/store/storetest"
)

func told(n int) audit.Row {
	return audit.Row{
		At: time.Date(2026, 11, 22, 12, 0, n, 0, time.UTC), Member: "m_" + strconv.Itoa(n), Reader: "huike",
		Role: "robot", Purpose: "service", Call: "c_1", Action: audit.Get, Fields: "identity", Outcome: audit.OK,
	}
}

func keep(tb testing.TB, s *store.Store, from, to int) {
	tb.Helper()
	rows := make([]audit.Row, 0, to-from)
	for n := from; n < to; n++ {
		rows = append(rows, told(n))
	}
	if err := s.AppendAudit(tb.Context(), rows); err != nil {
		tb.Fatal(err)
	}
}

// tamper is what the owner of the database can do to the trail.
func tamper(tb testing.TB, s *store.Store, statements ...string) {
	tb.Helper()
	open := []string{"DROP TRIGGER IF EXISTS audit_no_update", "DROP TRIGGER IF EXISTS audit_no_delete"}
	if s.Params() > 1000 { // Postgres
		open = []string{"ALTER TABLE audit DISABLE TRIGGER USER"}
	}
	err := s.Change(tb.Context(), func(tx *sql.Tx) error {
		for _, statement := range append(open, statements...) {
			if _, err := tx.ExecContext(tb.Context(), statement); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
}

func TestTheTrailTellsWhatWasDoneToIt(t *testing.T) {
	for name, c := range map[string]struct {
		statements []string
		want       error
	}{
		"nothing":            {nil, nil},
		"a reader exchanged": {[]string{"UPDATE audit SET reader = 'nobody' WHERE seq = 4"}, audit.ErrChanged},
		"a moment later":     {[]string{"UPDATE audit SET at = at + 1 WHERE seq = 9"}, audit.ErrChanged},
		"a row left out":     {[]string{"DELETE FROM audit WHERE seq = 4"}, audit.ErrGap},
		"the last left out":  {[]string{"DELETE FROM audit WHERE seq = 9"}, audit.ErrCut},
		"all left out":       {[]string{"DELETE FROM audit"}, audit.ErrCut},
		"the end hidden":     {[]string{"DELETE FROM audit WHERE seq = 9", "UPDATE audit_head SET seq = 8"}, audit.ErrChanged},
		"two exchanged": {[]string{
			"UPDATE audit SET seq = 100 WHERE seq = 4", "UPDATE audit SET seq = 4 WHERE seq = 5", "UPDATE audit SET seq = 5 WHERE seq = 100",
		}, audit.ErrChanged},
	} {
		t.Run(name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				t.Helper()
				keep(t, s, 0, 4)
				keep(t, s, 4, 9)
				tamper(t, s, c.statements...)
				last := int64(0)
				got, err := s.CheckAudit(t.Context(), nil, func(seq, _ int64) { last = seq })
				if !errors.Is(err, c.want) || (c.want == nil && (err != nil || got.Head.Seq != 9 || last != 9)) {
					t.Errorf("%+v, %v; want %v", got, err, c.want)
				}
			})
		})
	}
}

func TestAHeadKeptElsewhereFindsATrailThatWasWrittenAnew(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		t.Helper()
		keep(t, s, 0, 6)
		head, err := s.AuditHead(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		keep(t, s, 6, 8)
		if _, err = s.CheckAudit(t.Context(), &head, nil); err != nil {
			t.Errorf("as it was: %v", err)
		}
		tamper(t, s, "DELETE FROM audit", "UPDATE audit_head SET seq = 0")
		if _, err = s.CheckAudit(t.Context(), &head, nil); !errors.Is(err, audit.ErrCut) {
			t.Errorf("emptied: %v", err)
		}
		keep(t, s, 10, 18)
		if _, err = s.CheckAudit(t.Context(), &head, nil); err == nil {
			t.Error("another trail was taken for the one that the head is of")
		}
	})
}

func TestManyWritersMakeOneChain(t *testing.T) {
	for _, kind := range storetest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			address := storetest.Address(t, kind)
			stores := []*store.Store{storetest.At(t, address), storetest.At(t, address)}
			var wg sync.WaitGroup
			for n := range 6 {
				wg.Go(func() {
					for i := range 5 {
						if err := stores[n%2].AppendAudit(context.WithoutCancel(t.Context()), []audit.Row{told(n), told(i)}); err != nil {
							t.Error(err)
						}
					}
				})
			}
			wg.Wait()
			if got, err := stores[0].CheckAudit(t.Context(), nil, nil); err != nil || got.Head.Seq != 60 {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
}

func TestFindAudit(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		t.Helper()
		keep(t, s, 0, 9)
		for name, c := range map[string]struct {
			query store.AuditQuery
			want  int
		}{
			"all":      {store.AuditQuery{}, 9},
			"limited":  {store.AuditQuery{Limit: 3}, 3},
			"member":   {store.AuditQuery{Member: "m_3"}, 1},
			"call":     {store.AuditQuery{Call: "c_1", Action: audit.Get, Reader: "huike"}, 9},
			"a reader": {store.AuditQuery{Reader: "nobody"}, 0},
			"span":     {store.AuditQuery{From: told(2).At, To: told(5).At}, 3},
		} {
			if rows, err := s.FindAudit(t.Context(), c.query); err != nil || len(rows) != c.want {
				t.Errorf("%s: %d rows, %v; want %d", name, len(rows), err, c.want)
			}
		}
		if _, err := s.FindAudit(t.Context(), store.AuditQuery{From: told(5).At, To: told(2).At}); err == nil {
			t.Error("a span that ends before it begins was taken")
		}
	})
}
