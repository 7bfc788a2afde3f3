// Package breaker is a circuit breaker: it says when to leave a server alone that has
// failed several times in a row, and when to try it again. It knows neither what the
// server does nor what is done instead.
package breaker

import (
	"sync"
	"time"
)

// Breaker counts failures in a row. Its zero value is ready. Its fields must not change
// once it is in use; it may be used by many goroutines at once.
type Breaker struct {
	Failures int              // in a row, after which the server is left alone; 0 means 3
	Rest     time.Duration    // for how long; then one request tries it again; 0 means 20 s
	Now      func() time.Time // nil means time.Now

	mu     sync.Mutex
	failed int
	until  time.Time // the server is left alone
}

// Open says whether the server is being left alone.
func (b *Breaker) Open() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now().Before(b.until)
}

// Rests says whether this request is to leave the server alone. The one request that
// may try it again after its rest puts off all others.
func (b *Breaker) Rests() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.until.IsZero() {
		return false
	}
	now := b.now()
	if now.Before(b.until) {
		return true
	}
	b.until = now.Add(b.rest())
	return false
}

// Count takes how a request went. One that was given up says nothing, and is not
// counted.
func (b *Breaker) Count(ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if ok {
		b.failed, b.until = 0, time.Time{}
		return
	}
	most := b.Failures
	if most == 0 {
		most = 3
	}
	if b.failed++; b.failed >= most {
		b.until = b.now().Add(b.rest())
	}
}

func (b *Breaker) now() time.Time {
	if b.Now != nil {
		return b.Now()
	}
	return time.Now()
}

func (b *Breaker) rest() time.Duration {
	if b.Rest > 0 {
		return b.Rest
	}
	return 20 * time.Second
}
