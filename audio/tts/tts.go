// Package tts gives the agent its voice: text goes in, mono sound at
// [audio.Rate] comes out, at one loudness and without silence around it. It
// knows neither languages' grammar nor what the text means: numbers and dates
// arrive in words.
//
// A [Voice] makes sound: [Flite] and [Espeak] each by a process that reads the
// text from its standard input, [Stub] out of nothing. A [Speaker] chooses the
// voice by language and keeps what was spoken as [Clip]s, encoded once and
// shared by all calls. A [Pool] bounds how many voices work at a time in the
// whole process.
//
// The package starts no goroutine that outlives the call that started it.
package tts

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"
)

// A Voice turns text into sound. It may be used by many goroutines at once.
type Voice interface {
	// Synthesize returns the sound of text, which is shared and read only. Text with
	// nothing to say gives no sound and no error.
	Synthesize(ctx context.Context, text string) (pcm []int16, err error)

	// String names the voice and all that shapes its sound, so that two voices
	// of one name sound the same: it is part of a cache's key.
	String() string
}

// A Streamer is a [Voice] that hands out the beginning of a text's sound while
// it makes the rest.
type Streamer interface {
	// Stream calls emit with one piece of sound after the other; emit may keep
	// none of them. An error of emit ends the synthesis and is returned.
	Stream(ctx context.Context, text string, emit func(pcm []int16) error) error
}

// ErrNoVoice is the error, wrapped, of a language that no voice speaks.
var ErrNoVoice = errors.New("no voice speaks this language")

// limit is how long one synthesis may take before its process is given up.
const limit = 15 * time.Second

// ErrLong is the error, wrapped, of a text too long for one synthesis. A
// process gets its whole text before its sound is read, so that it must fit in
// a pipe; a clause has a hundredth of that.
var ErrLong = errors.New("text too long for one synthesis")

const longest = 16 << 10 // bytes

// A Pool bounds how many syntheses run at once in the whole process. Those
// that wait are let in in the order in which they came.
type Pool struct {
	slots   *semaphore.Weighted
	waiting atomic.Int64
	done    atomic.Int64
	waited  atomic.Int64 // nanoseconds, summed
}

// NewPool returns a Pool that lets n syntheses run at once; n below 1 means 1.
func NewPool(n int) *Pool {
	return &Pool{slots: semaphore.NewWeighted(int64(max(n, 1)))}
}

// PoolStats is what a [Pool] has counted.
type PoolStats struct {
	Waiting int           // that wait now
	Done    int           // that were let in so far
	Waited  time.Duration // how long all of them waited together
}

// Stats returns the counts so far.
func (p *Pool) Stats() PoolStats {
	return PoolStats{
		Waiting: int(p.waiting.Load()),
		Done:    int(p.done.Load()),
		Waited:  time.Duration(p.waited.Load()),
	}
}

// enter waits for a slot. The caller leaves it by calling leave.
func (p *Pool) enter(ctx context.Context) (leave func(), err error) {
	from := time.Now()
	p.waiting.Add(1)
	err = p.slots.Acquire(ctx, 1)
	p.waiting.Add(-1)
	if err != nil {
		return nil, fmt.Errorf("waiting for a voice: %w", err)
	}
	p.waited.Add(int64(time.Since(from)))
	p.done.Add(1)
	return sync.OnceFunc(func() { p.slots.Release(1) }), nil
}

// collect gathers what a Streamer emits.
func collect(ctx context.Context, s Streamer, text string) ([]int16, error) {
	var all []int16
	err := s.Stream(ctx, text, func(pcm []int16) error {
		all = append(all, pcm...)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// line makes text fit for a program that reads lines: one line, no control
// characters. It is empty if there is nothing to say.
func line(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r <= ' ' || r == 0x7f }), " ")
}
