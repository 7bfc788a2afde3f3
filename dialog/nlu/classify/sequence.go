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
	filters, classes int
	words            [reach][]float32 // known features x filters
	spell            []float32        // the same, of what the word in the middle is spelled with
	bias             []float32
	out              []float32 // classes x filters
	outBias          []float32
}

// at computes the filters over the window around place i.
func (w *windows) at(text []token, i int, out []float32) {
	copy(out, w.bias)
	for k := range reach {
		if j := i + k - 1; j >= 0 && j < len(text) && text[j].word >= 0 {
			axpy(1, w.words[k][int(text[j].word)*w.filters:][:w.filters], out)
		}
	}
	for _, f := range text[i].spell {
		axpy(text[i].share, w.spell[int(f)*w.filters:][:w.filters], out)
	}
}

// scores writes the logit of each class to out; scratch holds two layers.
func (w *windows) scores(text []token, scratch, out []float32) {
	layer, strongest := scratch[:w.filters], scratch[w.filters:2*w.filters]
	clear(strongest)
	for i := range text {
		w.at(text, i, layer)
		for k, v := range layer {
			if v > strongest[k] {
				strongest[k] = v
			}
		}
	}
	for k := range out {
		out[k] = w.outBias[k] + dot(w.out[k*w.filters:][:w.filters], strongest)
	}
}

func newWindows(known, classes, filters int, rng *rand.Rand) *windows {
	w := &windows{
		filters: filters, classes: classes, spell: make([]float32, known*filters), bias: make([]float32, filters),
		out: make([]float32, classes*filters), outBias: make([]float32, classes),
	}
	for k := range w.words {
		w.words[k] = make([]float32, known*filters)
	}
	for _, table := range [...][]float32{w.words[0], w.words[1], w.words[2], w.spell} {
		for i := range table {
			table[i] = float32(rng.NormFloat64()) * 0.1
		}
	}
	for i := range w.out {
		w.out[i] = float32(rng.NormFloat64() / math.Sqrt(float64(filters)))
	}
	return w
}
