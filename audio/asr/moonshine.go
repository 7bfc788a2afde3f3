package asr

import (
	"context"
	"errors"
	"math"
	"sync"
	"time"

	ort "github.com/yalue/onnxruntime_go"

	"huike/audio"
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

	mu   sync.Mutex
	idle []*workspace // as many as were ever at work at a time
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
	m.digits = m.vocabulary.digits()
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
// be speech. When ctx ends it gives up before the next token. Where digits are due
// (hint.Expect is "digits") and the text is something else or not sure, the
// likeliest digits are an alternative.
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

func (m *Moonshine) recognize(ctx context.Context, pcm []int16, hint Hint, result *Result) error {
	w, err := m.take()
	if err != nil {
		return err
	}
	defer m.give(w)
	sum, weight := 0.0, 0.0
	pieces := split(pcm)
	for _, piece := range pieces {
		text, chance, err := m.piece(ctx, w, piece, nil)
		if err != nil {
			return err
		}
		if text == "" {
			continue
		}
		if result.Text != "" {
			result.Text += " "
		}
		result.Text += text
		sum += chance * float64(len(text))
		weight += float64(len(text))
	}
	if weight > 0 {
		result.Confidence = math.Exp(sum / weight)
	}
	sure := isDigits(result.Text) && result.Confidence > sureOfDigits
	if hint.Expect != "digits" || len(pieces) > 1 || sure {
		return nil
	}
	text, chance, err := m.piece(ctx, w, pcm, m.digits)
	if err == nil && chance > plausible {
		result.Alternatives = append(result.Alternatives, text)
	}
	return err
}

// piece recognises sound of at most the longest duration, all or by a grammar.
func (m *Moonshine) piece(ctx context.Context, w *workspace, pcm []int16, g *grammar) (text string, chance float64, err error) {
	w.samples = frame(w.samples, pcm)
	defer func() { err = errors.Join(err, w.reset()) }()
	n, err := m.encode(w)
	if err != nil {
		return "", 0, err
	}
	limit := freeTokens + int(perSecond*audio.Duration(len(pcm), audio.Rate).Seconds())
	chance, err = m.decode(ctx, w, n, limit, g)
	if err != nil {
		return "", 0, err
	}
	return m.vocabulary.text(w.said), chance, nil
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
