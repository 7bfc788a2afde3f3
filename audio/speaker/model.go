package speaker

import (
	"math"
	"sync"
	"time"

	"huike/audio"
)

// A Model makes prints. It may be used by many goroutines.
type Model struct {
	name  string
	mix   *mixture
	away  [][]float32 // directions of length 1 in which one voice differs from itself
	hears sync.Pool   // of *hearer
}

// relevance is how many frames of its own a Gaussian needs to move half the way.
const relevance = 16.0

func newModel(name string, mix *mixture, away [][]float32) *Model {
	return &Model{name: name, mix: mix, away: away, hears: sync.Pool{New: func() any { return newHearer() }}}
}

// Name is what its prints call the model.
func (m *Model) Name() string { return m.name }

// Embed returns the print of the speech in pcm, mono at [audio.Rate], which it only reads;
// [ErrShort] where there is less than a second of it. Ten seconds are worth having.
func (m *Model) Embed(pcm []int16) (Print, error) {
	h := m.hears.Get().(*hearer) //nolint:forcetypeassert // it holds nothing else
	defer m.hears.Put(h)
	frames := h.hear(pcm)
	speech := audio.Duration(len(frames)*hop, audio.Rate)
	if speech < leastMade {
		return Print{}, ErrShort
	}
	v := m.moved(frames)
	m.leave(v)
	normal(v)
	return Print{Model: m.name, Vector: v, Speech: speech.Round(time.Millisecond)}, nil
}

// moved is how frames move the means of the mixture, each by what it weighs.
func (m *Model) moved(frames []frame) []float32 {
	s := newSums(len(m.mix.weight), false)
	s.add(m.mix, frames)
	v := make([]float32, len(m.mix.weight)*dims)
	for c, count := range s.count {
		scale := math.Sqrt(m.mix.weight[c]) / (count + relevance)
		for d := range dims {
			off := s.first[c][d] - count*float64(m.mix.mean[c][d])
			v[c*dims+d] = float32(scale * off / math.Sqrt(float64(m.mix.vary[c][d])))
		}
	}
	return v
}

// leave takes the directions away that tell no voices apart.
func (m *Model) leave(v []float32) {
	for _, a := range m.away {
		along := float32(dot(v, a))
		for i := range v {
			v[i] -= along * a[i]
		}
	}
}
