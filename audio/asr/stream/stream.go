// Package stream recognises through servers that hear over a WebSocket while the
// caller speaks: FunASR's two passes, Deepgram's and OpenAI's realtime protocol. A
// connection lasts for one turn. The whole sound of the turn is given with each call,
// so that one that breaks is followed by another which hears it from the beginning:
// nothing that was said is lost.
//
// Each connection has one goroutine that reads it, from its opening to its end; what
// it read flows out by a mutex and a channel of length 1. A connection that nobody has
// used for a minute is closed.
package stream

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"huike/audio"
	"huike/audio/asr"
)

// Message is one WebSocket message.
type Message struct {
	Data   []byte
	Binary bool
}

// Heard is what a message of the server says.
type Heard struct {
	Text       string  // words
	Final      bool    // they will not change: they follow those that were final before
	Append     bool    // not final: they go on where those before them ended
	Confidence float64 // of final words; 0: not said
	Others     []string
	Done       bool  // the turn's words are all there, if its end was told
	Err        error // the server cannot go on
}

// Protocol is how a kind of server is spoken to. A value is shared by all turns.
type Protocol interface {
	// Open returns the address and the header of a new connection, and its first messages.
	Open(url, key string, hint asr.Hint) (address string, header http.Header, first []Message)
	// Coder returns what turns sound at [audio.Rate] into messages, for one connection.
	Coder() func(pcm []int16) []Message
	// End returns the messages that tell the server that the turn is over.
	End() []Message
	// Read tells what a message says; an error if it is none of the protocol's.
	Read(m Message) (Heard, error)
}

// Recognizer hears through one server. Its fields must not change once it is in use.
type Recognizer struct {
	Protocol Protocol
	URL      string        // ws:// or wss://
	Key      string        // sent as the protocol has it
	Timeout  time.Duration // of a connection's opening, and of the answer to a turn's end; 0 means [asr.DefaultTimeout]
	Tries    int           // connections for one turn, in all; 0 means 3

	mu    sync.Mutex
	turns []*connection // the newest last
}

const (
	idle      = time.Minute
	mostTurns = 1024
	mostRead  = 1 << 20 // bytes of one message
)

// String names the server for a log, without its key or what stands in its query.
func (r *Recognizer) String() string {
	address, _, _ := strings.Cut(r.URL, "?")
	return fmt.Sprintf("stream(%T, %s)", r.Protocol, address)
}

// Recognize implements [asr.Recognizer]. A partial returns at once, with what the
// server has said so far; a final waits for the server's. A server that does not
// answer in time, or breaks each connection, is an [asr.ErrUnavailable].
func (r *Recognizer) Recognize(ctx context.Context, pcm []int16, hint asr.Hint) (asr.Result, error) {
	began := time.Now()
	result := asr.Result{Final: !hint.Partial}
	tries := r.Tries
	if tries == 0 {
		tries = 3
	}
	if asr.Quiet(pcm) {
		if !hint.Partial {
			r.end(hint.Turn)
		}
		return result, nil
	}
	ctx, cancel := context.WithTimeoutCause(ctx, r.timeout(), asr.ErrUnavailable)
	defer cancel()
	var err error
	for range tries {
		var c *connection
		if c, err = r.connection(ctx, hint); err == nil {
			if err = c.hear(ctx, pcm, !hint.Partial); err == nil {
				c.fill(&result)
				if !hint.Partial || hint.Turn == "" {
					r.drop(c)
				}
				result.Elapsed = time.Since(began)
				return result, nil
			}
			r.drop(c)
		}
		if ctx.Err() != nil || errors.Is(err, errForGood) {
			break
		}
	}
	switch {
	case errors.Is(context.Cause(ctx), asr.ErrUnavailable):
		err = fmt.Errorf("%w: no answer within %v", asr.ErrUnavailable, r.timeout())
	case ctx.Err() != nil:
		err = ctx.Err()
	case !errors.Is(err, errForGood):
		err = fmt.Errorf("%w: %w", asr.ErrUnavailable, err)
	}
	return asr.Result{}, fmt.Errorf("%s: %w", r, err)
}

func (r *Recognizer) timeout() time.Duration {
	if r.Timeout > 0 {
		return r.Timeout
	}
	return asr.DefaultTimeout
}

// connection returns that of the hint's turn, or a new one.
func (r *Recognizer) connection(ctx context.Context, hint asr.Hint) (*connection, error) {
	r.mu.Lock()
	for _, c := range r.turns {
		if c.turn == hint.Turn && hint.Turn != "" {
			r.mu.Unlock()
			return c, nil
		}
	}
	r.mu.Unlock()
	c, err := dial(ctx, r, hint)
	if err != nil {
		return nil, err
	}
	c.expire = time.AfterFunc(idle, func() { r.drop(c) })
	r.mu.Lock()
	r.turns = append(r.turns, c)
	var oldest *connection
	if len(r.turns) > mostTurns {
		oldest = r.turns[0]
	}
	r.mu.Unlock()
	if oldest != nil {
		r.drop(oldest)
	}
	return c, nil
}

// end closes the connection of a turn that is over without words.
func (r *Recognizer) end(turn string) {
	r.mu.Lock()
	at := slices.IndexFunc(r.turns, func(c *connection) bool { return c.turn == turn && turn != "" })
	var c *connection
	if at >= 0 {
		c = r.turns[at]
	}
	r.mu.Unlock()
	if c != nil {
		r.drop(c)
	}
}

// drop closes a connection.
func (r *Recognizer) drop(c *connection) {
	r.mu.Lock()
	r.turns = slices.DeleteFunc(r.turns, func(other *connection) bool { return other == c })
	r.mu.Unlock()
	c.expire.Stop()
	c.close()
}

// Close closes all connections, and returns when nobody reads them any more.
func (r *Recognizer) Close() error {
	r.mu.Lock()
	all := slices.Clone(r.turns)
	r.mu.Unlock()
	for _, c := range all {
		r.drop(c)
	}
	return nil
}

// piece is how much sound goes into one message.
const piece = audio.Rate / 10
