package member

import (
	"errors"
	"sync"
)

// errClosed says that the directory has stopped.
var errClosed = errors.New("the member directory has stopped")

// flights runs one function a key at a time; whoever asks meanwhile shares its
// result. Unlike singleflight it can be waited for when the server stops: a flight
// outlives a caller who loses patience.
type flights[T any] struct {
	mu     sync.Mutex
	byKey  map[string]*flight[T]
	closed bool
	wg     sync.WaitGroup
}

// flight is one run. value and err may be read once done is closed.
type flight[T any] struct {
	done  chan struct{}
	value T
	err   error
}

// join returns the flight under way for the key, or starts one with run.
func (g *flights[T]) join(key string, run func() (T, error)) *flight[T] {
	g.mu.Lock()
	defer g.mu.Unlock()
	if f := g.byKey[key]; f != nil {
		return f
	}
	f := &flight[T]{done: make(chan struct{})}
	if g.closed {
		f.err = errClosed
		close(f.done)
		return f
	}
	if g.byKey == nil {
		g.byKey = make(map[string]*flight[T])
	}
	g.byKey[key] = f
	g.wg.Go(func() {
		f.err = errors.New("the read broke off") // what a panic would leave
		defer g.land(key, f)
		f.value, f.err = run()
	})
	return f
}

func (g *flights[T]) land(key string, f *flight[T]) {
	g.mu.Lock()
	delete(g.byKey, key)
	g.mu.Unlock()
	close(f.done)
}

// close refuses new flights and waits for those under way.
func (g *flights[T]) close() {
	g.mu.Lock()
	g.closed = true
	g.mu.Unlock()
	g.wg.Wait()
}
