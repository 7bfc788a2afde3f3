package classify

import (
	"math"
	"math/rand/v2"
)

// committee decides by the mean of its members' probabilities.
type committee struct {
	planes *linear
	nets   []*net
}

// sharpness is what the hyperplanes' margins are multiplied by, so that their
// softmax is about as sure as a net's.
const sharpness = 3

func trainCommittee(xs []vector, ys []int32, features, classes, nets int, rng *rand.Rand) committee {
	c := committee{planes: trainLinear(xs, ys, features, classes, rng)}
	cfg := netConfig{hidden: 256, passes: 12, rate: 0.04, drop: 0.5}
	if len(xs) < 2000 { // a shop's own examples
		cfg = netConfig{hidden: 64, passes: 40, rate: 0.05, drop: 0.3}
	}
	for range nets {
		c.nets = append(c.nets, trainNet(xs, ys, features, classes, cfg, rng))
	}
	return c
}

// signals is what can be seen of how sure a committee is.
type signals [8]float64

// opinion is a committee's view of one text.
type opinion struct {
	first, second int // classes; second is -1 when there is only one
	signals
}

// judge asks every member, and sums up what they say.
func (m *Model) judge(x *vector) opinion {
	classes := len(m.labels)
	mean, member := make([]float32, classes), make([]float32, classes)
	m.planes.scores(x, member)
	bestMargin, outMargin := float32(-2), float32(-1)
	for _, v := range member[:m.inside] {
		bestMargin = max(bestMargin, v)
	}
	if m.inside < classes {
		outMargin = member[m.inside]
	}
	for k := range member {
		member[k] *= sharpness
	}
	softmax(member)
	axpy(1, member, mean)
	votes := make([]int, 0, 4)
	votes = append(votes, top(member[:m.inside]))
	var hidden []float32
	for _, n := range m.nets {
		if hidden == nil {
			hidden = make([]float32, n.hidden)
		}
		n.scores(x, hidden, member)
		softmax(member)
		axpy(1, member, mean)
		votes = append(votes, top(member[:m.inside]))
	}
	scale := 1 / float32(1+len(m.nets))
	o := opinion{first: top(mean[:m.inside]), second: -1}
	entropy, second := 0.0, float32(0)
	for k, p := range mean {
		mean[k] = p * scale
		entropy -= float64(mean[k]) * math.Log(float64(mean[k])+1e-9)
		if k != o.first && k < m.inside && mean[k] > second {
			o.second, second = k, mean[k]
		}
	}
	agree := 0.0
	for _, v := range votes {
		if v == o.first {
			agree++
		}
	}
	first, out := float64(mean[o.first]), 0.0
	if m.inside < classes {
		out = logit(float64(mean[m.inside]))
	}
	o.signals = signals{
		logit(first), math.Log(first+1e-6) - math.Log(float64(second)+1e-6), out, float64(bestMargin), float64(outMargin),
		x.known, entropy, agree / float64(len(votes)),
	}
	return o
}

func top(scores []float32) int {
	best := 0
	for k, v := range scores {
		if v > scores[best] {
			best = k
		}
	}
	return best
}

func logit(p float64) float64 {
	p = min(max(p, 1e-6), 1-1e-6)
	return math.Log(p / (1 - p))
}
