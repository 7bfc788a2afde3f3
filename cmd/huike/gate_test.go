package main

import (
	"sync"
	"sync/atomic"
	"testing"
)

func TestLinesAreNeverTakenTwice(t *testing.T) {
	t.Parallel()
	const most, callers, calls = 3, 16, 500
	g := gate{most: most, busy: func() error { return nil }}
	var held, refused atomic.Int64
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			for range calls {
				release, err := g.admit()
				if err != nil {
					refused.Add(1)
					continue
				}
				if n := held.Add(1); n > most {
					t.Errorf("%d of %d lines are taken", n, most)
				}
				held.Add(-1)
				release()
				release() // by mistake
			}
		})
	}
	all.Wait()
	if g.lines != 0 {
		t.Errorf("%d lines are taken after the last call", g.lines)
	}
	t.Logf("%d of %d calls were refused", refused.Load(), callers*calls)
}
