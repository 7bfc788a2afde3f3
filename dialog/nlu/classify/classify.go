// Package classify tells by examples what a sentence wants: a classifier that
// huike trains itself, on one core, from sentences and their labels, in any
// language that is written in words or in Han characters. It knows no intents,
// patterns or slots (those are dialog/nlu's) and needs no model from elsewhere.
//
// A text becomes a sparse vector of words, neighbouring words and pieces of
// words, weighed by rarity. Linear support vector machines and small neural
// nets read it; the mean of their probabilities decides. How likely the answer
// is right, and whether the text is any of the labels at all, is learned from
// examples that the members of this committee have not seen.
package classify

import (
	"errors"
	"fmt"
	"slices"
	"sync"
)

// Example is a sentence and what it wants.
type Example struct {
	Text  string
	Label string
}

// Config shapes training. The zero value trains without examples of what is
// out of scope and refuses nothing.
type Config struct {
	// Out is the label of the examples that are none of the classifier's
	// business, such as "oos"; empty when there are none. It is never answered.
	Out string
	// Refuse is the share, 0 to 1, of what is out of scope that is to be
	// refused, as measured on held-out examples; 0 refuses nothing. Without
	// examples labelled Out, sentences of labels that are held out stand in for
	// them.
	Refuse float64
	// Held are examples to calibrate with; the finished model has learned from
	// them too. When nil, a part of the training examples is held out.
	Held []Example
	// Quick trains the hyperplanes alone, in a tenth of the time, as is done anyway
	// with fewer than 2,000 examples.
	Quick bool
	// Seed makes training repeatable.
	Seed uint64
	// Progress, where set, is told from 0 to 1 how far training is, by one goroutine at a
	// time.
	Progress func(share float64)
}

// Answer is what a text was taken to be.
type Answer struct {
	Label string  // the likeliest label, even where Known is false
	Score float64 // how likely, 0 to 1, Label is right
	Known bool    // false: refused, none of the labels
	Out   bool    // most like the examples of what is out of scope
	Next  string  // the second likeliest label; empty when there is none
}

// Model is a trained classifier. It is read-only and serves any number of
// goroutines at a time.
type Model struct {
	labels []string // the out-of-scope label, where there is one, is last
	inside int      // how many of labels can be answered
	words  *vocabulary
	committee
	refusal
}

// ErrFew is returned where there are fewer than two labels to tell apart.
var ErrFew = errors.New("classify: examples of at least two labels are needed")

// Train learns from examples. It takes tens of seconds of a core for ten thousand
// sentences and milliseconds for a hundred. What comes of it hangs on the examples,
// their order and the seed, and on no number of cores.
func Train(examples []Example, cfg Config) (*Model, error) {
	set, err := gather(examples, &cfg)
	if err != nil {
		return nil, err
	}
	parts := set.parts(&cfg)
	all := part{train: make([]int, len(set.taken))}
	for i := range all.train {
		all.train[i] = i
	}
	of := cfg.nets(len(all.train), len(set.labels))
	few := of
	if cfg.Refuse == 0 {
		few = min(of, 1) // how sure to be of an answer is learned from a smaller committee as well
	}
	told := progress{tell: cfg.Progress, of: (1 + 2*of) + len(parts)*(1+2*few)}
	var m *Model
	trials := make([][]trial, len(parts))
	var wait sync.WaitGroup
	start := func(work func()) {
		if of == 0 { // a server trains a shop's examples while it answers calls: on one core
			work()
			return
		}
		wait.Go(work)
	}
	start(func() { m = set.fit(all.train, &cfg, of, &told) })
	for i, p := range parts {
		start(func() { trials[i] = set.fit(p.train, &cfg, few, &told).try(set, p) })
	}
	wait.Wait()
	m.refusal = learnRefusal(slices.Concat(trials...), cfg.Refuse)
	return m, nil
}

// progress tells how much of the training is done.
type progress struct {
	tell func(share float64)
	of   int // members to train

	mu   sync.Mutex
	done int
}

// one is told by whoever has trained a member.
func (p *progress) one() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done++
	if p.tell != nil {
		p.tell(float64(p.done) / float64(p.of))
	}
}

// set is the examples made ready.
type set struct {
	labels []string
	inside int
	taken  []features
	class  []int32
	held   int // index of the first of Config.Held
}

func gather(examples []Example, cfg *Config) (*set, error) {
	s := &set{held: len(examples)}
	out := false
	for _, list := range [...][]Example{examples, cfg.Held} {
		for _, e := range list {
			if cfg.Out != "" && e.Label == cfg.Out {
				out = true
			} else if e.Label == "" {
				return nil, fmt.Errorf("classify: an example without a label: %d bytes of text", len(e.Text))
			} else {
				s.labels = append(s.labels, e.Label)
			}
		}
	}
	slices.Sort(s.labels)
	s.labels = slices.Compact(s.labels)
	s.inside = len(s.labels)
	if s.inside < 2 {
		return nil, ErrFew
	}
	if out {
		s.labels = append(s.labels, cfg.Out)
	}
	for _, list := range [...][]Example{examples, cfg.Held} {
		for _, e := range list {
			class, there := slices.BinarySearch(s.labels[:s.inside], e.Label)
			if !there || cfg.Out != "" && e.Label == cfg.Out {
				class = s.inside
			}
			s.taken = append(s.taken, take(split(e.Text)))
			s.class = append(s.class, int32(class))
		}
	}
	return s, nil
}

// room is how many weights the hyperplanes may have: 96 MB.
const room = 24 << 20

// fit trains on the examples with the given indices: hyperplanes, and so many nets of
// each kind.
func (s *set) fit(which []int, cfg *Config, of int, told *progress) *Model {
	taken := make([]features, len(which))
	for i, k := range which {
		taken[i] = s.taken[k]
	}
	least := 2
	if len(which) < worthNets {
		least = 1
	}
	m := &Model{labels: s.labels, inside: s.inside, words: learn(taken, least, room/len(s.labels))}
	lex := learnLexicon(taken, least)
	var l lessons
	for i, k := range which {
		l.vectors = append(l.vectors, m.words.vector(&taken[i]))
		l.texts = append(l.texts, lex.tokens(&taken[i].sequence))
		l.class = append(l.class, s.class[k])
	}
	m.committee = trainCommittee(&l, lex, len(m.words.idf), len(s.labels), of, cfg.Seed, told)
	if of > 0 {
		m.weigh = weighLabels(l.class, len(s.labels), s.inside)
	}
	return m
}

// Classify returns what text is. A text without a known word is refused.
func (m *Model) Classify(text string) Answer { return m.Words(split(text)) }

// Words is [Model.Classify] for a text that has been cut into lower-case words,
// each Han character a word.
func (m *Model) Words(words []string) Answer {
	f := take(words)
	o, x := m.judge(&f)
	a := Answer{Label: m.labels[o.first], Score: m.right.of(&o.signals)}
	a.Out = o.out && x.known >= enoughKnown
	a.Known = len(x.ids) > 0 && m.scope.of(&o.signals) >= m.least
	if o.second >= 0 {
		a.Next = m.labels[o.second]
	}
	return a
}

// enoughKnown is the share of a text's words that must be known before it is said
// to be like anything: what is unknown altogether is like nothing.
const enoughKnown = 0.3

// Labels returns the labels that can be answered, sorted. The caller only
// reads them.
func (m *Model) Labels() []string { return m.labels[:m.inside] }
