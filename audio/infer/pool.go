package infer

import (
	"context"
	"sync"
	"time"
)

// Priority orders work that waits for a worker. Work of the same priority is
// served first come first served; [Partial] waits for all of [Final].
type Priority int

// The priorities, most urgent first.
const (
	Final   Priority = iota // a caller waits for this
	Partial                 // helps, and may starve while callers wait
	priorities
)

// Stats is what the pool has done since it was opened.
type Stats struct {
	Workers int           // computations that may run at a time
	Running int           // computations that run now
	Waiting int           // computations that wait now
	Oldest  time.Duration // how long the longest waiting Final one has waited
	Done    uint64        // computations that have ended
	GaveUp  uint64        // computations whose context ended while they waited
	Waited  time.Duration // sum of the waits of those that got a worker
	Ran     time.Duration // sum of the run times of those that ended
}

type waiter struct {
	granted chan struct{} // closed when a worker is this waiter's
	since   time.Time
}

// pool hands out workers. A worker is a permission, not a goroutine.
type pool struct {
	mu      sync.Mutex
	workers int
	free    int
	queue   [priorities][]*waiter
	stats   Stats
}

// Do waits for a worker and runs f on the calling goroutine. When ctx ends
// before a worker is free, f does not run and the context's error is returned.
func (r *Runtime) Do(ctx context.Context, p Priority, f func()) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := r.pool.acquire(ctx, p); err != nil {
		return err
	}
	began := time.Now()
	defer func() {
		r.pool.count(time.Since(began))
		r.pool.release()
	}()
	f()
	return nil
}

// Stats returns what the pool has done and holds now.
func (r *Runtime) Stats() Stats {
	r.pool.mu.Lock()
	defer r.pool.mu.Unlock()
	s := r.pool.stats
	s.Workers = r.pool.workers
	s.Running = r.pool.workers - r.pool.free
	for _, q := range r.pool.queue {
		s.Waiting += len(q)
	}
	if q := r.pool.queue[Final]; len(q) > 0 {
		s.Oldest = time.Since(q[0].since)
	}
	return s
}

func (p *pool) acquire(ctx context.Context, priority Priority) error {
	w := p.enter(priority)
	if w == nil {
		return nil
	}
	select {
	case <-w.granted:
		return nil
	case <-ctx.Done():
	}
	if !p.leave(priority, w) { // granted at the same moment: hand it on
		p.release()
	}
	return ctx.Err()
}

// enter takes a free worker and returns nil, or queues a waiter.
func (p *pool) enter(priority Priority) *waiter {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.free > 0 {
		p.free--
		return nil
	}
	w := &waiter{granted: make(chan struct{}), since: time.Now()}
	p.queue[priority] = append(p.queue[priority], w)
	return w
}

// leave takes a waiter out of its queue and says whether it was still there.
func (p *pool) leave(priority Priority, w *waiter) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stats.GaveUp++
	for i, other := range p.queue[priority] {
		if other == w {
			p.queue[priority] = append(p.queue[priority][:i], p.queue[priority][i+1:]...)
			return true
		}
	}
	return false
}

func (p *pool) count(ran time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stats.Done++
	p.stats.Ran += ran
}

// release gives the worker to whoever waits first, or frees it.
func (p *pool) release() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for priority, q := range p.queue {
		if len(q) == 0 {
			continue
		}
		w := q[0]
		p.queue[priority] = append(q[:0], q[1:]...)
		p.stats.Waited += time.Since(w.since)
		close(w.granted)
		return
	}
	p.free++
}
