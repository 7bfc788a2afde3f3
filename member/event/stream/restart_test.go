package stream_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"

	"huike/member"
	"huike/member/audit"
	"huike/member/event"
	"huike/member/event/stream"
	"huike/member/store"
	"huike/member/store/storetest"
	"huike/member/tag"
)

const buyers = 20

// bought is an order of 100, paid or placed by turns: two events tell of each.
func bought(n int) string {
	status := [...]string{"placed", "paid"}[n%2]
	b, _ := json.Marshal(map[string]any{
		"specversion": "1.0", "id": fmt.Sprint(n), "source": "/shop", "type": "order", "subject": fmt.Sprint("card:", n/2%buyers),
		"time": "2026-11-20T10:00:00Z", "data": map[string]any{"order": fmt.Sprint("O", n/2), "status": status, "total": 100},
	})
	return string(b)
}

// Postgres crashes twice while a stream feeds events and a member is changed by hand. Every
// event counts, once, no change is lost, and the audit trail is whole.
func TestNoEventIsLostWhenPostgresIsRestarted(t *testing.T) {
	const events = 1600
	s := storetest.Open(t, "postgres")
	rdb := client(t, storetest.OpenRedis(t).URL())
	keeper, err := tag.New(s, tag.Config{})
	if err != nil {
		t.Fatal(err)
	}
	trail := audit.New(s, slog.New(slog.DiscardHandler))
	trailing, end := context.WithCancel(t.Context())
	rows := errgroup.Group{}
	rows.Go(func() error { return trail.Run(trailing) })
	in := event.New(s, event.Config{Tags: keeper, Trail: trail})
	one, stopOne := run(t, rdb, in, stream.Config{Idle: time.Minute, Block: 50 * time.Millisecond})
	other, stopOther := run(t, rdb, in, stream.Config{Idle: time.Minute, Block: 50 * time.Millisecond})

	tells := errgroup.Group{}
	var sent atomic.Int64
	tells.Go(func() error { return tell(t.Context(), rdb, events, &sent) })
	var changes atomic.Int64
	changing, enough := context.WithCancel(t.Context())
	tells.Go(func() error { return change(changing, s, &changes) })

	until(t, "some are taken", func() bool { return one.Stats().Accepted+other.Stats().Accepted > 100 && changes.Load() > 3 })
	for range 2 {
		taken, changed := one.Stats(), changes.Load()
		storetest.Restart(t, func() {
			until(t, "the outage is felt", func() bool { return one.Stats().Failures+other.Stats().Failures > 0 || sent.Load() == events-1 })
		})
		until(t, "events and changes go on", func() bool {
			return (one.Stats().Accepted > taken.Accepted || sent.Load() == events-1) && changes.Load() > changed
		})
	}
	enough()
	if err := tells.Wait(); err != nil {
		t.Fatal(err)
	}
	until(t, "all are acknowledged", func() bool { return count(t, s, "events") == events && pending(t, rdb) == 0 })
	stopOne()
	stopOther()
	end()
	if err := rows.Wait(); err != nil {
		t.Error(err)
	}
	compare(t, s, events, int(changes.Load()))
}

// compare holds the store to what was told and changed.
func compare(t *testing.T, s *store.Store, events, changes int) {
	t.Helper()
	for query, want := range map[string]int{
		`SELECT COUNT(*) FROM orders WHERE status = 'paid'`: events / 2,
		`SELECT SUM(total) FROM orders`:                     events / 2 * 100,
		`SELECT COUNT(*) FROM members`:                      buyers + 1,
		`SELECT COUNT(*) FROM dead_letters`:                 0,
	} {
		var n int
		err := s.View(t.Context(), func(tx *sql.Tx) error { return tx.QueryRowContext(t.Context(), query).Scan(&n) })
		if err != nil || n != want {
			t.Errorf("%s: %d, want %d, %v", query, n, want, err)
		}
	}
	if p, err := s.Load(t.Context(), "m_hand"); err != nil || len(p.Handles) != changes {
		t.Errorf("%d of %d changes are there, %v", len(p.Handles), changes, err)
	}
	if check, err := s.CheckAudit(t.Context(), nil, nil); err != nil || check.Head.Seq == 0 {
		t.Errorf("the trail ends at %d, %v", check.Head.Seq, err)
	}
}

// tell gives all events to the stream.
func tell(ctx context.Context, rdb redis.UniversalClient, events int, sent *atomic.Int64) error {
	for n := range events {
		if err := told(ctx, rdb, "event", bought(n)); err != nil {
			return err
		}
		sent.Store(int64(n))
	}
	return nil
}

// change adds a card to a member, one after the other, until ctx ends. What nobody answered
// to is looked at again: it may be there.
func change(ctx context.Context, s *store.Store, done *atomic.Int64) error {
	if err := s.Create(ctx, &member.Profile{ID: "m_hand"}); err != nil {
		return err
	}
	for n := 0; ctx.Err() == nil; {
		p, err := s.Load(context.WithoutCancel(ctx), "m_hand")
		if err != nil {
			continue
		}
		if len(p.Handles) > n {
			n = len(p.Handles)
			done.Store(int64(n))
			continue
		}
		card, err := member.NewHandle(member.HandleCard, fmt.Sprint("hand", n))
		if err != nil {
			return err
		}
		p.Handles = append(p.Handles, card)
		if _, err := s.Save(context.WithoutCancel(ctx), p); errors.Is(err, member.ErrConflict) {
			return errors.New("somebody else has changed the member")
		}
	}
	p, err := s.Load(context.WithoutCancel(ctx), "m_hand")
	if err == nil {
		done.Store(int64(len(p.Handles)))
	}
	return err
}
