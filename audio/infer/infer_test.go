package infer

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func models() string {
	if dir := os.Getenv("HUIKE_MODELS"); dir != "" {
		return dir
	}
	return filepath.Join("..", "..", "bin", "models")
}

func TestOpenTwiceSharesTheLibrary(t *testing.T) {
	one, err := Open(Config{Models: models()})
	if err != nil {
		t.Fatalf("run make models (%v)", err)
	}
	two, err := Open(Config{Models: models(), Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(one.Close(), one.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := two.Session(Silero, []string{"input", "state", "sr"}, []string{"output", "stateN"}); err != nil {
		t.Errorf("the other was closed, and %v", err)
	}
	if err := two.Close(); err != nil {
		t.Error(err)
	}
}

func TestErrorsSayTheWayOut(t *testing.T) {
	empty := t.TempDir()
	broken := t.TempDir()
	if err := os.WriteFile(filepath.Join(broken, Library), []byte("not a library"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		cfg  Config
		want []string
	}{
		{"a folder without models", Config{Models: empty}, []string{empty, Library, "make models", "--models"}},
		{"a library that is none", Config{Models: broken}, []string{broken, Library, "make models"}},
		{"fewer than no workers", Config{Models: empty, Workers: -1}, []string{"workers", "-1"}},
	} {
		_, err := Open(c.cfg)
		if err == nil {
			t.Errorf("%s: no error", c.name)
			continue
		}
		for _, want := range c.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %q does not name %q", c.name, err, want)
			}
		}
	}
}

// work is a runtime with a pool and no library.
func work(workers int) *Runtime { return &Runtime{pool: pool{workers: workers, free: workers}} }

func TestDoIsBounded(t *testing.T) {
	r := work(3)
	var now, most atomic.Int32
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			err := r.Do(t.Context(), Final, func() {
				n := now.Add(1)
				for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
				}
				now.Add(-1)
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if most.Load() > 3 {
		t.Errorf("%d at a time, want at most 3", most.Load())
	}
	if s := r.Stats(); s.Done != 50 || s.Running != 0 || s.Waiting != 0 || s.Workers != 3 {
		t.Errorf("counts %+v", s)
	}
}

func TestDoServesInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := work(1)
		var order []string
		release := make(chan struct{})
		go r.Do(t.Context(), Final, func() { <-release })
		synctest.Wait()
		for _, w := range []struct {
			name     string
			priority Priority
		}{{"partial 1", Partial}, {"final 1", Final}, {"partial 2", Partial}, {"final 2", Final}} {
			go r.Do(t.Context(), w.priority, func() { order = append(order, w.name) })
			synctest.Wait()
		}
		time.Sleep(time.Second)
		if s := r.Stats(); s.Waiting != 4 || s.Oldest != time.Second {
			t.Errorf("while they wait, counts %+v", s)
		}
		close(release)
		synctest.Wait()
		want := "final 1, final 2, partial 1, partial 2"
		if got := strings.Join(order, ", "); got != want {
			t.Errorf("served %s, want %s", got, want)
		}
		if s := r.Stats(); s.Done != 5 || s.Waited != 4*time.Second || s.Ran != time.Second {
			t.Errorf("counts %+v", s)
		}
	})
}

func TestDoGivesUpWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := work(1)
		release := make(chan struct{})
		go r.Do(t.Context(), Final, func() { <-release })
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := r.Do(ctx, Final, func() { t.Error("ran") })
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		close(release)
		synctest.Wait()
		if err := r.Do(t.Context(), Final, func() {}); err != nil {
			t.Errorf("after one gave up: %v", err)
		}
		if s := r.Stats(); s.GaveUp != 1 || s.Running != 0 || s.Waiting != 0 {
			t.Errorf("counts %+v", s)
		}
	})
}

func TestDoSurvivesAPanic(t *testing.T) {
	r := work(1)
	func() {
		defer func() { _ = recover() }()
		_ = r.Do(t.Context(), Final, nil) // nil cannot be called
	}()
	if err := r.Do(t.Context(), Final, func() {}); err != nil || r.Stats().Running != 0 {
		t.Errorf("the worker was lost: %v, %+v", err, r.Stats())
	}
}

func BenchmarkDo(b *testing.B) {
	r := work(1)
	b.ReportAllocs()
	for b.Loop() {
		_ = r.Do(b.Context(), Final, func() {})
	}
}
