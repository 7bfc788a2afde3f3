package identify

import (
	"math"
	"slices"
)

// trie holds the values that one field has in the records, by their
// characters, so that values with the same beginning are compared with an
// utterance at once.
type trie struct {
	nodes  []trieNode
	costs  *costs
	values int32
}

type trieNode struct {
	char  byte
	first int32 // the first child; 0 for none
	next  int32 // the next child of the same parent; 0 for none
	leaf  int32 // the value that ends here; -1 for none
}

func newTrie(c *costs) *trie { return &trie{nodes: []trieNode{{leaf: -1}}, costs: c} }

// add puts value in, written as text.
func (t *trie) add(text string, value int32) {
	t.values = max(t.values, value+1)
	at := int32(0)
	for i := range len(text) {
		at = t.child(at, text[i])
	}
	t.nodes[at].leaf = value
}

func (t *trie) child(at int32, char byte) int32 {
	for c := t.nodes[at].first; c != 0; c = t.nodes[c].next {
		if t.nodes[c].char == char {
			return c
		}
	}
	c := int32(len(t.nodes))
	t.nodes = append(t.nodes, trieNode{char: char, next: t.nodes[at].first, leaf: -1})
	t.nodes[at].first = c
	return c
}

// match is how unlike one value is to what was heard, in nats.
type match struct {
	value int32
	cost  float32
}

// match compares every value with what was heard and returns those that cost
// less than limit, in the order of their values. It is a Viterbi search of the
// cheapest alignment (weighted edit distance over a lattice), with the rows of
// a common beginning shared.
func (t *trie) match(heard lattice, limit float32) []match {
	found := map[int32]float32{}
	t.search(heard, limit, func(value int32, row []cell) {
		cost := row[len(row)-1].min()
		if old, ok := found[value]; cost < limit && (!ok || cost < old) {
			found[value] = cost
		}
	})
	out := make([]match, 0, len(found))
	for value, cost := range found {
		out = append(out, match{value, cost})
	}
	slices.SortFunc(out, func(a, b match) int { return int(a.value - b.value) })
	return out
}

// rows compares every value with every beginning of what was heard: the costs
// of each value at each node, nil where all reach limit.
func (t *trie) rows(heard lattice, limit float32) [][]float32 {
	rows := make([][]float32, t.values)
	t.search(heard, limit, func(value int32, row []cell) {
		costs := make([]float32, len(row))
		for i, c := range row {
			costs[i] = c.min()
		}
		rows[value] = costs
	})
	return rows
}

func (t *trie) search(heard lattice, limit float32, found func(value int32, row []cell)) {
	s := search{trie: t, heard: heard, limit: limit, found: found}
	row := s.row(0)
	for i := range row {
		row[i] = cell{impossible, impossible}
	}
	row[0].said = 0
	s.pass(row)
	s.below(0, 0, 0)
}

const impossible = math.MaxFloat32 / 4

// cell is the cheapest way to one node of the lattice: with the record's last
// character said, and with it left out.
type cell struct{ said, left float32 }

func (c cell) min() float32 { return min(c.said, c.left) }

type search struct {
	*trie
	heard lattice
	limit float32
	rows  [][]cell // by depth
	found func(value int32, row []cell)
}

func (s *search) row(depth int) []cell {
	for depth >= len(s.rows) {
		s.rows = append(s.rows, make([]cell, s.heard.nodes))
	}
	return s.rows[depth]
}

// below goes through all values under a node of the trie; before is the
// character that leads to it.
func (s *search) below(at int32, depth int, before byte) {
	for c := s.nodes[at].first; c != 0; c = s.nodes[c].next {
		n := &s.nodes[c]
		above, row := s.row(depth), s.row(depth+1)
		if s.step(above, row, n.char, before) >= s.limit {
			continue
		}
		if n.leaf >= 0 {
			s.found(n.leaf, row)
		}
		s.below(c, depth+1, n.char)
	}
}

// step fills row for the record's next character, and returns its cheapest
// cell. Edges come in the order of their nodes, so a cell is whole before it is
// gone on from.
func (s *search) step(above, row []cell, char, before byte) float32 {
	first, more := s.costs.leave(char, before)
	best := float32(impossible)
	for i, a := range above {
		row[i] = cell{impossible, min(a.said+first, a.left+more)}
	}
	alike := &s.costs.sub[char]
	for i := range s.heard.edges {
		e := &s.heard.edges[i]
		from, to := row[e.from], &row[e.to]
		said := from.said + e.pass
		if e.char != 0 {
			said = min(said, above[e.from].min()+e.cost+alike[e.char])
		}
		to.said = min(to.said, said)
		to.left = min(to.left, from.left+e.pass)
	}
	for _, c := range row {
		best = min(best, c.min())
	}
	return best
}

// pass fills the first row, where what was heard is no part of the value.
func (s *search) pass(row []cell) {
	for i := range s.heard.edges {
		e := &s.heard.edges[i]
		e.pass = e.cost
		if e.char != 0 {
			e.pass += s.costs.in[e.char]
		}
		row[e.to].said = min(row[e.to].said, row[e.from].said+e.pass)
	}
}
