package stream_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"

	"huike/member"
	"huike/member/event"
	"huike/member/event/stream"
	"huike/member/store"
	"huike/member/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

const name = "huike:events"

func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	limit := time.NewTimer(2 * time.Minute)
	tick := time.NewTicker(10 * time.Millisecond)
	defer limit.Stop()
	defer tick.Stop()
	for !is() {
		select {
		case <-tick.C:
		case <-limit.C:
			t.Fatal("waited in vain:", what)
		}
	}
}

func client(t *testing.T, url string) redis.UniversalClient {
	t.Helper()
	rdb, closer, err := member.OpenRedis(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = closer() })
	return rdb
}

// run runs a consumer until stop is called, which waits for its end.
func run(t *testing.T, rdb redis.UniversalClient, in stream.Taker, cfg stream.Config) (s *stream.Source, stop func()) {
	t.Helper()
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	s = stream.New(rdb, in, cfg)
	ctx, end := context.WithCancel(t.Context())
	group := errgroup.Group{}
	group.Go(func() error { return s.Run(ctx) })
	stop = sync.OnceFunc(func() {
		end()
		if err := group.Wait(); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return s, stop
}

func visit(id int) string {
	b, _ := json.Marshal(map[string]any{
		"specversion": "1.0", "id": fmt.Sprint(id), "source": "/pos", "type": "visit", "subject": fmt.Sprint("card:", id%50),
		"time": "2026-11-20T10:00:00Z", "data": map[string]string{"store": "s1"},
	})
	return string(b)
}

// told adds an event to the stream, and again until Redis has said that it has it.
func told(ctx context.Context, rdb redis.UniversalClient, values ...any) error {
	for ctx.Err() == nil {
		if err := rdb.XAdd(ctx, &redis.XAddArgs{Stream: name, Values: values}).Err(); err == nil {
			return nil
		}
	}
	return ctx.Err()
}

func count(t *testing.T, s *store.Store, table string) (n int) {
	t.Helper()
	err := s.View(t.Context(), func(tx *sql.Tx) error {
		return tx.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM `+table).Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func pending(t *testing.T, rdb redis.UniversalClient) int64 {
	t.Helper()
	p, err := rdb.XPending(t.Context(), name, "huike").Result()
	if err != nil {
		return -1
	}
	return p.Count
}

// Redis is slow by 500 ms, killed in the middle and started again; the source repeats what
// it has had no answer to; one consumer dies with what it has read; every 50th event is
// poisoned. Every event counts, once.
func TestNoEventIsLostWhateverHappensToRedis(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		t.Helper()
		const events, poison = 2000, 50
		server := storetest.OpenRedis(t)
		rdb := client(t, server.URL())
		cfg := stream.Config{Idle: 500 * time.Millisecond, Block: 100 * time.Millisecond}
		var sent atomic.Int64
		tells := errgroup.Group{}
		tells.Go(func() error {
			for n := range events {
				body := visit(n)
				if n%poison == 0 {
					body = strings.Replace(body, "visit", "party", 1)
				}
				if err := told(t.Context(), rdb, "event", body); err != nil {
					return err
				}
				sent.Add(1)
			}
			return nil
		})
		until(t, "some are told", func() bool { return sent.Load() > 100 })
		if err := rdb.XGroupCreate(t.Context(), name, "huike", "0").Err(); err != nil {
			t.Fatal(err)
		}
		dead, err := rdb.XReadGroup(t.Context(), &redis.XReadGroupArgs{Group: "huike", Consumer: "dead", Streams: []string{name, ">"}, Count: 60}).Result()
		if err != nil || len(dead[0].Messages) != 60 {
			t.Fatal(dead, err)
		}
		in := event.New(s, event.Config{})
		one, stopOne := run(t, rdb, in, cfg)
		other, stopOther := run(t, rdb, in, cfg)
		until(t, "some are taken", func() bool { return one.Stats().Accepted+other.Stats().Accepted > 50 })
		for range 2 {
			_ = rdb.Do(t.Context(), "DEBUG", "SLEEP", "0.5").Err() // whoever asks meanwhile waits
		}
		server.Kill()
		server.Start()
		if err := tells.Wait(); err != nil {
			t.Fatal(err)
		}
		until(t, "all are acknowledged", func() bool {
			return count(t, s, "events") == events-events/poison && pending(t, rdb) == 0
		})
		stopOne()
		stopOther()
		a, b := one.Stats(), other.Stats()
		if got := a.Accepted + b.Accepted; got != events-events/poison || a.Claimed+b.Claimed < 60 {
			t.Errorf("%+v and %+v", a, b)
		}
		letters, err := in.Dead(t.Context(), 0, events)
		ids := map[string]bool{}
		for _, l := range letters {
			ids[l.ID] = true
		}
		if err != nil || len(ids) != events/poison {
			t.Errorf("%d of %d poisoned events are in the dead letters, %v", len(ids), events/poison, err)
		}
	})
}

// failing is an inbox whose store is down.
type failing struct {
	in   *event.Inbox
	down atomic.Bool
}

var errDown = errors.New("the store is down")

func (f *failing) Take(ctx context.Context, bodies [][]byte) ([]event.Outcome, error) {
	if f.down.Load() {
		return nil, errDown
	}
	return f.in.Take(ctx, bodies)
}

func TestAStoreThatIsDownStopsTheReading(t *testing.T) {
	s := storetest.Open(t, "sqlite")
	rdb := client(t, storetest.OpenRedis(t).URL())
	for n := range 3 * event.BatchEvents {
		if err := told(t.Context(), rdb, "event", visit(n)); err != nil {
			t.Fatal(err)
		}
	}
	var out syncBuffer
	in := &failing{in: event.New(s, event.Config{})}
	in.down.Store(true)
	source, stop := run(t, rdb, in, stream.Config{Block: 100 * time.Millisecond, Log: slog.New(slog.NewTextHandler(&out, nil))})
	until(t, "it has tried more than once", func() bool { return source.Stats().Failures > 2 })
	if read := source.Stats().Read; read != event.BatchEvents {
		t.Errorf("%d entries were read while the first batch had no place", read)
	}
	in.down.Store(false)
	until(t, "all are taken", func() bool { return source.Stats().Accepted == 3*event.BatchEvents })
	stop()
	if n := strings.Count(out.String(), "wait"); n != 1 {
		t.Errorf("the outage is logged %d times: %s", n, out.String())
	}
	if all, err := rdb.XInfoConsumers(t.Context(), name, "huike").Result(); err != nil || len(all) != 0 {
		t.Errorf("who has left is still in the group: %v, %v", all, err)
	}
}

func TestAnEntryMayHaveTheAttributesAsFields(t *testing.T) {
	s := storetest.Open(t, "sqlite")
	rdb := client(t, storetest.OpenRedis(t).URL())
	good := []any{"specversion", "1.0", "id", "1", "source", "/pos", "type", "visit", "subject", "card:1", "time", "2026-11-20T10:00:00Z", "data", `{"store":"s1"}`}
	for _, values := range [][]any{
		good,
		append(slices.Clone(good[:len(good)-1]), "no JSON"),
		{"something", "else"},
		{"event", ""},
	} {
		if err := told(t.Context(), rdb, values...); err != nil {
			t.Fatal(err)
		}
	}
	in := event.New(s, event.Config{})
	source, _ := run(t, rdb, in, stream.Config{Block: 100 * time.Millisecond})
	until(t, "all are read", func() bool { st := source.Stats(); return st.Accepted+st.Refused+st.Duplicate == 4 })
	if st := source.Stats(); st.Accepted != 1 || st.Refused != 3 {
		t.Errorf("%+v", st)
	}
	letters, err := in.Dead(t.Context(), 0, 10)
	if err != nil || len(letters) != 3 || letters[0].Reason != "data is not a JSON object" || letters[1].Reason != "id is missing" {
		t.Error(letters, err)
	}
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
