package api

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"huike/member/segment"
)

// reader reads snapshots, each as long as it is told to take.
type reader struct {
	takes time.Duration
	fails error
}

func (r *reader) load(context.Context) (*segment.Book, error) {
	<-time.After(r.takes)
	return &segment.Book{}, r.fails
}

// opened opens a snapshot and returns how long that took.
func opened(t *testing.T, b *books) (*segment.Book, time.Duration) {
	t.Helper()
	began := time.Now()
	book, err := b.open(t.Context())
	if err != nil || book == nil {
		t.Fatal(book, err)
	}
	return book, time.Since(began)
}

func later(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func TestASnapshotThatTakesLongIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &reader{takes: 9 * time.Second}
		b := &books{load: r.load}
		first, took := opened(t, b)
		if took != 9*time.Second {
			t.Error("the first took", took)
		}
		later(time.Minute)
		if same, took := opened(t, b); same != first || took != 0 {
			t.Error("a minute later somebody waits", took)
		}
		later(time.Minute)
		second, took := opened(t, b)
		if second == first || took != 0 {
			t.Error("what was read meanwhile is not there", took)
		}
		later(time.Hour)
		if third, took := opened(t, b); third == second || took != bookWait {
			t.Error("an hour later the wait is", took)
		}
		later(time.Hour)
		r.takes = time.Second
		if _, took := opened(t, b); took != time.Second {
			t.Error("a new one that is there in a second is not waited for", took)
		}
		later(bookIdle + time.Second)
	})
}

func TestASnapshotThatTakesMinutesIsReadAgainWhenItIsOld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &reader{takes: 90 * time.Second}
		b := &books{load: r.load}
		first, _ := opened(t, b)
		later(bookIdle + time.Second)
		if again, took := opened(t, b); again != first || took != bookWait {
			t.Error("who comes when it is old waits", took)
		}
		later(r.takes)
		if second, _ := opened(t, b); second == first {
			t.Error("nothing was read meanwhile")
		}
		later(bookIdle + time.Second)
	})
}

func TestASnapshotThatIsReadAtOnceIsLetGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &reader{takes: 20 * time.Millisecond}
		b := &books{load: r.load}
		opened(t, b)
		later(bookIdle + time.Second)
		if b.book != nil {
			t.Error("it is kept though nobody asks")
		}
		opened(t, b)
		b.stale()
		if _, took := opened(t, b); took != 20*time.Millisecond {
			t.Error("after a change the next reader has an old one")
		}
		later(bookIdle + time.Second)
	})
}

func TestAnOldSnapshotStandsInForOneThatCannotBeRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &reader{takes: 9 * time.Second}
		b := &books{load: r.load}
		first, _ := opened(t, b)
		later(time.Hour)
		r.fails, r.takes = errors.New("the store does not answer"), time.Millisecond
		if book, took := opened(t, b); book != first || took != time.Millisecond {
			t.Error(book == first, took)
		}
		b.stale()
		if _, err := b.open(t.Context()); err == nil {
			t.Error("there is none, and nobody says why")
		}
		later(bookIdle + time.Second)
	})
}
