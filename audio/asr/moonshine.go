package asr

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	ort "github.com/yalue/onnxruntime_go"

	"huike/audio/asr/probe"
	"huike/audio/infer"
)

const (
	margin     = 150 * time.Millisecond // of quiet that is left, or put, around the words
	longest    = 15 * time.Second       // longer sound is cut in pieces
	audible    = -50                    // dBFS of the loudest 20 ms; below it nobody speaks
	perSecond  = 6.5                    // tokens of the fastest talker
	freeTokens = 6                      // that any clip may have

	sureOfDigits = 0.75 // confidence in digits over which there is no other reading
)

// Moonshine recognises English inside the process, with Moonshine Tiny. It is
// safe for many goroutines; each recognition takes a worker of the pool.
type Moonshine struct {
	rt               *infer.Runtime
	encoder, decoder *ort.DynamicAdvancedSession
	names            names
	vocabulary       vocabulary
	digits           *grammar
	ranks            ranks
	shortDigits      *probe.Model
	natures          *probe.Model

	mu    sync.Mutex
	idle  []*workspace // as many as were ever at work at a time
	turns memories
}

// OpenMoonshine opens Moonshine Tiny from the runtime's models folder.
func OpenMoonshine(rt *infer.Runtime) (*Moonshine, error) {
	m := &Moonshine{rt: rt, names: newNames()}
	path, err := rt.Path(infer.MoonshineTokens)
	if err != nil {
		return nil, err
	}
	if m.vocabulary, err = readVocabulary(path); err != nil {
		return nil, err
	}
	m.digits, m.ranks = m.vocabulary.digits(), m.vocabulary.ranks()
	if m.shortDigits, err = probe.Parse(digitsProbe); err != nil {
		return nil, fmt.Errorf("recognizer's digits: %w", err)
	}
	if m.natures, err = probe.Parse(naturesProbe); err != nil {
		return nil, fmt.Errorf("recognizer's natures of sounds: %w", err)
	}
	m.encoder, err = rt.Session(infer.MoonshineEncoder,
		[]string{"input_values"}, []string{"last_hidden_state"})
	if err != nil {
		return nil, err
	}
	m.decoder, err = rt.Session(infer.MoonshineDecoder, m.names.inputs(), m.names.outputs())
	if err != nil {
		return nil, err
	}
	return m, nil
}

// Close frees the memory of past recognitions. The runtime closes the sessions.
func (m *Moonshine) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	var errs []error
	for _, w := range m.idle {
		errs = append(errs, w.close())
	}
	m.idle = nil
	return errors.Join(errs...)
}

// Recognize implements [Recognizer]. It returns no text for sound too quiet to
// be speech. When ctx ends it gives up before the next token.
//
// What an earlier call with the same hint.Turn heard is a draft, which makes the
// later one cheaper. What of it a final result keeps is what the decoder itself says
// after it; as the decoder computes in 8 bits scaled by all that it is given at once,
// a comma may differ. A partial keeps the words that the two before it agreed on
// ([Result.Stable]).
//
// A final result is the best of several ways: where the decoder was unsure the second
// choice is tried, and where one of hint.Words may have been said, that. The others
// are Alternatives. Where digits are due a single one is told by a model of its own,
// and several by their pauses or by a grammar, unless the words are digits for sure.
func (m *Moonshine) Recognize(ctx context.Context, pcm []int16, hint Hint) (Result, error) {
	began := time.Now()
	result := Result{Final: !hint.Partial}
	if loudest(pcm) < audible {
		return result, nil
	}
	priority := infer.Final
	if hint.Partial {
		priority = infer.Partial
	}
	var err error
	if waited := m.rt.Do(ctx, priority, func() { err = m.recognize(ctx, pcm, hint, &result) }); waited != nil {
		return Result{}, waited
	}
	if err != nil {
		return Result{}, err
	}
	result.Elapsed = time.Since(began)
	return result, nil
}

func (m *Moonshine) take() (*workspace, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if n := len(m.idle); n > 0 {
		w := m.idle[n-1]
		m.idle = m.idle[:n-1]
		return w, nil
	}
	return newWorkspace(m.decoder)
}

func (m *Moonshine) give(w *workspace) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.idle = append(m.idle, w)
}
