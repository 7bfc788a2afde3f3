package knowledge

import (
	"cmp"
	"math"
	"slices"
)

// posting is a document with how often a term stands in it.
type posting struct {
	doc   int32
	count float32 // saturated where the index says so
}

// index finds documents by their terms.
type index struct {
	terms map[uint64]list
	most  float32   // the rarity of a term that no document has
	norm  []float32 // by document: the length of its vector
}

// list is what the index knows of a term.
type list struct {
	rarity   float32
	weight   float32 // of its kind
	postings []posting
}

// BM25's saturation and how much the length of a document counts (Robertson and
// Zaragoza, The Probabilistic Relevance Framework, 2009): questions are short.
const (
	saturation = 1.2
	byLength   = 0.3
)

// newIndex indexes documents given by their terms, with BM25's saturation or as plain
// vectors.
func newIndex(docs [][]term, saturate bool) index {
	x := index{terms: map[uint64]list{}, norm: make([]float32, len(docs))}
	lengths := make([]float32, len(docs))
	mean := float32(0)
	for d, terms := range docs {
		for _, t := range merged(terms) {
			l := x.terms[t.key]
			l.postings = append(l.postings, posting{int32(d), t.count})
			l.weight = t.weight
			x.terms[t.key] = l
			lengths[d] += t.weight * t.count
		}
		mean += lengths[d] / float32(len(docs))
	}
	n := float64(len(docs))
	x.most = float32(math.Log(1 + (n+0.5)/0.5))
	for key, l := range x.terms {
		df := float64(len(l.postings))
		l.rarity = float32(math.Log(1 + (n-df+0.5)/(df+0.5)))
		// What most documents have still tells two short questions apart.
		l.rarity = max(l.rarity, leastRarity)
		for _, p := range l.postings {
			x.norm[p.doc] += square(l.rarity * l.weight * p.count)
		}
		x.terms[key] = l
	}
	for d := range x.norm {
		x.norm[d] = float32(math.Sqrt(float64(x.norm[d])))
	}
	if !saturate {
		return x
	}
	for key, l := range x.terms {
		for i, p := range l.postings {
			long := 1 - byLength + byLength*lengths[p.doc]/max(mean, 1)
			l.postings[i].count = p.count * (saturation + 1) / (p.count + saturation*long)
		}
		x.terms[key] = l
	}
	return x
}

const leastRarity = 0.2

// merged adds up terms of the same key.
func merged(terms []term) []term {
	slices.SortFunc(terms, func(a, b term) int { return cmp.Compare(a.key, b.key) })
	out := terms[:0]
	for _, t := range terms {
		if n := len(out); n > 0 && out[n-1].key == t.key {
			out[n-1].count += t.count
			continue
		}
		out = append(out, t)
	}
	return out
}

// rarest puts the terms first that the fewest documents have.
func (x *index) rarest(terms []term) []term {
	slices.SortStableFunc(terms, func(a, b term) int {
		return cmp.Compare(len(x.terms[a.key].postings), len(x.terms[b.key].postings))
	})
	return terms
}

// sums are one search's, by document; they are used again.
type sums struct {
	words, pieces []float32
	touched       []int32
	seen          []bool
}

func newSums(docs int) *sums {
	return &sums{words: make([]float32, docs), pieces: make([]float32, docs), seen: make([]bool, docs)}
}

func (s *sums) touch(d int32) {
	if !s.seen[d] {
		s.seen[d] = true
		s.touched = append(s.touched, d)
	}
}

func (s *sums) clear() {
	for _, d := range s.touched {
		s.words[d], s.pieces[d], s.seen[d] = 0, 0, false
	}
	s.touched = s.touched[:0]
}

// enough is how many documents a search looks at before a term only adds to what
// rarer ones have found.
const enough = 1000

// nearest returns the documents nearest to the words, best first, compared in full.
func (b *Base) nearest(words []string, allowed func(*Entry) bool) []candidate {
	s, ok := b.scratch.Get().(*sums)
	if !ok {
		return nil
	}
	defer b.scratch.Put(s)
	defer s.clear()
	asked := b.addWords(b.words.rarest(merged(wordTerms(words))), s)
	length := b.addPieces(b.pieces.rarest(merged(pieceTerms(words))), s)
	top := best{list: make([]candidate, 0, considered)}
	for _, d := range s.touched {
		if allowed(&b.entries[b.docs[d].entry]) {
			cover := min(1, s.words[d]/asked)
			same := s.pieces[d] / max(length*b.pieces.norm[d], 1e-6)
			top.add(candidate{doc: d, fit: float64(coverWeight*cover + sameWeight*same)})
		}
	}
	rough := top.list
	for i := range rough {
		same := alike(words, b.docs[rough[i].doc].words)
		rough[i].fit += orderWeight * same
		if same == 1 { // a phrasing word for word
			rough[i].fit = 1
		}
	}
	slices.SortFunc(rough, byFit)
	return rough
}

