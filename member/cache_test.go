package member_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/go-redis/v9"

	"huike/member"
	"huike/member/audit"
)

// run starts a directory and waits until it hears of changes.
func run(t *testing.T, store member.Store, rdb redis.UniversalClient, cfg member.Config) *member.Directory {
	t.Helper()
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	d := member.NewDirectory(store, rdb, cfg)
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan struct{})
	go func() { defer close(done); d.Run(ctx) }()
	t.Cleanup(func() { stop(); <-done })
	if rdb != nil {
		warm(t, d)
	}
	return d
}

// warm waits until the directory answers out of its own memory.
func warm(t *testing.T, d *member.Directory) {
	t.Helper()
	until(t, "the directory is warm", func() bool {
		before := d.Stats().Local
		d.Get(t.Context(), "m_1", robot())
		return d.Stats().Local > before
	})
}

func get(t *testing.T, d *member.Directory) member.View {
	t.Helper()
	v, err := d.Get(t.Context(), "m_1", robot())
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func phone(t *testing.T, number string) member.Handle {
	t.Helper()
	h, err := member.Phone(number)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func setTier(tier string) func(*member.Profile) error {
	return func(p *member.Profile) error { p.Basic.Tier = &tier; return nil }
}

func withdraw(p *member.Profile) error {
	p.SetConsent(member.Grant{Purpose: member.PurposeService, At: time.Now()})
	return nil
}

func TestOneReadServesAHundredFinders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBook(person())
		d := member.NewDirectory(b, nil, patient())
		lookUp := b.slow()
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				if v, err := d.Find(t.Context(), phone(t, "138 0000 1234"), robot()); err != nil || v.Address("zh") != "张女士" {
					t.Error(v, err)
				}
			})
		}
		synctest.Wait() // for all of them to wait for the lookup
		load := b.slow()
		lookUp()
		synctest.Wait() // and then for the profile
		load()
		wg.Wait()
		if b.lookups.Load() != 1 || b.loads.Load() != 1 {
			t.Errorf("%d lookups and %d reads of the store, want one each", b.lookups.Load(), b.loads.Load())
		}
	})
}

func TestWhatOneProcessReadOthersFindInRedis(t *testing.T) {
	for name, start := range servers() {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			b := newBook(person())
			for range 10 {
				d := member.NewDirectory(b, open(t, s), patient())
				v, err := d.Find(t.Context(), phone(t, "138 0000 1234"), robot())
				if err != nil || v.Address("zh") != "张女士" || v.Phone != "138****1234" {
					t.Error(v, err)
				}
			}
			if b.lookups.Load() != 1 || b.loads.Load() != 1 {
				t.Errorf("%d lookups and %d reads of the store, want one each", b.lookups.Load(), b.loads.Load())
			}
		})
	}
}

// patient gives Redis all the time that a busy machine needs.
func patient() member.Config {
	return member.Config{RedisWait: 5 * time.Second, Log: slog.New(slog.DiscardHandler)}
}

func TestAnotherProcessSeesAChange(t *testing.T) {
	for name, start := range servers() {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			b := newBook(person())
			one, other := run(t, b, open(t, s), patient()), run(t, b, open(t, s), patient())
			if err := one.Update(t.Context(), "m_1", robot(), setTier("platinum")); err != nil {
				t.Fatal(err)
			}
			if v := get(t, one); *v.Tier != "platinum" {
				t.Errorf("the writer itself sees %s", *v.Tier)
			}
			at := time.Now()
			until(t, "the other sees it", func() bool { return *get(t, other).Tier == "platinum" })
			t.Logf("seen after %v", time.Since(at))
		})
	}
}

func TestConsentWithdrawnIsGoneFromTheNextRead(t *testing.T) {
	for name, start := range servers() {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			b := newBook(person())
			one, other := run(t, b, open(t, s), patient()), run(t, b, open(t, s), patient())
			if get(t, other).Address("zh") == "" {
				t.Fatal("the test needs a member who agreed")
			}
			if err := one.Update(t.Context(), "m_1", robot(), withdraw); err != nil {
				t.Fatal(err)
			}
			if v := get(t, one); v.Address("zh") != "" || v.Phone != "" || v.Points != nil || v.Allows(member.PurposeService) {
				t.Errorf("the writer still reads the person")
			}
			until(t, "the other reads nothing either", func() bool { v := get(t, other); return v.Address("zh") == "" && v.Points == nil })
		})
	}
}

func TestCopiesDoNotExpireTogether(t *testing.T) {
	for name, start := range servers() {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			b := newBook()
			for i := range 50 {
				p := person()
				p.ID = member.ID(fmt.Sprintf("m_%d", i))
				b.members[p.ID] = p
			}
			rdb := open(t, s)
			d := member.NewDirectory(b, rdb, member.Config{RedisWait: 5 * time.Second, TTL: time.Hour, Spread: 0.2, StaleFor: time.Nanosecond})
			shortest, longest := 24*time.Hour, time.Duration(0)
			for id := range b.members {
				if _, err := d.Get(t.Context(), id, robot()); err != nil {
					t.Fatal(err)
				}
				ttl := rdb.PTTL(t.Context(), "huike:member:"+string(id)).Val()
				shortest, longest = min(shortest, ttl), max(longest, ttl)
			}
			if shortest < 47*time.Minute || longest > 73*time.Minute || longest-shortest < 10*time.Minute {
				t.Errorf("lives of %v to %v, want them spread over 48 to 72 minutes", shortest, longest)
			}
		})
	}
}

