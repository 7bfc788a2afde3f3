package knowledge

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"huike/member"
)

// Unanswered gathers what callers said that was not understood or not answered, and
// groups what is alike, so that a person sees what to write down first. It keeps words
// masked: no telephone number, and of other numbers no digit. The zero value is ready;
// one goroutine uses it.
type Unanswered struct {
	texts map[string]*said
}

type said struct {
	text  string
	count int
}

// Cluster is one question as callers have put it.
type Cluster struct {
	Count    int      `json:"count"`    // how often it was said
	Examples []string `json:"examples"` // the different ways, the commonest first, at most [MostExamples]; masked
}

// The bounds of what is gathered and shown.
const (
	MostExamples = 5
	maxSaid      = 20_000 // different texts; further ones are not taken
	together     = 0.42   // cosine from which texts are one question
)

// Add adds one utterance, and says whether it was taken: not where there are no words
// in it, nor beyond 20,000 different ones.
func (u *Unanswered) Add(text string) bool {
	text = Masked(text)
	key := strings.Join(split(text), " ")
	if key == "" || u.texts[key] == nil && len(u.texts) >= maxSaid {
		return false
	}
	if u.texts == nil {
		u.texts = map[string]*said{}
	}
	if u.texts[key] == nil {
		u.texts[key] = &said{text: text}
	}
	u.texts[key].text = min(u.texts[key].text, text) // the same whichever came first
	u.texts[key].count++
	return true
}

// Masked is text as it may be kept: telephone numbers masked, and "#" for every other
// digit.
func Masked(text string) string {
	return strings.Map(func(c rune) rune {
		if c >= '0' && c <= '9' {
			return '#'
		}
		return c
	}, member.Mask(strings.TrimSpace(text)))
}

// group is a cluster while it is put together: the sum of its texts' vectors.
type group struct {
	Cluster
	sum map[uint64]float64
}

// Clusters returns what is alike together, the commonest first. The same texts make
// the same clusters in whatever order they were added.
func (u *Unanswered) Clusters() []Cluster {
	all := make([]*said, 0, len(u.texts))
	for _, s := range u.texts {
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b *said) int { return cmp.Or(cmp.Compare(b.count, a.count), cmp.Compare(a.text, b.text)) })
	vectors := vectorsOf(all)
	var groups []*group
	near := map[uint64][]int{} // the groups that have a term
	for i, s := range all {
		g := closest(groups, near, vectors[i])
		if g < 0 {
			g = len(groups)
			groups = append(groups, &group{sum: map[uint64]float64{}})
		}
		to := groups[g]
		to.Count += s.count
		if len(to.Examples) < MostExamples {
			to.Examples = append(to.Examples, s.text)
		}
		for key, w := range vectors[i] {
			if _, had := to.sum[key]; !had {
				near[key] = append(near[key], g)
			}
			to.sum[key] += w
		}
	}
	out := make([]Cluster, len(groups))
	for i, g := range groups {
		out[i] = g.Cluster
	}
	slices.SortStableFunc(out, func(a, b Cluster) int { return cmp.Compare(b.Count, a.Count) })
	return out
}

// closest returns the group whose sum points most the way that v does, or -1 where none
// is near enough.
func closest(groups []*group, near map[uint64][]int, v map[uint64]float64) int {
	dots := map[int]float64{}
	for key, w := range v {
		for _, g := range near[key] {
			dots[g] += w * groups[g].sum[key]
		}
	}
	best, most := -1, together
	for g, dot := range dots {
		length := 0.0
		for _, w := range groups[g].sum {
			length += w * w
		}
		if c := dot / math.Sqrt(length); c > most || c == most && g < best {
			best, most = g, c
		}
	}
	return best
}

// vectorsOf weighs the terms of texts by rarity, each vector of length 1.
func vectorsOf(all []*said) []map[uint64]float64 {
	terms := make([][]term, len(all))
	seen := map[uint64]float64{}
	for i, s := range all {
		words := split(s.text)
		terms[i] = merged(append(wordTerms(words), pieceTerms(words)...))
		for _, t := range terms[i] {
			seen[t.key]++
		}
	}
	out := make([]map[uint64]float64, len(all))
	for i, list := range terms {
		v, square := map[uint64]float64{}, 0.0
		for _, t := range list {
			w := float64(t.weight) * math.Log(2+float64(len(all))/seen[t.key])
			v[t.key] = w
			square += w * w
		}
		for key := range v {
			v[key] /= math.Sqrt(square)
		}
		out[i] = v
	}
	return out
}
