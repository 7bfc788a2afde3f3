package asr

import (
	"context"
	"errors"

	"huike/audio"
	"huike/audio/infer"
)

// featureParts is in how many parts of equal length a word is cut, each of which
// gives the mean of the encoder's steps in it.
const featureParts = 2

// Features returns what tells one short answer from another: the means of
// Moonshine's encoded steps over each half of the words, for audio/asr/probe. Sound
// before and after the words counts for nothing. It returns nil where nothing is
// said.
func (m *Moonshine) Features(ctx context.Context, pcm []int16) ([]float32, error) {
	if loudest(pcm) < audible {
		return nil, nil
	}
	w, err := m.take()
	if err != nil {
		return nil, err
	}
	defer m.give(w)
	var features []float32
	if waited := m.rt.Do(ctx, infer.Final, func() {
		defer func() { err = errors.Join(err, w.reset()) }()
		w.samples = frame(w.samples, pcm)
		var n int
		if n, err = m.encode(w); err == nil {
			features = pooled(w, n)
		}
	}); waited != nil {
		return nil, waited
	}
	return features, err
}

// pooled returns the features of n encoded steps of sound that frame has framed.
func pooled(w *workspace, n int) []float32 {
	const perStep = 64 * 3 * 2 // samples from one step to the next
	around := audio.Samples(margin, audio.Rate)
	first := min(around/perStep, n-1)
	last := max(first+featureParts, min((len(w.samples)-around)/perStep+1, n))
	out := make([]float32, featureParts*modelWidth)
	for part := range featureParts {
		from := first + (last-first)*part/featureParts
		to := min(max(first+(last-first)*(part+1)/featureParts, from+1), n)
		mean := out[part*modelWidth : (part+1)*modelWidth]
		for i := from; i < to; i++ {
			for k, v := range w.steps[i*modelWidth : (i+1)*modelWidth] {
				mean[k] += v / float32(to-from)
			}
		}
	}
	return out
}
