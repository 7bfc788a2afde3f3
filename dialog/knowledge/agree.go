package knowledge

import (
	"math"
	"slices"
)

// found is what the score of an entry is made of.
type found struct {
	fit     float64 // of the nearest phrasing
	share   float64 // the entry's, of all that is near
	margin  float64 // of its rank to the next entry's
	second  float64 // the next entry's fit
	inText  float64 // how much of the question's matter stands in the phrasing, 0 to 1
	inEntry float64 // in any phrasing of the entry
	ofText  float64 // how much of the phrasing's matter stands in the question
	unheard float64 // how much of the question's matter stands in no entry at all
	missing float64 // how rare the rarest word is that the entry has not
	words   float64 // that carry matter
}

// matter is the words of all entries that carry it, by entry and by phrasing.
type matter struct {
	docs    [][]uint64 // by document, sorted
	entries [][]uint64
	rarity  map[uint64]float64 // of each word, over the entries
	most    float64            // of a word that no entry has
}

// carrying are the words that carry matter, by their hashes, each once, sorted: English
// words, and Han characters by twos.
func carrying(words []string) []uint64 {
	var out []uint64
	for i, w := range words {
		switch {
		case !han(w) && !idle(w):
			out = append(out, hash(offset64, w))
		case han(w) && i+1 < len(words) && han(words[i+1]) && (!idle(w) || !idle(words[i+1])):
			out = append(out, hash(hash(pairSeed, w), words[i+1]))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// newMatter gathers the matter of documents, which belong to so many entries.
func newMatter(docs []document, entries int) matter {
	m := matter{docs: make([][]uint64, len(docs)), entries: make([][]uint64, entries), rarity: map[uint64]float64{}}
	count := map[uint64]int{}
	for i, d := range docs {
		m.docs[i] = carrying(d.words)
		m.entries[d.entry] = append(m.entries[d.entry], m.docs[i]...)
	}
	for e, words := range m.entries {
		slices.Sort(words)
		m.entries[e] = slices.Clip(slices.Compact(words))
		for _, w := range m.entries[e] {
			count[w]++
		}
	}
	n := float64(entries)
	for w, df := range count {
		m.rarity[w] = math.Log(1 + (n-float64(df)+0.5)/(float64(df)+0.5))
	}
	m.most = math.Log(1 + (n+0.5)/0.5)
	return m
}

func (m *matter) of(w uint64) float64 {
	if r, known := m.rarity[w]; known {
		return r
	}
	return m.most
}

// agree says how the matter of a question and that of a document and its entry agree.
func (m *matter) agree(asked []uint64, doc, entry int32, f *found) {
	all, text := 0.0, 0.0
	f.words = float64(len(asked))
	for _, w := range asked {
		r := m.of(w)
		all += r
		if _, known := m.rarity[w]; !known {
			f.unheard += r
		}
		if _, in := slices.BinarySearch(m.docs[doc], w); in {
			f.inText += r
		}
		if _, in := slices.BinarySearch(m.entries[entry], w); in {
			f.inEntry += r
		} else {
			f.missing = max(f.missing, r)
		}
	}
	for _, w := range m.docs[doc] {
		r := m.of(w)
		text += r
		if _, in := slices.BinarySearch(asked, w); in {
			f.ofText += r
		}
	}
	if all > 0 {
		f.inText, f.inEntry, f.unheard = f.inText/all, f.inEntry/all, f.unheard/all
	}
	if text > 0 {
		f.ofText /= text
	}
}
