// Package knowledge answers questions from what a shop has written down: pairs of
// question and answer in Chinese and English, found again however a caller words
// the question. It reads them ([ReadCSV], [ReadJSON]), keeps them in versions
// ([Version]), finds the answer with a calibrated score ([Base.Find]), and groups
// what found none ([Unanswered]). It makes no answer up: what it says stands in an
// entry. It does no I/O and reads no clock; which flow a question belongs to is
// dialog/flow's matter.
package knowledge

import (
	"cmp"
	"math"
	"slices"
	"sync"

	"huike/dialog"
)

// Entry is one question of the shop's, in all its phrasings, with its answer.
type Entry struct {
	ID        string                 `json:"id"`                    // unique in a base
	Question  string                 `json:"question"`              // as the shop writes it
	Phrasings []string               `json:"phrasings,omitempty"`   // further ways to ask it, in either language
	Answer    map[dialog.Lang]string `json:"answer,omitempty"`      // by language; a language without one is not answered
	Lang      dialog.Lang            `json:"lang,omitempty"`        // answers calls in this language alone; empty: in any that Answer has
	Until     string                 `json:"valid_until,omitempty"` // the last day it is true, "2006-01-02"; empty: for good
	Flow      string                 `json:"flow,omitempty"`        // the flow that goes on after the answer, or in its place; empty: none
}

// answers says whether the entry may be said in a call in lang on day ("2006-01-02",
// or empty where no day is known).
func (e *Entry) answers(lang dialog.Lang, day string) bool {
	return (e.Lang == "" || e.Lang == lang) && (e.Until == "" || day == "" || day <= e.Until) &&
		(e.Answer[lang] != "" || e.Flow != "" && len(e.Answer) == 0)
}

// Hit is an entry that a question has found.
type Hit struct {
	Entry *Entry  // the base's own: read only
	Near  string  // the phrasing that the question comes nearest to
	Score float64 // 0 to 1: how likely it is what was asked, as [Threshold] has it
}

// Threshold is the score from which an entry is the answer: from there on it is more
// likely right than not. The figures in this package's tests are taken with it.
const Threshold = 0.5

// Base is a version of the shop's knowledge made ready. It is read-only and serves
// any number of calls at a time.
type Base struct {
	entries []Entry
	docs    []document
	words   index // stems and their neighbours, by BM25
	pieces  index // pieces of words and sounds of characters, by cosine
	matter  matter
	scratch sync.Pool
}

// document is one phrasing of an entry.
type document struct {
	entry int32
	text  string
	words []string
}

// New makes a base of entries, which it keeps and which must not be changed any
// more. No entries make a base that finds nothing.
func New(entries []Entry) *Base {
	b := &Base{entries: entries}
	var words, pieces [][]term
	for i := range entries {
		e := &entries[i]
		for _, text := range append([]string{e.Question}, e.Phrasings...) {
			list := split(text)
			if len(list) == 0 {
				continue
			}
			b.docs = append(b.docs, document{int32(i), text, list})
			words, pieces = append(words, wordTerms(list)), append(pieces, pieceTerms(list))
		}
	}
	b.words, b.pieces = newIndex(words, true), newIndex(pieces, false)
	b.matter = newMatter(b.docs, len(entries))
	b.scratch.New = func() any { return newSums(len(b.docs)) }
	return b
}

// Len is the number of entries.
func (b *Base) Len() int { return len(b.entries) }

// Entries are the base's own, in the order in which they were given: read only.
func (b *Base) Entries() []Entry { return b.entries }

// Search returns the entries that text may ask for in a call in lang on day
// ("2006-01-02"; empty: whatever the day), best first, at most n.
func (b *Base) Search(text string, lang dialog.Lang, day string, n int) []Hit {
	words := split(text)
	if len(words) == 0 || len(b.docs) == 0 || n < 1 {
		return nil
	}
	candidates := b.candidates(words, func(e *Entry) bool { return e.answers(lang, day) })
	hits := make([]Hit, 0, min(n, len(candidates)))
	for _, c := range candidates[:min(n, len(candidates))] {
		hits = append(hits, Hit{&b.entries[b.docs[c.doc].entry], b.docs[c.doc].text, c.score})
	}
	return hits
}

// Find returns the answer to text in a call in lang on day, and whether its score
// reaches [Threshold].
func (b *Base) Find(text string, lang dialog.Lang, day string) (dialog.Answer, bool) {
	hits := b.Search(text, lang, day, 1)
	if len(hits) == 0 {
		return dialog.Answer{}, false
	}
	h := hits[0]
	found := dialog.Answer{ID: h.Entry.ID, Text: h.Entry.Answer[lang], Flow: h.Entry.Flow, Score: h.Score}
	return found, h.Score >= Threshold
}

// candidate is an entry with the document by which it was found.
type candidate struct {
	doc   int32
	fit   float64 // of the document
	rank  float64 // of the entry: the fit, and how many of its documents are near
	share float64 // of the entry, of all that is near
	score float64
}

// Shapes of the search.
const (
	considered = 64 // documents that are compared in full
	voteFall   = 5  // how fast the vote of a document falls with its fit
	voters     = 40 // documents whose entries count for each other
)

// candidates returns the entries that allowed admits, best first, scored.
func (b *Base) candidates(words []string, allowed func(*Entry) bool) []candidate {
	near := b.nearest(words, allowed)
	best := map[int32]*candidate{}
	var order []int32
	total := 0.0
	for i, c := range near {
		e := b.docs[c.doc].entry
		first, ok := best[e]
		if !ok {
			first = &c
			best[e] = first
			order = append(order, e)
		}
		if i < voters {
			vote := math.Pow(c.fit, voteFall)
			first.rank += vote
			total += vote
		}
	}
	out := make([]candidate, 0, len(order))
	for _, e := range order {
		c := *best[e]
		c.share = c.rank / max(total, math.SmallestNonzeroFloat64)
		c.rank = c.fit + voteWeight*c.share
		out = append(out, c)
	}
	slices.SortStableFunc(out, func(a, b candidate) int { return cmp.Compare(b.rank, a.rank) })
	b.scores(words, out)
	return out
}

// scored is how many candidates are scored; nobody looks at more.
const scored = 8

// scores scores candidates, the best of which come first: none more than one before it.
func (b *Base) scores(words []string, list []candidate) {
	asked, chinese := carrying(words), slices.ContainsFunc(words, han)
	for i := range list {
		c := &list[i]
		if i < scored {
			f := found{fit: c.fit, share: voteWeight * c.share, margin: c.rank}
			if i+1 < len(list) {
				f.margin, f.second = c.rank-list[i+1].rank, list[i+1].fit
			}
			b.matter.agree(asked, c.doc, b.docs[c.doc].entry, &f)
			c.score = calibrated(f, chinese)
		}
		if i > 0 && (i >= scored || c.score > list[i-1].score) {
			c.score = list[i-1].score
		}
	}
}
