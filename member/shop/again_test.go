package shop_test

import (
	"database/sql"
	"testing"
	"time"

	"huike/member/shop"
	"huike/member/store/storetest"
)

func TestAMoveThatMetAnotherStartsFromWhatTheOtherLeft(t *testing.T) {
	in := func(days int) string { return time.Now().UTC().AddDate(0, 0, days).Format(time.DateOnly) }
	books := storetest.Open(t, "postgres") // SQLite has one writer: no change meets another
	load(t, books)
	s := shop.New(books, shop.Config{})
	if _, err := s.Do(t.Context(), zhang, shop.OpBooking, args{"kind": "repair", "date": in(4), "time": "10:00", "store": "Nanjing Road"}, "book"); err != nil {
		t.Fatal(err)
	}
	type answer struct {
		result shop.Result
		err    error
	}
	moved := make(chan answer, 1)
	move := func() answer { // the hour alone: the day is the booking's own
		result, err := s.Do(t.Context(), zhang, shop.OpBookingMove, args{"number": "80101", "time": "11:00", "lang": "en"}, "move")
		return answer{result, err}
	}
	before := books.Stats().Redone
	err := books.Change(t.Context(), func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(t.Context(), `UPDATE bookings SET day = $1 WHERE number = '80101'`, in(5)); err != nil {
			return err
		}
		go func() { moved <- move() }()
		return waitedFor(t, tx)
	})
	if err != nil {
		t.Fatal(err)
	}
	want := "ok; 80101 " + in(5) + " 11:00"
	if got := <-moved; got.err != nil || said(got.result, "number", "date", "time") != want {
		t.Errorf("moved beside another: got %s, %v; want %s", said(got.result, "number", "date", "time"), got.err, want)
	}
	if books.Stats().Redone == before {
		t.Error("the move met nobody: this test says nothing")
	}
	if got := move(); got.err != nil || said(got.result, "number", "date", "time") != want {
		t.Errorf("the same key again: got %s, %v; want %s", said(got.result, "number", "date", "time"), got.err, want)
	}
}

// waitedFor returns once another transaction waits for what tx has changed.
func waitedFor(t *testing.T, tx *sql.Tx) error {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.After(time.Minute); ; {
		var waits bool
		err := tx.QueryRowContext(t.Context(), `SELECT EXISTS (SELECT 1 FROM pg_locks
			WHERE locktype = 'transactionid' AND NOT granted AND transactionid = pg_current_xact_id()::xid)`).Scan(&waits)
		if err != nil || waits {
			return err
		}
		select {
		case <-tick.C:
		case <-end:
			t.Fatal("nobody waits for the booking")
		}
	}
}
