// Package remote speaks through servers: any with OpenAI's speech API, whose sound is
// streamed in an HTTP answer, and any with ElevenLabs' streaming WebSocket, which also
// tells when each character is heard. Each sentence has a request or a connection of its
// own, is tried again as long as nothing of it has been heard, and is given up when the
// server is silent for too long; what comes then is [tts.Fallback]'s matter.
//
// The package starts no goroutine that outlives the call that started it.
package remote

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"huike/audio"
	"huike/audio/resample"
	"huike/audio/tts"
)

// DefaultTimeout is how long a server may be silent where no other time is given: before
// its first sound, and between two pieces.
const DefaultTimeout = 2 * time.Second

// ErrUnavailable is the error, wrapped, of a server that does not answer in time, is too
// busy or breaks off. The same text may be tried again; other errors are for good.
var ErrUnavailable = errors.New("speech server is not available")

// level is the RMS of a server's active speech in dBFS: what the engines that people
// run are near to.
const level = -21.0

// tries is how many requests a text gets as long as nothing of it has been heard, and
// the first has not taken half of the time that a server may be silent.
const tries = 2

// server is what the two protocols have in common.
type server struct {
	name    string
	timeout time.Duration
	rate    int // hertz of its sound
}

// sentence is one text on its way to sound.
type sentence struct {
	shape   *tts.Shaper
	filter  *resample.Resampler
	to      tts.Output
	patient func() (wait func()) // the server is not waited for until wait is called
	odd     []byte
	pcm     []int16
	given   int   // samples that came, at audio.Rate
	heard   bool  // some of it has been given to the caller
	refused error // of the caller's
}

// speak asks until there is sound, or nothing more to try.
func (s server) speak(ctx context.Context, to tts.Output, ask func(ctx context.Context, t *sentence) error) error {
	var err error
	for began, n := time.Now(), 0; n < tries && time.Since(began) < s.limit()/2; n++ {
		t := &sentence{shape: tts.NewShaper(level), filter: resample.New(s.rate, audio.Rate), to: to}
		err = s.once(ctx, t, ask)
		switch {
		case t.refused != nil:
			return t.refused
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case t.heard || !errors.Is(err, ErrUnavailable):
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return fmt.Errorf("%s: %w", s.name, err)
}

func (s server) limit() time.Duration {
	if s.timeout > 0 {
		return s.timeout
	}
	return DefaultTimeout
}

// once asks once.
func (s server) once(ctx context.Context, t *sentence, ask func(ctx context.Context, t *sentence) error) error {
	limit := s.limit()
	inner, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	silent := time.AfterFunc(limit, func() {
		cancel(fmt.Errorf("%w: silent for %v", ErrUnavailable, limit))
	})
	defer silent.Stop()
	t.patient = func() func() {
		silent.Stop() // a caller that takes its time is not the server's doing
		return func() { silent.Reset(limit) }
	}
	err := ask(inner, t)
	if err == nil {
		err = t.finish(s.name)
	}
	if cause := context.Cause(inner); err != nil && cause != nil && ctx.Err() == nil {
		return cause
	}
	return err
}

// bytes takes a piece of 16-bit little-endian sound.
func (t *sentence) bytes(b []byte) error {
	defer t.patient()()
	t.pcm = t.pcm[:0]
	if len(t.odd) == 1 && len(b) > 0 {
		t.pcm = append(t.pcm, int16(uint16(t.odd[0])|uint16(b[0])<<8))
		t.odd, b = t.odd[:0], b[1:]
	}
	for ; len(b) >= 2; b = b[2:] {
		t.pcm = append(t.pcm, int16(uint16(b[0])|uint16(b[1])<<8))
	}
	t.odd = append(t.odd, b...)
	at := t.filter.Resample(nil, t.pcm)
	t.given += len(at)
	return t.shape.Give(at, t.emit)
}

func (t *sentence) emit(pcm []int16) error {
	t.heard = true
	t.refused = t.to.Sound(pcm)
	return t.refused
}

// finish gives what is left. A server that was given words and made no sound may be
// tried again.
func (t *sentence) finish(name string) error {
	defer t.patient()()
	if err := t.shape.Finish(name, t.emit); err != nil {
		if t.refused != nil {
			return t.refused
		}
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return nil
}

// status is the error of an answer that is none, by its status.
func status(code int) error {
	if code >= http.StatusInternalServerError || code == http.StatusTooManyRequests || code == http.StatusRequestTimeout {
		return fmt.Errorf("%w: status %d", ErrUnavailable, code)
	}
	return fmt.Errorf("the server refuses: status %d; check its address, key, model and voice", code)
}

// collect gathers the sound of a text.
func collect(ctx context.Context, text string, stream func(context.Context, string, func([]int16) error) error) ([]int16, error) {
	var all []int16
	err := stream(ctx, text, func(pcm []int16) error {
		all = append(all, pcm...)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}
