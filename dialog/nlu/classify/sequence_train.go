package classify

import "math/rand/v2"

// windowTrainer holds what training windows needs beside them.
type windowTrainer struct {
	*windows
	head
	cfg       netConfig
	rng       *rand.Rand
	sums      [reach + 1][]float32 // Adagrad's, one for each row
	layers    [][]float32          // by place in the text
	strongest []float32
	place     []int32 // where each filter was strongest; -1: nowhere, or left out
	part      []float32
	text      []token
}

func trainWindows(texts [][]token, ys []int32, known, classes int, cfg netConfig, rng *rand.Rand) *windows {
	w := newWindows(known, classes, cfg.hidden, rng)
	t := &windowTrainer{
		windows: w, cfg: cfg, rng: rng, head: newHead(w.out, w.outBias, cfg.hidden),
		strongest: make([]float32, cfg.hidden), place: make([]int32, cfg.hidden), part: make([]float32, cfg.hidden),
	}
	for k := range t.sums {
		t.sums[k] = make([]float32, known)
	}
	longest := 0
	for _, text := range texts {
		longest = max(longest, len(text))
	}
	for range longest {
		t.layers = append(t.layers, make([]float32, cfg.hidden))
	}
	step, steps := 0, cfg.passes*len(texts)
	for range cfg.passes {
		for _, i := range rng.Perm(len(texts)) {
			t.step(texts[i], ys[i], float32(cfg.rate*(1-float64(step)/float64(steps))))
			step++
		}
	}
	return w
}

// step learns from one example.
func (t *windowTrainer) step(text []token, y int32, rate float32) {
	t.text = t.text[:0]
	for _, w := range text {
		if t.rng.Float64() < t.cfg.drop {
			w = token{word: -1}
		}
		t.text = append(t.text, w)
	}
	t.pool()
	back := t.learn(t.strongest, y, rate)
	for i := range t.text {
		norm := float32(0)
		for k, p := range t.place {
			t.part[k] = 0
			if int(p) == i {
				t.part[k] = back[k] / (1 - dropHidden)
				norm += t.part[k] * t.part[k]
			}
		}
		if norm > 0 {
			t.spread(i, norm/float32(t.filters), rate)
		}
	}
}

// pool finds each filter's strongest place, with half of the filters left out.
func (t *windowTrainer) pool() {
	for i := range t.text {
		t.at(t.text, i, t.layers[i])
	}
	bits, left := uint64(0), 0
	for k := range t.strongest {
		if left == 0 {
			bits, left = t.rng.Uint64(), 64
		}
		best, at := float32(0), int32(-1)
		if bits&1 == 1 {
			for i := range t.text {
				if v := t.layers[i][k]; v > best {
					best, at = v, int32(i)
				}
			}
		}
		t.strongest[k], t.place[k] = best/(1-dropHidden), at
		bits, left = bits>>1, left-1
	}
}

// spread takes the error at place i to the words of its window.
func (t *windowTrainer) spread(i int, norm, rate float32) {
	for k := range reach {
		if j := i + k - 1; j >= 0 && j < len(t.text) && t.text[j].word >= 0 {
			t.move(t.words[k], t.sums[k], t.text[j].word, 1, norm, rate)
		}
	}
	for _, f := range t.text[i].spell {
		t.move(t.spell, t.sums[reach], f, t.text[i].share, norm, rate)
	}
}

func (t *windowTrainer) move(table, sums []float32, f int32, v, norm, rate float32) {
	sums[f] += norm * v * v
	axpy(-rate*v/(sqrt(sums[f])+1e-6), t.part, table[int(f)*t.filters:][:t.filters])
}
