package classify

import "math/rand/v2"

// windowTrainer holds what training windows needs beside them.
type windowTrainer struct {
	*windows
	head
	cfg       netConfig
	rng       *rand.Rand
	sums      []float32    // Adagrad's, one for each row of the table
	places    []windowRead // by place in the text
	strongest []float32
	text      []token
}

// windowRead is what a window at one place read, and gave.
type windowRead struct {
	ids    []int32
	values []float32
	at     []float32 // the filters' values
	won    []int32   // the filters that are strongest here, and not left out
}

func trainWindows(texts [][]token, ys []int32, known, classes int, cfg netConfig, rng *rand.Rand) *windows {
	w := newWindows(known, classes, cfg.hidden, rng)
	t := &windowTrainer{
		windows: w, cfg: cfg, rng: rng, head: newHead(&w.layer),
		sums: make([]float32, (reach+1)*known), strongest: make([]float32, cfg.hidden),
	}
	longest := 0
	for _, text := range texts {
		longest = max(longest, len(text))
	}
	for range longest {
		t.places = append(t.places, windowRead{at: make([]float32, cfg.hidden)})
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
		t.spread(&t.places[i], back, rate)
	}
}

// pool finds each filter's strongest place, with half of the filters left out.
func (t *windowTrainer) pool() {
	for i := range t.text {
		p := &t.places[i]
		p.ids, p.values = t.window(t.text, i, p.ids[:0], p.values[:0])
		p.won = p.won[:0]
		copy(p.at, t.bias)
		sumRows(p.at, t.table, p.ids, p.values)
	}
	bits, left := uint64(0), 0
	for k := range t.strongest {
		if left == 0 {
			bits, left = t.rng.Uint64(), 64
		}
		best, at := float32(0), -1
		if bits&1 == 1 {
			for i := range t.text {
				if v := t.places[i].at[k]; v > best {
					best, at = v, i
				}
			}
		}
		t.strongest[k] = best / (1 - dropHidden)
		if at >= 0 {
			t.places[at].won = append(t.places[at].won, int32(k))
		}
		bits, left = bits>>1, left-1
	}
}

// spread takes the error of the filters that are strongest at a place to what their
// window read there. They are few, so that single weights are moved, not rows.
func (t *windowTrainer) spread(p *windowRead, back []float32, rate float32) {
	norm := float32(0)
	for _, k := range p.won {
		back[k] /= 1 - dropHidden
		norm += back[k] * back[k]
	}
	if norm == 0 {
		return
	}
	norm /= float32(t.filters)
	for j, f := range p.ids {
		v := p.values[j]
		t.sums[f] += norm * v * v
		by := -rate * v / (sqrt(t.sums[f]) + 1e-6)
		row := t.table[int(f)*t.filters:][:t.filters]
		for _, k := range p.won {
			row[k] += by * back[k]
		}
	}
}
