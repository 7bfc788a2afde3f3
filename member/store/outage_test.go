package store_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"huike/member"
	"huike/member/store"
	"huike/member/store/storetest"
)

// counter reads members through a directory whose own copies are old at once.
type counter struct {
	*member.Directory

	t *testing.T
}

func count(t *testing.T, s *store.Store, redis string) counter {
	t.Helper()
	client, closer, err := member.OpenRedis(redis)
	if err != nil {
		t.Fatal(err)
	}
	d := member.NewDirectory(s, client, member.Config{TTL: time.Nanosecond, Patience: time.Minute, Timeout: time.Minute, Log: slog.New(slog.DiscardHandler)})
	ctx, end := context.WithCancel(context.WithoutCancel(t.Context()))
	running := errgroup.Group{}
	running.Go(func() error { return d.Run(ctx) })
	t.Cleanup(func() {
		end()
		if err := running.Wait(); err != nil {
			t.Error(err)
		}
		_ = closer()
	})
	return counter{d, t}
}

// reads reads a member some times and returns what the counts have gone up by; each read
// must be as told.
func (c counter) reads(times int, id member.ID, stale, fails bool) member.Stats {
	c.t.Helper()
	before := c.Stats()
	for range times {
		v, err := c.Get(c.t.Context(), id, member.Access{Role: member.RoleRobot, Purpose: member.PurposeService})
		if (err != nil) != fails || err == nil && v.Stale != stale {
			c.t.Fatalf("stale %t, error %v; want %t, and an error: %t", v.Stale, err, stale, fails)
		}
	}
	after := c.Stats()
	after.Local, after.Redis, after.Store = after.Local-before.Local, after.Redis-before.Redis, after.Store-before.Store
	after.Stale, after.Failed, after.RedisFailed = after.Stale-before.Stale, after.Failed-before.Failed, after.RedisFailed-before.RedisFailed
	return after
}

func (c counter) until(what string, done func(member.Stats) bool) {
	c.t.Helper()
	end := time.After(time.Minute)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !done(c.Stats()) {
		select {
		case <-tick.C:
		case <-end:
			c.t.Fatalf("never happened: %s; %+v", what, c.Stats())
		}
	}
}

const known, other member.ID = "m_zhang_li", "m_wang_qiang"

func TestWhatCallsGetWhilePostgresIsGoneIsCounted(t *testing.T) {
	s := filled(t, "postgres")
	c := count(t, s, storetest.OpenRedis(t).URL())
	c.until("Redis tells of changes", func(n member.Stats) bool { return !n.RedisDown })
	if n := c.reads(3, known, false, false); n.Store != 3 || n.StoreDown {
		t.Errorf("%+v", n)
	}
	storetest.Restart(t, func() {
		if n := c.reads(20, known, true, false); n.Stale != 20 || n.Failed != 0 || !n.StoreDown {
			t.Errorf("who was read before: %+v", n)
		}
		if n := c.reads(5, other, false, true); n.Failed != 5 || n.Stale != 0 {
			t.Errorf("who was not: %+v", n)
		}
	})
	if n := c.reads(4, known, false, false); n.Store != 4 || n.StoreDown {
		t.Errorf("after it: %+v", n)
	}
	if s.Stats().Reconnected == 0 {
		t.Error("no connection had died")
	}
}

func TestWhatCallsGetWithoutRedisIsCounted(t *testing.T) {
	s := filled(t, "postgres")
	r := storetest.OpenRedis(t)
	c := count(t, s, r.URL())
	c.until("Redis tells of changes", func(n member.Stats) bool { return !n.RedisDown })
	r.Kill()
	c.until("Redis is known to be gone", func(n member.Stats) bool { return n.RedisDown })
	if n := c.reads(20, known, false, false); n.Store != 20 || n.Redis+n.Stale+n.Failed != 0 || n.RedisFailed == 0 {
		t.Errorf("%+v", n)
	}
	r.Start()
	c.until("Redis is back", func(n member.Stats) bool { return !n.RedisDown })
	if n := c.reads(3, known, false, false); n.Store != 3 {
		t.Errorf("%+v", n)
	}
}

func TestARedisThatTakesHalfASecondIsLeftOut(t *testing.T) {
	s := filled(t, "postgres")
	c := count(t, s, "redis://"+slowed(t, storetest.OpenRedis(t).Address(), 500*time.Millisecond))
	if n := c.reads(20, known, false, false); n.Store != 20 || n.Redis+n.Stale+n.Failed != 0 || n.RedisFailed == 0 {
		t.Errorf("%+v", n)
	}
}

// slowed passes on what is said to an address, and what is answered some time later.
func slowed(t *testing.T, address string, by time.Duration) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(context.WithoutCancel(t.Context()))
	running := errgroup.Group{}
	t.Cleanup(func() {
		end()
		_ = l.Close()
		_ = running.Wait()
	})
	running.Go(func() error {
		for {
			in, err := l.Accept()
			if err != nil {
				return err
			}
			out, err := new(net.Dialer).DialContext(ctx, "tcp", address)
			if err != nil {
				return err
			}
			context.AfterFunc(ctx, func() { _, _ = in.Close(), out.Close() })
			running.Go(func() error {
				defer out.Close()
				_, err := io.Copy(out, in)
				return err
			})
			running.Go(func() error {
				defer in.Close()
				_, err := io.Copy(late{ctx.Done(), in, by}, out)
				return err
			})
		}
	})
	return l.Addr().String()
}

// late writes some time later.
type late struct {
	end <-chan struct{}
	to  io.Writer
	by  time.Duration
}

func (l late) Write(b []byte) (int, error) {
	select {
	case <-time.After(l.by):
	case <-l.end:
	}
	return l.to.Write(b)
}
