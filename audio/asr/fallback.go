package asr

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Fallback asks one recogniser, and another where the first is not available. After
// some failures in a row it stops asking the first for a while (a circuit breaker), so
// that callers do not wait for a server that is down. Its fields must not change once
// it is in use.
type Fallback struct {
	First, Second Recognizer
	Failures      int              // in a row, after which the first is left alone; 0 means 3
	Rest          time.Duration    // for how long; then one request tries it again; 0 means 20 s
	Now           func() time.Time // nil means time.Now

	mu     sync.Mutex
	failed int
	until  time.Time // the first is left alone
}

// Recognize implements [Recognizer]. An error of the first that is for good, such as a
// wrong key, also leads to the second, as does one of any kind but the end of ctx.
func (f *Fallback) Recognize(ctx context.Context, pcm []int16, hint Hint) (Result, error) {
	if !f.rests() {
		result, err := f.First.Recognize(ctx, pcm, hint)
		if err == nil || ctx.Err() == nil {
			f.count(err == nil) // a call that has ended says nothing of the server
		}
		if err == nil || ctx.Err() != nil {
			return result, err
		}
		if hint.Partial {
			return Result{}, err // the final will be heard
		}
		second, otherErr := f.Second.Recognize(ctx, pcm, hint)
		if otherErr != nil {
			return Result{}, errors.Join(err, otherErr)
		}
		return second, nil
	}
	return f.Second.Recognize(ctx, pcm, hint)
}

// Open says whether the first recogniser is being left alone.
func (f *Fallback) Open() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now().Before(f.until)
}

func (f *Fallback) now() time.Time {
	if f.Now != nil {
		return f.Now()
	}
	return time.Now()
}

// rests says whether the first is to be left alone by this request. The one request
// that may try it again after its rest puts off all others.
func (f *Fallback) rests() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.until.IsZero() {
		return false
	}
	now := f.now()
	if now.Before(f.until) {
		return true
	}
	f.until = now.Add(f.rest())
	return false
}

func (f *Fallback) rest() time.Duration {
	if f.Rest > 0 {
		return f.Rest
	}
	return 20 * time.Second
}

func (f *Fallback) count(ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if ok {
		f.failed, f.until = 0, time.Time{}
		return
	}
	most := f.Failures
	if most == 0 {
		most = 3
	}
	if f.failed++; f.failed >= most {
		f.until = f.now().Add(f.rest())
	}
}
