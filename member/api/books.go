package api

import (
	"context"
	"sync"
	"time"

	"huike/member/segment"
)

const (
	bookFresh = 15 * time.Second // how old a snapshot may be that is counted in
	bookIdle  = 5 * time.Minute  // after which nobody's snapshot is let go
)

// books keeps one snapshot of all members while somebody works with it: of a million
// members it takes some hundred megabytes, and some seconds to read.
type books struct {
	load func(context.Context) (*segment.Book, error)

	mu     sync.Mutex
	book   *segment.Book
	read   time.Time
	idle   *time.Timer
	flying *reading
}

// reading is a snapshot on its way.
type reading struct {
	done chan struct{}
	book *segment.Book
	err  error
}

// open returns a snapshot. One that is a little old is returned at once while the next is
// read; where there is none, its reading is waited for.
func (b *books) open(ctx context.Context) (*segment.Book, error) {
	b.mu.Lock()
	book, old := b.book, time.Since(b.read) > bookFresh
	if book == nil || old {
		b.start(ctx)
	}
	flying := b.flying
	b.stay()
	b.mu.Unlock()
	if book != nil {
		return book, nil
	}
	select {
	case <-flying.done:
		return flying.book, flying.err
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
		flying.book, flying.err = b.load(ctx)
		b.mu.Lock()
		defer b.mu.Unlock()
		b.flying = nil
		if flying.err == nil {
			b.book, b.read = flying.book, time.Now()
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
		b.book = nil
	})
}

// stale has the next reader wait for a snapshot of its own: somebody has changed what a
// segment looks at, and counts right away.
func (b *books) stale() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.book = nil
}
