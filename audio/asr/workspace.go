package asr

import (
	"errors"
	"fmt"

	ort "github.com/yalue/onnxruntime_go"
)

// The shape of Moonshine Tiny.
const (
	layers         = 6
	parts          = 2 * layers // keys and values of each layer
	heads          = 8
	headWidth      = 36
	modelWidth     = heads * headWidth
	vocabularySize = 32768

	startToken = 1
	endToken   = 2
)

// Lifetimes of tensors. Those of the words belong to every other run: a run
// reads what the last one wrote.
const (
	even = iota
	odd
	sounds
	whole
	lifetimes
)

// workspace is the memory of one recognition, kept for the next. One goroutine
// at a time uses it.
type workspace struct {
	binding *ort.IoBinding
	samples []float32
	steps   []float32    // the encoder's result
	logits  []float32    // the decoder's opinion of what follows each token
	sound   []float32    // keys and values of the sound, part after part
	words   [2][]float32 // keys and values of the words, of even and odd steps
	token   []int64      // what the decoder is given
	cached  []bool       // one: whether sound and words are there
	said    []int64
	slot    int  // of words: where those of the last run are
	fresh   bool // the last run was the first

	owned [lifetimes][]ort.Value // tensors over the memory above
}

func newWorkspace(decoder *ort.DynamicAdvancedSession) (*workspace, error) {
	b, err := decoder.CreateIoBinding()
	if err != nil {
		return nil, fmt.Errorf("recognizer's workspace: %w", err)
	}
	return &workspace{
		binding: b,
		logits:  make([]float32, vocabularySize),
		token:   make([]int64, 1),
		cached:  make([]bool, 1),
	}, nil
}

// reset destroys all tensors; the memory below them stays for the next.
func (w *workspace) reset() error {
	w.binding.ClearBoundInputs()
	w.binding.ClearBoundOutputs()
	return errors.Join(w.free(even), w.free(odd), w.free(sounds), w.free(whole))
}

func (w *workspace) close() error { return errors.Join(w.reset(), w.binding.Destroy()) }

// free destroys the tensors of a lifetime.
func (w *workspace) free(lifetime int) error {
	var errs []error
	for _, t := range w.owned[lifetime] {
		if err := t.Destroy(); err != nil {
			errs = append(errs, err)
		}
	}
	w.owned[lifetime] = w.owned[lifetime][:0]
	return errors.Join(errs...)
}

// tensor wraps data, which is the workspace's, until its lifetime is freed.
func tensor[T ort.TensorData](w *workspace, lifetime int, data []T, shape ...int64) (ort.Value, error) {
	t, err := ort.NewTensor(ort.NewShape(shape...), data)
	if err != nil {
		return nil, err
	}
	w.owned[lifetime] = append(w.owned[lifetime], t)
	return t, nil
}

// part wraps the keys or the values of one layer for n steps.
func (w *workspace) part(lifetime int, data []float32, i, n int) (ort.Value, error) {
	size := len(data) / parts
	return tensor(w, lifetime, data[i*size:][:n*modelWidth], 1, heads, int64(n), headWidth)
}

// made returns the tensor that part made for i in a lifetime.
func (w *workspace) made(lifetime, i int) ort.Value { return w.owned[lifetime][i] }

// grow returns a slice of n elements, of the given memory if it is enough.
func grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/4)
	}
	return s[:n]
}
