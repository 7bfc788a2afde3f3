package vad

import (
	"errors"

	ort "github.com/yalue/onnxruntime_go"

	"huike/audio"
)

// batch holds the tensors for one size of run, bound once, so that a run
// allocates nothing.
type batch struct {
	size                           int
	input, output, state, newState *ort.Tensor[float32]
	rate                           *ort.Scalar[int64]
	binding                        *ort.IoBinding
}

func newBatch(s *ort.DynamicAdvancedSession, size int) (*batch, error) {
	b := &batch{size: size}
	n := int64(size)
	var errs [6]error
	b.input, errs[0] = ort.NewEmptyTensor[float32](ort.NewShape(n, before+window))
	b.state, errs[1] = ort.NewEmptyTensor[float32](ort.NewShape(2, n, hidden))
	b.output, errs[2] = ort.NewEmptyTensor[float32](ort.NewShape(n, 1))
	b.newState, errs[3] = ort.NewEmptyTensor[float32](ort.NewShape(2, n, hidden))
	b.rate, errs[4] = ort.NewScalar(int64(audio.Rate))
	b.binding, errs[5] = s.CreateIoBinding()
	if err := errors.Join(errs[:]...); err != nil {
		return nil, err
	}
	return b, errors.Join(
		b.binding.BindInput("input", b.input),
		b.binding.BindInput("state", b.state),
		b.binding.BindInput("sr", b.rate),
		b.binding.BindOutput("output", b.output),
		b.binding.BindOutput("stateN", b.newState),
	)
}

// load puts the stream's oldest waiting window into a row. A window that follows
// none has the state rest.
func (b *batch) load(row int, s *stream, rest *[2 * hidden]float32) {
	slot := &s.slots[s.done.Load()%ring]
	if slot.fresh {
		s.state = *rest
	}
	input := (*[before + window]float32)(b.input.GetData()[row*(before+window):])
	for i, v := range slot.input {
		input[i] = float32(v) / fullScale
	}
	state := b.state.GetData()
	copy(state[row*hidden:], s.state[:hidden])
	copy(state[(b.size+row)*hidden:], s.state[hidden:])
}

// store takes the row's new state to the stream and returns the probability.
func (b *batch) store(row int, s *stream, rest *[2 * hidden]float32) float32 {
	state := b.newState.GetData()
	copy(s.state[:hidden], state[row*hidden:])
	copy(s.state[hidden:], state[(b.size+row)*hidden:])
	p := b.output.GetData()[row]
	if p >= 0 && p <= 1 {
		return p
	}
	s.state = *rest // not a number: start over
	return unknown
}

func (b *batch) close() error {
	return errors.Join(b.binding.Destroy(), b.input.Destroy(), b.output.Destroy(),
		b.state.Destroy(), b.newState.Destroy(), b.rate.Destroy())
}
