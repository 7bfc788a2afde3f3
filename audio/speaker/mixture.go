package speaker

import (
	"math"
	"math/rand/v2"
)

// mixture is Gaussians with diagonal covariance.
type mixture struct {
	weight []float64
	mean   []frame
	vary   []frame // variance
	bias   []float64
}

func newMixture(n int) *mixture {
	return &mixture{weight: make([]float64, n), mean: make([]frame, n), vary: make([]frame, n), bias: make([]float64, n)}
}

// ready works out what does not depend on the frame.
func (m *mixture) ready() {
	for c := range m.bias {
		m.bias[c] = math.Log(m.weight[c] + 1e-12)
		for _, v := range m.vary[c] {
			m.bias[c] -= 0.5 * math.Log(2*math.Pi*float64(v))
		}
	}
}

// share writes what part each Gaussian has in a frame.
func (m *mixture) share(x *frame, into []float64) {
	top := math.Inf(-1)
	for c := range into {
		var s float32
		mean, vary := &m.mean[c], &m.vary[c]
		for d, v := range x {
			e := v - mean[d]
			s += e * e / vary[d]
		}
		into[c] = m.bias[c] - 0.5*float64(s)
		top = max(top, into[c])
	}
	sum := 0.0
	for c := range into {
		into[c] = math.Exp(into[c] - top)
		sum += into[c]
	}
	for c := range into {
		into[c] /= sum
	}
}

// sums are what a stretch of speech adds up to in a mixture.
type sums struct {
	count  []float64
	first  [][dims]float64
	second [][dims]float64 // nil where it is not wanted
}

func newSums(n int, second bool) *sums {
	s := &sums{count: make([]float64, n), first: make([][dims]float64, n)}
	if second {
		s.second = make([][dims]float64, n)
	}
	return s
}

const least = 1e-3 // share of a frame below which a Gaussian has none

// add adds frames.
func (s *sums) add(m *mixture, frames []frame) {
	share := make([]float64, len(m.weight))
	for i := range frames {
		m.share(&frames[i], share)
		for c, p := range share {
			if p < least {
				continue
			}
			s.count[c] += p
			for d, v := range frames[i] {
				s.first[c][d] += p * float64(v)
			}
			if s.second == nil {
				continue
			}
			for d, v := range frames[i] {
				s.second[c][d] += p * float64(v) * float64(v)
			}
		}
	}
}

const floor = 0.05 // of the variance of all, below which no Gaussian's goes

// train fits n Gaussians on frames by expectation maximisation, from n random ones.
func train(frames []frame, n, rounds int, random *rand.Rand) *mixture {
	m := newMixture(n)
	var all, square [dims]float64
	for i := range frames {
		for d, v := range frames[i] {
			all[d] += float64(v) / float64(len(frames))
			square[d] += float64(v) * float64(v) / float64(len(frames))
		}
	}
	var vary frame
	for d := range vary {
		vary[d] = float32(square[d] - all[d]*all[d])
	}
	for c := range m.weight {
		m.weight[c], m.mean[c], m.vary[c] = 1/float64(n), frames[random.IntN(len(frames))], vary
	}
	for range rounds {
		m.ready()
		s := newSums(n, true)
		s.add(m, frames)
		for c, count := range s.count {
			if count < 2 { // one that has nobody begins anew
				m.mean[c], m.vary[c] = frames[random.IntN(len(frames))], vary
				continue
			}
			m.weight[c] = count / float64(len(frames))
			for d := range vary {
				mean := s.first[c][d] / count
				m.mean[c][d] = float32(mean)
				m.vary[c][d] = max(float32(s.second[c][d]/count-mean*mean), floor*vary[d])
			}
		}
	}
	m.ready()
	return m
}
