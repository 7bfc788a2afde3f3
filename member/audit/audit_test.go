package audit_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"huike/member/audit"
)

// shelf is a sink that can fail.
type shelf struct {
	mu   sync.Mutex
	rows []audit.Row
	err  error
	most int // rows in one batch
}

func (s *shelf) AppendAudit(_ context.Context, rows []audit.Row) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return s.err
	}
	s.rows, s.most = append(s.rows, rows...), max(s.most, len(rows))
	return nil
}

func (s *shelf) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

// inOrder reports how many rows are kept, or -1 if one is missing, doubled or out of order.
func (s *shelf) inOrder() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, row := range s.rows {
		if row.Call != fmt.Sprint(i) {
			return -1
		}
	}
	return len(s.rows)
}

func start(t *testing.T, s *shelf) (l *audit.Log, stop func() error) {
	t.Helper()
	l = audit.New(s, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()
	return l, func() error { cancel(); return <-done }
}

func appendRows(t *testing.T, l *audit.Log, from, to int) {
	t.Helper()
	for i := from; i < to; i++ {
		if err := l.Append(audit.Row{Call: fmt.Sprint(i)}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRowsAreKeptInOrderAndInBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{}
		l, stop := start(t, s)
		appendRows(t, l, 0, 5000)
		synctest.Wait()
		if n := s.inOrder(); n != 5000 || l.Waiting() != 0 || s.most < 2 {
			t.Errorf("%d rows are kept, %d wait, %d in the largest batch", n, l.Waiting(), s.most)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestNoRowIsLostWhileTheStoreFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{err: errors.New("disk full")}
		l, stop := start(t, s)
		appendRows(t, l, 0, 2000)
		time.Sleep(time.Minute)
		s.fail(nil)
		time.Sleep(time.Second)
		appendRows(t, l, 2000, 2010)
		synctest.Wait()
		if n := s.inOrder(); n != 2010 {
			t.Errorf("%d rows of 2010 in order", n)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestAnOrderlyStopWritesWhatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{err: errors.New("busy")}
		l, stop := start(t, s)
		appendRows(t, l, 0, 1500)
		time.AfterFunc(2*time.Second, func() { s.fail(nil) })
		if err := stop(); err != nil || s.inOrder() != 1500 {
			t.Errorf("%d rows of 1500 are kept: %v", s.inOrder(), err)
		}
		if err := l.Append(audit.Row{}); !errors.Is(err, audit.ErrClosed) {
			t.Errorf("a row after the stop was taken: %v", err)
		}
	})
}

func TestALossIsToldWithItsCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{err: errors.New("gone")}
		l, stop := start(t, s)
		appendRows(t, l, 0, 700)
		err := stop()
		if err == nil || err.Error() != "700 audit rows are lost: gone" {
			t.Error(err)
		}
	})
}

func TestAFullQueueRefuses(t *testing.T) {
	l := audit.New(&shelf{}, nil) // nobody runs it
	n := 0
	for l.Append(audit.Row{}) == nil {
		n++
	}
	if err := l.Append(audit.Row{}); !errors.Is(err, audit.ErrFull) || n != 1<<16 {
		t.Errorf("%v after %d rows", err, n)
	}
}

func BenchmarkAppend(b *testing.B) {
	l := audit.New(&shelf{}, nil)
	ctx, stop := context.WithCancel(b.Context())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()
	row := audit.Row{At: time.Now(), Member: "m_1", Action: audit.Get}
	b.ReportAllocs()
	for b.Loop() {
		_ = l.Append(row)
	}
	stop()
	<-done
}

func ExampleLog() {
	s := &shelf{} // a sink: in production the member store
	l := audit.New(s, nil)
	_ = l.Append(audit.Row{Member: "m_1", Reader: "huike", Action: audit.Get, Outcome: audit.OK})
	ctx, stop := context.WithCancel(context.TODO())
	stop() // an orderly stop writes what waits
	err := l.Run(ctx)
	fmt.Println(len(s.rows), s.rows[0].Action, err)
	// Output: 1 get <nil>
}
