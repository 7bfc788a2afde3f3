package identify

import "slices"

// lattice is what a recogniser may have heard, as a graph of characters: every
// path from node 0 to the last node is one reading. Edges lead only upwards, and
// are kept in the order of their first node.
type lattice struct {
	nodes int
	edges []edge
}

// edge is one character that may have been said between two nodes; zero for
// none, where something that was heard is passed over.
type edge struct {
	from, to int
	char     byte
	cost     float32 // in nats, on top of how unlike the characters are
	pass     float32 // what it costs that it is no part of the value; set by a search
}

// builder makes a lattice of one utterance's alternatives, side by side.
type builder struct {
	lattice
	ends  []edge
	words map[beginning]int
}

// beginning is a word after a node: readings that begin alike share it.
type beginning struct {
	at   int
	word string
}

// after returns the node behind a word, and whether nothing leads there yet.
func (b *builder) after(at int, word string) (next int, fresh bool) {
	next, ok := b.words[beginning{at, word}]
	if !ok {
		next = b.node()
		b.words[beginning{at, word}] = next
	}
	return next, !ok
}

func newBuilder() *builder { return &builder{lattice: lattice{nodes: 1}, words: map[beginning]int{}} }

func (b *builder) node() int {
	b.nodes++
	return b.nodes - 1
}

// text puts the characters of s between two nodes.
func (b *builder) text(from, to int, s string, cost float32) {
	for i := range len(s) {
		next := to
		if i < len(s)-1 {
			next = b.node()
		}
		b.edges = append(b.edges, edge{from: from, to: next, char: s[i], cost: cost})
		from, cost = next, 0
	}
}

func (b *builder) skip(from, to int, cost float32) {
	b.edges = append(b.edges, edge{from: from, to: to, cost: cost})
}

// end closes a reading, which is as unlikely as cost says.
func (b *builder) end(at int, cost float32) {
	b.ends = append(b.ends, edge{from: at, cost: cost})
}

// build closes all readings and puts the nodes in order, so that every edge
// leads from a lower to a higher one.
func (b *builder) build() lattice {
	last := b.node()
	for _, e := range b.ends {
		b.skip(e.from, last, e.cost)
	}
	return b.sorted()
}

func (b *builder) sorted() lattice {
	waits := make([]int, b.nodes) // edges that lead to the node from unnumbered ones
	out := make([][]int, b.nodes)
	for i, e := range b.edges {
		waits[e.to]++
		out[e.from] = append(out[e.from], i)
	}
	number := make([]int, b.nodes)
	sorted := lattice{nodes: b.nodes, edges: make([]edge, 0, len(b.edges))}
	queue := []int{0}
	for n := 0; n < len(queue); n++ {
		at := queue[n]
		number[at] = n
		for _, i := range out[at] {
			e := b.edges[i]
			if waits[e.to]--; waits[e.to] == 0 {
				queue = append(queue, e.to)
			}
		}
	}
	for _, at := range queue {
		for _, i := range out[at] {
			e := b.edges[i]
			e.from, e.to = number[e.from], number[e.to]
			sorted.edges = append(sorted.edges, e)
		}
	}
	return sorted
}

// reversed is the lattice read backwards.
func (l lattice) reversed() lattice {
	edges := make([]edge, len(l.edges))
	for i, e := range l.edges {
		e.from, e.to = l.nodes-1-e.to, l.nodes-1-e.from
		edges[i] = e
	}
	slices.SortStableFunc(edges, func(a, b edge) int { return a.from - b.from })
	return lattice{l.nodes, edges}
}
