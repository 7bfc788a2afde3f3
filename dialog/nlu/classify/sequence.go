package classify

import (
	"math"
	"math/rand/v2"
	"strings"
)

// sequence is a text as the words stand in it, each by its own features: the
// word, its stem and its pieces of three and four letters. The ends of the text
// are words too.
type sequence struct {
	words  []uint64
	spell  []uint64
	spells []int // where in spell each word's features end
}

const (
	stemSeed  uint64 = offset64 ^ 0xd6e8feb86659fd93
	spellSeed uint64 = offset64 ^ 0xa0761d6478bd642f
)

func sequenceOf(words []string) sequence {
	s := sequence{words: make([]uint64, 0, len(words)+2), spells: make([]int, 0, len(words)+2)}
	s.add("^", false)
	for _, w := range words {
		s.add(w, !han(w) && w[0] != '<')
	}
	s.add("$", false)
	return s
}

func (s *sequence) add(word string, spelled bool) {
	s.words = append(s.words, hash(wordSeed, word))
	if spelled {
		s.spell = append(s.spell, hash(stemSeed, stem(word)))
		runes := []rune("<" + word + ">")
		for i := range runes {
			h := spellSeed
			for n := 1; n <= 4 && i+n <= len(runes); n++ {
				h = (h ^ uint64(runes[i+n-1])) * prime64
				if n >= 3 {
					s.spell = append(s.spell, h)
				}
			}
		}
	}
	s.spells = append(s.spells, len(s.spell))
}

// stem takes the commonest endings off an English word.
func stem(w string) string {
	const least = 3
	for _, ending := range [...]string{"ing", "ed", "es", "s", "ly"} {
		if strings.HasSuffix(w, ending) && len(w)-len(ending) >= least {
			w = w[:len(w)-len(ending)]
			break
		}
	}
	if len(w) > least && w[len(w)-1] == 'e' {
		w = w[:len(w)-1]
	}
	if len(w) > least && w[len(w)-1] == w[len(w)-2] {
		w = w[:len(w)-1]
	}
	return w
}

// token is one word of a sequence, by numbers.
type token struct {
	word  int32 // -1: unknown
	spell []int32
	share float32 // weight of each of spell
}

// lexicon numbers what sequences are made of.
type lexicon map[uint64]int32

func learnLexicon(texts []features, least int) lexicon {
	seen := map[uint64]int{}
	lex := lexicon{}
	for i := range texts {
		for _, list := range [...][]uint64{texts[i].words, texts[i].spell} {
			for _, h := range list {
				seen[h]++
				if seen[h] == least {
					lex[h] = int32(len(lex))
				}
			}
		}
	}
	return lex
}

// longestText is how many words of a text are read in order; callers who are
// transcribed without a pause stay below it.
const longestText = 120

func (lex lexicon) tokens(s *sequence) []token {
	out := make([]token, 0, len(s.words))
	from := 0
	for i, h := range s.words {
		t := token{word: -1}
		if id, ok := lex[h]; ok {
			t.word = id
		}
		for _, h := range s.spell[from:s.spells[i]] {
			if id, ok := lex[h]; ok {
				t.spell = append(t.spell, id)
			}
		}
		t.share = float32(1 / math.Sqrt(float64(max(1, len(t.spell)))))
		from = s.spells[i]
		if out = append(out, t); len(out) == longestText {
			break
		}
	}
	return out
}

// reach is how many words a window is wide: one before, the word, one after.
const reach = 3

// windows is a convolution over the words of a text (Kim 2014, on one-hot words
// as in Johnson and Zhang 2015): each filter has a weight for each word at each
// of the places in its window, and its strongest place in the text counts. It
// sees the order that the net does not.
type windows struct {
	filters, known int
	// table has a row of filters for each known feature: as the word at each of the
	// places in the window, and last as what the word in the middle is spelled with.
	table []float32
	bias  []float32
	layer
}

// window lists the rows of the table that the window around place i reads, each
// with its weight.
func (w *windows) window(text []token, i int, ids []int32, values []float32) ([]int32, []float32) {
	for k := range reach {
		if j := i + k - 1; j >= 0 && j < len(text) && text[j].word >= 0 {
			ids, values = append(ids, int32(k*w.known)+text[j].word), append(values, 1)
		}
	}
	for _, f := range text[i].spell {
		ids, values = append(ids, int32(reach*w.known)+f), append(values, text[i].share)
	}
	return ids, values
}

// scores writes the logit of each class to out.
func (w *windows) scores(text []token, out []float32) {
	at, strongest := make([]float32, w.filters), make([]float32, w.filters)
	var ids []int32
	var values []float32
	for i := range text {
		ids, values = w.window(text, i, ids[:0], values[:0])
		copy(at, w.bias)
		sumRows(at, w.table, ids, values)
		for k, v := range at {
			if v > strongest[k] {
				strongest[k] = v
			}
		}
	}
	w.logits(strongest, out)
}

func newWindows(known, classes, filters int, rng *rand.Rand) *windows {
	w := &windows{
		filters: filters, known: known, table: make([]float32, (reach+1)*known*filters), bias: make([]float32, filters),
		layer: newLayer(filters, classes),
	}
	for i := range w.table {
		w.table[i] = float32(rng.NormFloat64()) * 0.1
	}
	w.atRandom(rng)
	return w
}
