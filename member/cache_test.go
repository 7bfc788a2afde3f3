package member_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
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

func TestWithdrawalHoldsWhileTheStoreIsSlow(t *testing.T) {
	b := newBook(person())
	d := run(t, b, open(t, startEmbedded(t)), member.Config{Patience: 10 * time.Millisecond})
	if err := d.Update(t.Context(), "m_1", robot(), withdraw); err != nil {
		t.Fatal(err)
	}
	defer b.slow()()
	v := get(t, d)
	if v.Address("zh") != "" || !v.Stale {
		t.Errorf("an old copy told what was withdrawn: stale %t", v.Stale)
	}
}

func TestSlowOrGoneStoreIsStoodInFor(t *testing.T) {
	for name, start := range servers() {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			b := newBook(person())
			cfg := member.Config{RedisWait: 5 * time.Second, TTL: time.Millisecond, Patience: 20 * time.Millisecond, Log: slog.New(slog.DiscardHandler)}
			rdb := open(t, s)
			d := member.NewDirectory(b, rdb, cfg)
			if v := get(t, d); v.Stale {
				t.Error("the first read is stale")
			}
			fast := b.slow()
			at := time.Now()
			if v := get(t, d); !v.Stale || v.Address("en") != "Ms Zhang" || v.Age <= 0 {
				t.Errorf("stale %t, age %v", v.Stale, v.Age)
			}
			if took := time.Since(at); took > 500*time.Millisecond {
				t.Errorf("a slow store held the turn for %v", took)
			}
			fast()
			b.setGone(true)
			until(t, "a copy stands in for the lost store, and is flagged", func() bool { return get(t, d).Stale })
			newcomer := member.NewDirectory(b, rdb, cfg)
			if v, err := newcomer.Get(t.Context(), "m_1", robot()); err != nil || !v.Stale {
				t.Errorf("a process without a copy of its own: stale %t, %v", v.Stale, err)
			}
			if _, err := newcomer.Find(t.Context(), phone(t, "13911112222"), robot()); !errors.Is(err, errGone) {
				t.Errorf("nobody is known by that number: %v", err)
			}
			b.setGone(false)
			until(t, "the store's word counts again", func() bool { return !get(t, d).Stale })
		})
	}
}

func TestRedisKilledInMidCall(t *testing.T) {
	for name, start := range servers() {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			b := newBook(person())
			var out syncBuffer
			cfg := member.Config{Log: slog.New(slog.NewTextHandler(&out, nil))}
			one, other := run(t, b, open(t, s), cfg), run(t, b, open(t, s), patient())
			s.kill()
			for range 20 {
				if v := get(t, one); v.Address("zh") != "张女士" {
					t.Fatal("the caller is not known any more")
				}
			}
			if err := one.Update(t.Context(), "m_1", robot(), setTier("platinum")); err != nil {
				t.Fatal(err)
			}
			until(t, "the other sees a change without Redis", func() bool { return *get(t, other).Tier == "platinum" })
			if _, err := other.Find(t.Context(), phone(t, "13800001234"), robot()); err != nil {
				t.Errorf("finding without Redis: %v", err)
			}
			s.start()
			warm(t, one)
			warm(t, other)
			if tier := *get(t, other).Tier; tier != "platinum" {
				t.Errorf("Redis came back and told of %s", tier)
			}
			if !strings.Contains(out.String(), "redis is gone") {
				t.Error("the step down is not logged")
			}
			for _, secret := range secrets {
				if strings.Contains(out.String(), secret) {
					t.Errorf("%q is logged", secret)
				}
			}
		})
	}
}

func TestRedisComesBackWithWhatItHeldBefore(t *testing.T) {
	s := startEmbedded(t) // keeps its keys over a restart, as one with a disk does
	b := newBook(person())
	writer := run(t, b, open(t, s), patient())
	s.kill()
	if err := writer.Update(t.Context(), "m_1", robot(), withdraw); err != nil {
		t.Fatal(err)
	}
	s.start()
	warm(t, writer)
	newcomer := member.NewDirectory(b, open(t, s), patient())
	if v := get(t, newcomer); v.Address("zh") != "" {
		t.Error("the old copy in Redis is believed")
	}
}

func TestRedisHangs(t *testing.T) {
	s := startReal(t)
	b := newBook(person())
	d := run(t, b, open(t, s), member.Config{TTL: time.Millisecond})
	s.freeze()
	defer s.thaw()
	slowest := time.Duration(0)
	for range 30 {
		at := time.Now()
		if v := get(t, d); v.Stale {
			t.Error("the store answers, and its word is called stale")
		}
		slowest = max(slowest, time.Since(at))
	}
	if slowest > 600*time.Millisecond {
		t.Errorf("a hung Redis held a turn for %v", slowest)
	}
	t.Logf("slowest read %v", slowest)
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
type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

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
