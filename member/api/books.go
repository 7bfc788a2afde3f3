package api

import (
	"context"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"huike/member"
	"huike/member/segment"
)

const (
	bookFresh = 15 * time.Second // how old a snapshot may be that is counted in
	bookIdle  = 5 * time.Minute  // after which nobody's snapshot is let go, or is old
	bookShare = 4                // for how often the time that reading it took it is fresh, if that is longer
	bookDear  = time.Second      // one that took longer to read is kept for who comes next
	bookWait  = 2 * time.Second  // how long one in place of an old one is waited for
)

// books keeps one snapshot of all members while somebody works with it, and one that takes
// long to read for good, so that nobody waits for it: of a million members it takes some
// hundred megabytes, and some seconds to read.
type books struct {
	load func(context.Context) (*segment.Book, error)

	mu     sync.Mutex
	book   *segment.Book
	read   time.Time
	took   time.Duration
	idle   *time.Timer
	flying *reading
}

// reading is a snapshot on its way.
type reading struct {
	done chan struct{}
	book *segment.Book
	err  error
	gone []member.ID // who was erased since it began
}

// open returns a snapshot. One that is a little old is returned at once while the next is
// read; one of more than some minutes ago after two seconds, if the next is not there by
// then. Where there is none, its reading is waited for.
func (b *books) open(ctx context.Context) (*segment.Book, error) {
	b.mu.Lock()
	book, age := b.book, time.Since(b.read)
	if book == nil || age > min(max(bookFresh, bookShare*b.took), bookIdle) {
		b.start(ctx)
	}
	flying := b.flying
	b.stay()
	b.mu.Unlock()
	var enough <-chan time.Time
	if book != nil {
		if age <= bookIdle {
			return book, nil
		}
		timer := time.NewTimer(bookWait)
		defer timer.Stop()
		enough = timer.C
	}
	select {
	case <-flying.done:
		if flying.err != nil && book != nil {
			return book, nil
		}
		return flying.book, flying.err
	case <-enough:
		return book, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// start begins a reading, if none is under way. It outlives who asked first.
func (b *books) start(ctx context.Context) {
	if b.flying != nil {
		return
	}
	flying := &reading{done: make(chan struct{})}
	b.flying = flying
	ctx = context.WithoutCancel(ctx)
	go func() {
		defer close(flying.done)
		began := time.Now()
		flying.book, flying.err = b.load(ctx)
		if time.Since(began) > bookDear {
			debug.FreeOSMemory() // what only the reading needed is as much as the snapshot
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.flying != flying {
			return // something has changed since it began
		}
		b.flying = nil
		if flying.err == nil && !slices.ContainsFunc(flying.gone, flying.book.Has) {
			b.book, b.read, b.took = flying.book, time.Now(), time.Since(began)
			b.stay()
		}
	}()
}

// stay keeps the snapshot a while longer.
func (b *books) stay() {
	if b.idle != nil {
		b.idle.Stop()
	}
	b.idle = time.AfterFunc(bookIdle, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.took < bookDear {
			b.book = nil
		}
	})
}

// stale has the next reader wait for a snapshot of its own: somebody has changed what a
// segment looks at, and counts right away.
func (b *books) stale() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.book, b.flying = nil, nil
}

// forget lets go of a snapshot that a member is in who was erased.
func (b *books) forget(id member.ID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.book != nil && b.book.Has(id) {
		b.book = nil
	}
	if b.flying != nil {
		b.flying.gone = append(b.flying.gone, id)
	}
}
