package sherpa

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"huike/audio"
	"huike/audio/asr"
	"huike/audio/infer"
)

// Config describes a recogniser.
type Config struct {
	Dir      string         // folder of the model
	Kind     Kind           // of the model; empty: told by the folder's and its files' names
	Language string         // for models of several languages, such as "zh"; empty: the model tells
	Runtime  *infer.Runtime // whose pool bounds what is computed at a time
}

const (
	hotwordScore = 1.5  // what a token of a hot word is worth to a transducer's beam
	paths        = 4    // hypotheses of its beam
	mostTurns    = 256  // turns whose streams wait for more
	features     = 80   // mel bands
	tail         = 8000 // samples of silence behind a turn, 0.5 s: a streaming model looks ahead
)

// A Recognizer hears with one model. It may be used by many goroutines.
type Recognizer struct {
	lib    *Library
	config Config
	kind   Kind
	handle uintptr

	mu    sync.Mutex
	turns []*turn // the newest last
}

// turn is a stream that is kept from one partial to the next.
type turn struct {
	mu     sync.Mutex
	name   string
	stream uintptr
	taken  int // samples
}

// Open opens the model of a folder.
func Open(lib *Library, config Config) (*Recognizer, error) {
	kind, files, err := Find(config.Dir, config.Kind)
	if err != nil {
		return nil, err
	}
	r := &Recognizer{lib: lib, config: config, kind: kind}
	if kind.Streaming() {
		oc := online(kind, files)
		r.handle = lib.createOnline(oc)
		runtime.KeepAlive(oc)
	} else {
		oc := offline(kind, files, config.Language)
		r.handle = lib.createOffline(oc)
		runtime.KeepAlive(oc)
	}
	if r.handle == 0 {
		return nil, fmt.Errorf("%w in %s: sherpa-onnx does not open it as %s; its reason is on the standard error output", ErrModel, config.Dir, kind)
	}
	return r, nil
}

// String names the recogniser for a log.
func (r *Recognizer) String() string { return "sherpa(" + string(r.kind) + ", " + r.config.Dir + ")" }

// Close frees the model. Nothing may be recognised any more.
func (r *Recognizer) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, t := range r.turns {
		r.lib.destroyOnlineStream(t.stream)
	}
	r.turns = nil
	if r.kind.Streaming() {
		r.lib.destroyOnline(r.handle)
	} else {
		r.lib.destroyOffline(r.handle)
	}
	return nil
}

// Recognize implements [asr.Recognizer]. A streaming model goes on where an earlier
// call with the same hint.Turn was. The library cannot be interrupted: ctx counts
// while it waits for a worker.
func (r *Recognizer) Recognize(ctx context.Context, pcm []int16, hint asr.Hint) (asr.Result, error) {
	began := time.Now()
	result := asr.Result{Final: !hint.Partial}
	if asr.Quiet(pcm) {
		return result, nil
	}
	priority := infer.Final
	if hint.Partial {
		priority = infer.Partial
	}
	if err := r.config.Runtime.Do(ctx, priority, func() {
		if r.kind.Streaming() {
			result.Text = r.stream(pcm, hint)
		} else {
			result.Text, result.Confidence = r.whole(pcm, hint)
		}
	}); err != nil {
		return asr.Result{}, err
	}
	result.Text = strings.TrimSpace(result.Text)
	result.Elapsed = time.Since(began)
	return result, nil
}

// whole hears a turn at once.
func (r *Recognizer) whole(pcm []int16, hint asr.Hint) (heard string, confidence float64) {
	var stream uintptr
	if words := hotwords(hint.Words); words != "" && r.kind == Transducer {
		stream = r.lib.offlineHotwords(r.handle, words)
	} else {
		stream = r.lib.offlineStream(r.handle)
	}
	defer r.lib.destroyOfflineStream(stream)
	sound := samples(pcm)
	r.lib.acceptOffline(stream, audio.Rate, &sound[0], int32(len(pcm)))
	r.lib.decodeOffline(r.handle, stream)
	got := r.lib.offlineResult(stream)
	if got == nil {
		return "", 0
	}
	defer r.lib.destroyOfflineResult(got)
	return text(got.Text), confidenceOf(got)
}

// stream gives a turn what it has not yet heard.
func (r *Recognizer) stream(pcm []int16, hint asr.Hint) string {
	t := r.turn(hint)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.taken < len(pcm) {
		sound := samples(pcm[t.taken:])
		r.lib.acceptOnline(t.stream, audio.Rate, &sound[0], int32(len(sound)))
		t.taken = len(pcm)
	}
	if !hint.Partial {
		silence := make([]float32, tail)
		r.lib.acceptOnline(t.stream, audio.Rate, &silence[0], tail)
		r.lib.finished(t.stream)
	}
	for r.lib.ready(r.handle, t.stream) != 0 {
		r.lib.decodeOnline(r.handle, t.stream)
	}
	got := r.lib.onlineResult(r.handle, t.stream)
	heard := text(got.Text)
	r.lib.destroyOnlineResult(got)
	if !hint.Partial || hint.Turn == "" {
		r.lib.destroyOnlineStream(t.stream)
		r.drop(t)
	}
	return heard
}

// turn returns the stream of a turn, or a new one.
func (r *Recognizer) turn(hint asr.Hint) *turn {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, t := range r.turns {
		if t.name == hint.Turn && hint.Turn != "" {
			return t
		}
	}
	t := &turn{name: hint.Turn}
	if words := hotwords(hint.Words); words != "" && r.kind == StreamingTransducer {
		t.stream = r.lib.onlineHotwords(r.handle, words)
	} else {
		t.stream = r.lib.onlineStream(r.handle)
	}
	if hint.Turn != "" {
		if len(r.turns) >= mostTurns && r.turns[0].mu.TryLock() {
			r.lib.destroyOnlineStream(r.turns[0].stream)
			r.turns = r.turns[1:]
		}
		r.turns = append(r.turns, t)
	}
	return t
}

func (r *Recognizer) drop(t *turn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.turns = slices.DeleteFunc(r.turns, func(other *turn) bool { return other == t })
}

// hotwords are words as the library takes them: one a line, by "/" within a stream.
func hotwords(words []string) string {
	var some []string
	for _, w := range words {
		if w = strings.TrimSpace(strings.NewReplacer("/", " ", "\n", " ", ":", " ").Replace(w)); w != "" {
			some = append(some, w)
		}
	}
	return strings.Join(some, "/")
}