func byFit(a, b candidate) int {
	return cmp.Or(cmp.Compare(b.fit, a.fit), cmp.Compare(a.doc, b.doc))
}

// best keeps the candidates that fit best, as a heap whose first is the worst.
type best struct{ list []candidate }

func (b *best) add(c candidate) {
	if len(b.list) < cap(b.list) {
		b.list = append(b.list, c)
		for i := len(b.list) - 1; i > 0 && byFit(b.list[(i-1)/2], b.list[i]) < 0; i = (i - 1) / 2 {
			b.list[i], b.list[(i-1)/2] = b.list[(i-1)/2], b.list[i]
		}
		return
	}
	if c.fit <= b.list[0].fit {
		return
	}
	b.list[0] = c
	for i := 0; 2*i+1 < len(b.list); {
		child := 2*i + 1
		if child+1 < len(b.list) && byFit(b.list[child+1], b.list[child]) > 0 {
			child++
		}
		if byFit(b.list[i], b.list[child]) > 0 {
			return
		}
		b.list[i], b.list[child] = b.list[child], b.list[i]
		i = child
	}
}

// addWords adds what the words of a question have in common with documents, and
// returns what a document would have that has them all.
func (b *Base) addWords(terms []term, s *sums) (asked float32) {
	for _, t := range terms {
		l, ok := b.words.terms[t.key]
		if !ok {
			asked += b.words.most * t.weight * t.count * unheard
			continue
		}
		asked += l.rarity * t.weight * t.count
		full := len(s.touched) >= enough
		for _, p := range l.postings {
			if full && !s.seen[p.doc] {
				continue
			}
			s.touch(p.doc)
			s.words[p.doc] += l.rarity * t.weight * min(t.count, p.count)
		}
	}
	return max(asked, 1e-6)
}

func square(x float32) float32 { return x * x }

// unheard is how much a word counts against all answers that no phrasing has.
const unheard = 0.7

// addPieces adds the products of the vectors of pieces, and returns the length of
// the question's.
func (b *Base) addPieces(terms []term, s *sums) float32 {
	length := float32(0)
	for _, t := range terms {
		l, ok := b.pieces.terms[t.key]
		if !ok {
			length += square(b.pieces.most*t.weight*t.count) * unheard
			continue
		}
		length += square(l.rarity * t.weight * t.count)
		full := len(s.touched) >= enough
		for _, p := range l.postings {
			if full && !s.seen[p.doc] {
				continue
			}
			s.touch(p.doc)
			s.pieces[p.doc] += square(l.rarity*t.weight) * t.count * p.count
		}
	}
	return float32(math.Sqrt(float64(length)))
}

// alike is twice the length of the longest common subsequence of two lists of words,
// by the length of both: 1 for the same words in the same order.
func alike(a, b []string) float64 {
	row := make([]int, len(b)+1)
	for _, w := range a {
		corner := 0
		for j, v := range b {
			above := row[j+1]
			if w == v {
				row[j+1] = corner + 1
			} else {
				row[j+1] = max(above, row[j])
			}
			corner = above
		}
	}
	return 2 * float64(row[len(b)]) / float64(len(a)+len(b))
}

// How much each likeness counts for the fit of a document (1 in all), and how much
// the other documents of an entry count for its rank: found on questions of BANKING77
// that are neither in the base nor in what is reported.
const (
	coverWeight = 0.45
	sameWeight  = 0.2
	orderWeight = 0.35
	voteWeight  = 1
)

// calibrated is how likely what was found is right. In English that is a logistic
// regression, fitted on the questions on which the weights were found and on those of the
// same kind with six phrasings an entry (BANKING77, CLINC150), with their entry in the base
// and without it; in Chinese one over the fit and the entry's share of what is near, fitted
// on every other line of testdata/asked_zh.tsv.
func calibrated(f found, chinese bool) float64 {
	if f.fit > identical {
		return max(identical, f.fit)
	}
	z := 2.58*f.share + 1.18*f.margin + 0.09*f.fit + 2.18*f.second - 0.73*f.inText + 5.64*f.inEntry + 1.88*f.unheard + 1.2*f.ofText + 0.42*f.missing + 0.09*f.words - 9.6
	if chinese {
		z = 14*f.fit + 5.08*f.share - 8
	}
	return min(almost, 1/(1+math.Exp(-z)))
}

// identical is the fit, and the score, of the same words in the same order; other
// words score almost as much at best.
const (
	identical = 0.97
	almost    = 0.94
)
