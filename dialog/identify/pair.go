package identify

import "slices"

// pair finds values of two parts, such as a given and a family name, in each
// order in which the parts are said: every head is aligned with every beginning
// of what was heard, every tail with every end, and the two are put together
// where they meet.
type pair struct {
	ways   []*way
	parts  [2]numbered
	values [][2]int32 // the parts of each value
}

// way is one order of the parts.
type way struct {
	head, tail   int // which part comes first, and which then
	cost         float32
	front, back  *trie     // the tail's texts are written backwards
	fronts, ends []float32 // the cheapest of each row
}

func newPair(c *costs, ways ...way) *pair {
	p := &pair{parts: [2]numbered{{}, {}}}
	for _, w := range ways {
		w.front, w.back = newTrie(c), newTrie(c)
		p.ways = append(p.ways, &w)
	}
	return p
}

// add puts in the next value: how its first part and its second are written in
// each way.
func (p *pair) add(first, second []string) {
	v := [2]int32{p.parts[0].of(first[0]), p.parts[1].of(second[0])}
	p.values = append(p.values, v)
	for i, w := range p.ways {
		texts := [2]string{first[i], second[i]}
		w.front.add(texts[w.head], v[w.head])
		w.back.add(backwards(texts[w.tail]), v[w.tail])
	}
}

// numbered gives each text a number, from 0 on.
type numbered map[string]int32

func (n numbered) of(text string) int32 {
	v, ok := n[text]
	if !ok {
		v = int32(len(n))
		n[text] = v
	}
	return v
}

func backwards(s string) string {
	b := []byte(s)
	slices.Reverse(b)
	return string(b)
}

func (p *pair) match(heard lattice, limit float32) []match {
	best := make([]float32, len(p.values))
	for v := range best {
		best[v] = limit
	}
	back := heard.reversed()
	for _, w := range p.ways {
		heads, tails := w.front.rows(heard, limit), w.back.rows(back, limit)
		w.fronts, w.ends = cheapest(heads), cheapest(tails)
		for v, parts := range p.values {
			head, tail := heads[parts[w.head]], tails[parts[w.tail]]
			if head == nil || tail == nil {
				continue
			}
			if w.fronts[parts[w.head]]+w.ends[parts[w.tail]]+w.cost >= best[v] {
				continue // wherever they meet
			}
			last := heard.nodes - 1
			for n, c := range head {
				if sum := c + tail[last-n] + w.cost; sum < best[v] {
					best[v] = sum
				}
			}
		}
	}
	var found []match
	for v, cost := range best {
		if cost < limit {
			found = append(found, match{int32(v), cost})
		}
	}
	return found
}

// cheapest returns the cheapest cell of each row.
func cheapest(rows [][]float32) []float32 {
	out := make([]float32, len(rows))
	for i, row := range rows {
		out[i] = impossible
		for _, c := range row {
			out[i] = min(out[i], c)
		}
	}
	return out
}