func TestFindingFollowsTheHandle(t *testing.T) {
	for name, start := range servers() {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			second := person()
			second.ID, second.Handles = "m_2", nil
			b := newBook(person(), second)
			one, other := run(t, b, open(t, s), patient()), run(t, b, open(t, s), patient())
			number := phone(t, "13800001234")
			if v, err := other.Find(t.Context(), number, robot()); err != nil || v.ID != "m_1" {
				t.Fatal(v.ID, err)
			}
			give := func(p *member.Profile) error { p.Handles = append(p.Handles, number); return nil }
			take := func(p *member.Profile) error { p.Handles = nil; return nil }
			if err := one.Update(t.Context(), "m_2", robot(), give); err != nil {
				t.Fatal(err)
			}
			if _, err := other.Find(t.Context(), number, robot()); !errors.Is(err, member.ErrShared) || !errors.Is(err, member.ErrUnknown) {
				t.Errorf("a shared phone is taken for one of the two: %v", err)
			}
			if err := one.Update(t.Context(), "m_1", robot(), take); err != nil {
				t.Fatal(err)
			}
			if v, err := other.Find(t.Context(), number, robot()); err != nil || v.ID != "m_2" {
				t.Error(v.ID, err)
			}
		})
	}
}

func TestConcurrentWritersLoseNothing(t *testing.T) {
	b := newBook(person())
	s := startEmbedded(t)
	one, other := run(t, b, open(t, s), patient()), run(t, b, open(t, s), patient())
	var wg sync.WaitGroup
	for i := range 20 {
		d := one
		if i%2 == 1 {
			d = other
		}
		wg.Go(func() {
			tag := member.Tag{Name: fmt.Sprint("tag", i)}
			for {
				err := d.Update(t.Context(), "m_1", robot(), func(p *member.Profile) error { p.Tags = append(p.Tags, tag); return nil })
				if !errors.Is(err, member.ErrConflict) {
					return
				}
			}
		})
	}
	wg.Wait()
	if n := len(b.members["m_1"].Tags); n != 20 {
		t.Errorf("%d of 20 tags are there", n)
	}
}

// trail keeps audit rows, until it is full.
type trail struct {
	mu   sync.Mutex
	rows []audit.Row
	full bool
}

func (r *trail) Append(row audit.Row) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.full {
		return audit.ErrFull
	}
	r.rows = append(r.rows, row)
	return nil
}

func TestEveryAccessLeavesARow(t *testing.T) {
	var r trail
	b := newBook(person())
	d := member.NewDirectory(b, nil, member.Config{Trail: &r})
	ctx := t.Context()
	d.Find(ctx, phone(t, "13800001234"), robot())
	d.Get(ctx, "m_1", robot())
	d.Get(ctx, "m_9", robot())
	d.Get(ctx, "m_1", member.Access{Reader: "eve", Role: "guest", Purpose: member.PurposeService})
	d.Update(ctx, "m_1", robot(), setTier("silver"))
	d.Record(ctx, "m_1", robot(), member.Interaction{Channel: "web"})
	want := []string{
		"find m_1 ok identity,attributes,purchases,history,complaint", "get m_1 ok identity,attributes,purchases,history,complaint",
		"get m_9 unknown ", "get m_1 denied ", "update m_1 ok ", "record m_1 ok ",
	}
	for i, row := range r.rows {
		if got := fmt.Sprintf("%s %s %s %s", row.Action, row.Member, row.Outcome, row.Fields); i >= len(want) || got != want[i] {
			t.Errorf("row %d is %q", i, got)
		}
	}
	if len(r.rows) != len(want) {
		t.Errorf("%d rows, want %d", len(r.rows), len(want))
	}
	r.full = true
	if v, err := d.Get(ctx, "m_1", robot()); !errors.Is(err, member.ErrUntraced) || v.ID != "" {
		t.Errorf("a read without a trace returned %s, %v", v.ID, err)
	}
	if err := d.Update(ctx, "m_1", robot(), setTier("none")); !errors.Is(err, member.ErrUntraced) || *b.members["m_1"].Basic.Tier != "silver" {
		t.Errorf("a write without a trace: %v", err)
	}
}

func TestRecordMasksTheSummary(t *testing.T) {
	b := newBook(person())
	d := member.NewDirectory(b, nil, patient())
	said := "call me at 13800001234"
	if err := d.Record(t.Context(), "m_1", robot(), member.Interaction{Summary: &said}); err != nil {
		t.Fatal(err)
	}
	if got := *b.members["m_1"].Interactions[0].Summary; got != "call me at 138****1234" {
		t.Errorf("kept %q", got)
	}
}

// syncBuffer is a log that several goroutines write.
// fullLog takes every row and keeps none, as the real one does between batches.
type fullLog struct{}

func (fullLog) Append(audit.Row) error { return nil }

func BenchmarkGetWarm(b *testing.B) {
	client, closer, err := member.OpenRedis("")
	if err != nil {
		b.Fatal(err)
	}
	defer closer()
	d := member.NewDirectory(newBook(person()), client, member.Config{Trail: fullLog{}})
	ctx, stop := context.WithCancel(b.Context())
	done := make(chan struct{})
	go func() { defer close(done); d.Run(ctx) }()
	defer func() { stop(); <-done }()
	for d.Stats().Local == 0 {
		d.Get(ctx, "m_1", robot())
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := d.Get(ctx, "m_1", robot()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkGetFromRedis(b *testing.B) {
	client, closer, err := member.OpenRedis("")
	if err != nil {
		b.Fatal(err)
	}
	defer closer()
	d := member.NewDirectory(newBook(person()), client, member.Config{}) // does not run: never trusts its memory
	b.ReportAllocs()
	for b.Loop() {
		if _, err := d.Get(b.Context(), "m_1", robot()); err != nil {
			b.Fatal(err)
		}
	}
}
