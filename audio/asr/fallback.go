package asr

import (
	"context"
	"errors"
	"sync"
	"time"

	"huike/audio/breaker"
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

	once    sync.Once
	breaker breaker.Breaker
}

// Recognize implements [Recognizer]. An error of the first that is for good, such as a
// wrong key, also leads to the second, as does one of any kind but the end of ctx.
func (f *Fallback) Recognize(ctx context.Context, pcm []int16, hint Hint) (Result, error) {
	if !f.state().Rests() {
		result, err := f.First.Recognize(ctx, pcm, hint)
		if err == nil || ctx.Err() == nil {
			f.state().Count(err == nil) // a call that has ended says nothing of the server
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
func (f *Fallback) Open() bool { return f.state().Open() }

func (f *Fallback) state() *breaker.Breaker {
	f.once.Do(func() { f.breaker.Failures, f.breaker.Rest, f.breaker.Now = f.Failures, f.Rest, f.Now })
	return &f.breaker
}
