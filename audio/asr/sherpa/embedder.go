package sherpa

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
	"unsafe"

	"huike/audio"
	"huike/audio/infer"
	"huike/audio/speaker"
)

// The scores of a neural print, a cosine, from which on voices are one and below which
// two: inside what the models' own examples use (0.5 to 0.6 for a match), as no model was
// here to be measured.
const (
	matchFrom    = 0.6
	anotherBelow = 0.25
)

// An Embedder makes prints of voices with a speaker-embedding model, such as those of
// 3D-Speaker, WeSpeaker and NeMo that the project gives out. It may be used by many
// goroutines.
type Embedder struct {
	lib    *Library
	rt     *infer.Runtime
	handle uintptr
	name   string
	dim    int
}

// OpenEmbedder opens a model: an .onnx file, or a folder with one.
func OpenEmbedder(lib *Library, rt *infer.Runtime, path string) (*Embedder, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("speaker model: %w", err)
	}
	if info.IsDir() {
		found, err := filepath.Glob(filepath.Join(path, "*.onnx"))
		if err != nil || len(found) != 1 {
			return nil, fmt.Errorf("%w in %s: want one .onnx file, there are %d; name the file", ErrModel, path, len(found))
		}
		path = found[0]
	}
	if err := isONNX(path); err != nil {
		return nil, err
	}
	config := &embeddingConfig{Model: c(path), NumThreads: 1, Provider: c("cpu")}
	e := &Embedder{lib: lib, rt: rt, name: strings.TrimSuffix(filepath.Base(path), ".onnx")}
	e.handle = lib.createEmbedder(config)
	runtime.KeepAlive(config)
	if e.handle == 0 {
		return nil, fmt.Errorf("%w in %s: sherpa-onnx does not open it as one of speakers; its reason is on the standard error output", ErrModel, path)
	}
	e.dim = int(lib.embeddingDim(e.handle))
	return e, nil
}

// isONNX refuses, before the library ends the process over it, a file that cannot be a
// model: empty, a page of HTML, a Git LFS pointer. A model is a protobuf message that
// begins with its version.
func isONNX(path string) error {
	f, err := os.Open(path) //nolint:gosec // the operator's own
	if err != nil {
		return fmt.Errorf("model: %w", err)
	}
	defer f.Close() //nolint:errcheck // only read
	var head [2]byte
	if n, _ := f.Read(head[:]); n < len(head) || head[0] != 0x08 || head[1] == 0 {
		return fmt.Errorf("%w: %s is no ONNX file: fetch it again", ErrModel, path)
	}
	return nil
}

// Close frees the model.
func (e *Embedder) Close() error {
	e.lib.destroyEmbedder(e.handle)
	return nil
}

// Name is the model's, as its file is called.
func (e *Embedder) Name() string { return e.name }

// Thresholds are the scores from which on two voices are taken to be one, and below which
// two.
func (e *Embedder) Thresholds() (match, another float64) { return matchFrom, anotherBelow }

const (
	embedWait   = 5 * time.Second
	leastSpeech = audio.Rate // samples
)

// Embed returns the print of speech, mono at [audio.Rate]; [speaker.ErrShort] where the
// model finds it too short.
func (e *Embedder) Embed(pcm []int16) (speaker.Print, error) {
	p := speaker.Print{Model: e.name, Vector: make([]float32, e.dim), Speech: audio.Duration(len(pcm), audio.Rate)}
	err := speaker.ErrShort
	ctx, cancel := context.WithTimeout(context.Background(), embedWait) //nolint:forbidigo // Embed is asked beside the call
	defer cancel()
	if busy := e.rt.Do(ctx, infer.Partial, func() {
		stream := e.lib.embeddingStream(e.handle)
		defer e.lib.destroyOnlineStream(stream)
		sound := samples(pcm)
		e.lib.acceptOnline(stream, audio.Rate, &sound[0], int32(len(pcm)))
		e.lib.finished(stream)
		if len(pcm) < leastSpeech || e.lib.embeddingReady(e.handle, stream) == 0 {
			return
		}
		v := e.lib.embed(e.handle, stream)
		if v == nil {
			return
		}
		defer e.lib.destroyEmbedding(v)
		copy(p.Vector, unsafe.Slice(v, e.dim)) //nolint:gosec // the library tells how many there are
		err = nil
	}); busy != nil {
		return speaker.Print{}, busy
	}
	if err != nil {
		return speaker.Print{}, err
	}
	return p.Normal(), nil
}
