package classify

import (
	"math"
	"math/rand/v2"
	"sync"
)

// committee decides by the mean of its members' probabilities.
type committee struct {
	planes *linear
	nets   []*net
	lex    lexicon
	order  []*windows
	weigh  []float32 // what each label's probability is multiplied by; nil: nothing
}

// sharpness is what the hyperplanes' margins are multiplied by, so that their
// softmax is about as sure as a net's.
const sharpness = 3

// worthNets is how many examples it takes for nets to know more than hyperplanes
// do; below (300 Chinese sentences, five folds) they are no better.
const worthNets = 2000

// lessons are examples made ready for training.
type lessons struct {
	vectors []vector
	texts   [][]token
	class   []int32
}

// nets is how many nets of each kind so many examples of so many labels are worth.
func (c *Config) nets(examples, labels int) int {
	switch {
	case c.Quick || examples < worthNets:
		return 0
	case labels > manyClasses:
		return 1
	}
	return ofEach
}

func trainCommittee(l *lessons, lex lexicon, features, classes, of int, seed uint64, told *progress) committee {
	c := committee{nets: make([]*net, of), order: make([]*windows, of), lex: lex}
	rng := chances(seed)
	var wait sync.WaitGroup
	for i := range of {
		mine, other := rng.Uint64(), rng.Uint64() // each has chances of its own, so the order of training is no matter
		wait.Go(func() {
			c.order[i] = trainWindows(l.texts, l.class, len(lex), classes, netConfig{hidden: 256, passes: passes, rate: 0.05, drop: 0.1}, chances(mine))
			told.one()
		})
		wait.Go(func() {
			c.nets[i] = trainNet(l.vectors, l.class, features, classes, netConfig{hidden: 256, passes: passes, rate: 0.04, drop: 0.5}, chances(other))
			told.one()
		})
	}
	c.planes = trainLinear(l.vectors, l.class, features, classes, rand.New(rand.NewPCG(seed, uint64(len(l.class))))) //nolint:gosec // training is to be repeatable, not secret
	told.one()
	wait.Wait()
	return c
}

// passes is how often a net sees each example. In five tenths of BANKING77's training
// file a window alone had 91.3 % right with 6 and 90.6 with 4, a net 91.0 and 90.1.
const passes = 6

// ofEach is how many nets, and how many windows, a committee has: what one gets wrong by
// the chances of its training, the others may not.
const ofEach = 3

// manyClasses is from how many labels on one of each has to do: their output layers are
// what an answer then waits for.
const manyClasses = 100

// weighLabels makes up for how many examples a label happens to have, which says how
// many somebody wrote and not how often callers will ask: halfway, by the square root.
// The label of what is out of scope weighs as much as the mean of the others.
func weighLabels(class []int32, classes, inside int) []float32 {
	counts := make([]float64, classes)
	for _, c := range class {
		counts[c]++
	}
	weigh, sum := make([]float32, classes), float32(0)
	for k := range inside {
		weigh[k] = float32(1 / math.Sqrt(max(1, counts[k])))
		sum += weigh[k]
	}
	for k := range weigh {
		if weigh[k] *= float32(inside) / sum; k >= inside {
			weigh[k] = 1
		}
	}
	return weigh
}

func chances(seed uint64) *rand.Rand {
	return rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // training is to be repeatable, not secret
}

// signals is what can be seen of how sure a committee is.
type signals [8]float64

// opinion is a committee's view of one text.
type opinion struct {
	first, second int  // classes; second is -1 when there is only one
	out           bool // the out-of-scope label is likelier than first
	signals
}

// poll is what the members of a committee said of one text.
type poll struct {
	mean         []float32 // of their probabilities, by class
	votes        []int
	inside, out  float64 // margins of the hyperplanes: the best label's, and the out-of-scope label's
	member       []float32
	labelsInside int
}

func (p *poll) count() {
	softmax(p.member)
	axpy(1, p.member, p.mean)
	p.votes = append(p.votes, top(p.member[:p.labelsInside]))
}

// ask asks every member.
func (m *Model) ask(f *features, x *vector) poll {
	classes := len(m.labels)
	p := poll{mean: make([]float32, classes), member: make([]float32, classes), votes: make([]int, 0, 4), out: -1, labelsInside: m.inside}
	m.planes.scores(x, p.member)
	p.inside = float64(p.member[top(p.member[:m.inside])])
	if m.inside < classes {
		p.out = float64(p.member[m.inside])
	}
	for k := range p.member {
		p.member[k] *= sharpness
	}
	p.count()
	for _, n := range m.nets {
		n.scores(x, p.member)
		p.count()
	}
	if len(m.order) > 0 {
		text := m.lex.tokens(&f.sequence)
		for _, w := range m.order {
			w.scores(text, p.member)
			p.count()
		}
	}
	sum := float32(len(p.votes))
	if m.weigh != nil {
		sum = 0
		for k, w := range m.weigh {
			p.mean[k] *= w
			sum += p.mean[k]
		}
	}
	for k := range p.mean {
		p.mean[k] /= sum
	}
	return p
}

// judge asks every member and sums up what they say. It returns also what was
// read of the text.
func (m *Model) judge(f *features) (o opinion, x vector) {
	x = m.words.vector(f)
	p := m.ask(f, &x)
	o = opinion{first: top(p.mean[:m.inside]), second: -1}
	entropy, second, agree, out := 0.0, float32(0), 0.0, 0.0
	for k, v := range p.mean {
		if v > negligible {
			entropy -= float64(v) * math.Log(float64(v))
		}
		if k != o.first && k < m.inside && v > second {
			o.second, second = k, v
		}
	}
	for _, v := range p.votes {
		if v == o.first {
			agree += 1 / float64(len(p.votes))
		}
	}
	first := float64(p.mean[o.first])
	if m.inside < len(m.labels) {
		out = logit(float64(p.mean[m.inside]))
		o.out = p.mean[m.inside] > p.mean[o.first]
	}
	o.signals = signals{
		logit(first), math.Log(first+1e-6) - math.Log(float64(second)+1e-6), out, p.inside, p.out, x.known, entropy, agree,
	}
	return o, x
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
