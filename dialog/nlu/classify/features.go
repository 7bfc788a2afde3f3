package classify

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// vector is a sparse vector of unit length: feature ids, and their values.
type vector struct {
	ids    []int32
	values []float32
	known  float64 // share, 0 to 1, of the weight of the words that training has seen
}

// vocabulary numbers the features of the training examples and knows how rare
// each is. A feature is told by its hash alone (FNV-1a, 64 bits), so that no
// text is kept and none is put together for a look-up.
type vocabulary struct {
	ids  map[uint64]int32
	idf  []float32
	rare float32 // the weight of a word that no example has
}

const (
	offset64 = 14695981039346656037
	prime64  = 1099511628211
)

func hash(seed uint64, text string) uint64 {
	h := seed
	for i := range len(text) {
		h = (h ^ uint64(text[i])) * prime64
	}
	return h
}

// Seeds keep the kinds of features apart.
const (
	wordSeed  uint64 = offset64
	pairSeed  uint64 = offset64 ^ 0x9e3779b97f4a7c15
	skipSeed  uint64 = offset64 ^ 0xbf58476d1ce4e5b9
	pieceSeed uint64 = offset64 ^ 0x94d049bb133111eb
)

// features are the hashes of what one text is made of, in two families that
// are weighed apart, words with their neighbours and pieces of words, and the
// words as they stand in order.
type features struct {
	near, pieces []uint64
	sequence
}

// split cuts text into lower-case words without punctuation; each Han
// character is a word, and so is a mask such as "<product>".
func split(text string) []string {
	runes := []rune(strings.ToLower(norm.NFKC.String(text)))
	var out []string
	from := -1
	flush := func(to int) {
		if from >= 0 {
			out = append(out, string(runes[from:to]))
			from = -1
		}
	}
	for i := 0; i < len(runes); i++ {
		c := runes[i]
		switch {
		case c == '\'' || c == '’': // "don't" is "dont" to a classifier
			if from >= 0 {
				copy(runes[from+1:i+1], runes[from:i])
				from++
			}
		case c == '<' && mask(runes[i:]) > 0:
			flush(i)
			n := mask(runes[i:])
			out = append(out, string(runes[i:i+n]))
			i += n - 1
		case unicode.Is(unicode.Han, c):
			flush(i)
			out = append(out, string(c))
		case unicode.IsLetter(c) || unicode.IsDigit(c) || unicode.IsMark(c):
			if from < 0 {
				from = i
			}
		default:
			flush(i)
		}
	}
	flush(len(runes))
	return out
}

// mask returns the length of the "<name>" that runes begin with, or 0.
func mask(runes []rune) int {
	for i := 1; i < len(runes) && i < 40; i++ {
		switch c := runes[i]; {
		case c == '>' && i > 1:
			return i + 1
		case c != '_' && c != '.' && c != '-' && !unicode.IsLetter(c) && !unicode.IsDigit(c):
			return 0
		}
	}
	return 0
}

// The lengths of the pieces of a word, in letters with the blank on each side.
const (
	shortest = 2
	longest  = 5
)

// take returns the features of words: each word, pairs, what stands two and
// three apart, runs of three Han characters, and pieces of the other words.
func take(words []string) features {
	f := features{sequence: sequenceOf(words)}
	hashes := f.words // with both ends
	f.near = append(f.near, hashes[1:len(hashes)-1]...)
	for i, h := range hashes {
		for k, seed := range [...]uint64{pairSeed, skipSeed, skipSeed + 1} {
			if j := i + k + 1; j < len(hashes) {
				f.near = append(f.near, (h^seed)*prime64^hashes[j])
			}
		}
	}
	for i := range words {
		if han(words[i]) {
			if i+2 < len(words) && han(words[i+1]) && han(words[i+2]) {
				f.pieces = append(f.pieces, hash(hash(hash(pieceSeed, words[i]), words[i+1]), words[i+2]))
			}
			continue
		}
		f.pieces = pieces(f.pieces, words[i])
	}
	return f
}

func han(word string) bool {
	for _, c := range word {
		return unicode.Is(unicode.Han, c)
	}
	return false
}

// pieces adds the hashes of the runs of letters in word, blanks around it.
func pieces(out []uint64, word string) []uint64 {
	if strings.HasPrefix(word, "<") {
		return out
	}
	runes := []rune(" " + word + " ")
	for i := range runes {
		h := pieceSeed
		for n := 1; n <= longest && i+n <= len(runes); n++ {
			h = (h ^ uint64(runes[i+n-1])) * prime64
			if n >= shortest {
				out = append(out, h)
			}
		}
	}
	return out
}

// learn numbers the features that at least least of the examples have. Of too
// many, the ones that most examples have are kept.
func learn(examples []features, least, most int) *vocabulary {
	seen := map[uint64]int{}
	once := map[uint64]bool{}
	for i := range examples {
		e := &examples[i]
		clear(once)
		for _, list := range [...][]uint64{e.near, e.pieces} {
			for _, h := range list {
				if !once[h] {
					once[h] = true
					seen[h]++
				}
			}
		}
	}
	kept := make([]uint64, 0, len(seen))
	for h, n := range seen {
		if n >= least {
			kept = append(kept, h)
		}
	}
	slices.SortFunc(kept, func(a, b uint64) int { // the order must not depend on the map's
		return cmp.Or(cmp.Compare(seen[b], seen[a]), cmp.Compare(a, b))
	})
	kept = kept[:min(len(kept), most)]
	v := &vocabulary{ids: make(map[uint64]int32, len(kept)), idf: make([]float32, len(kept))}
	n := float64(len(examples))
	for i, h := range kept {
		v.ids[h] = int32(i)
		v.idf[i] = float32(math.Log((1+n)/float64(1+seen[h])) + 1)
	}
	v.rare = float32(math.Log(1+n) + 1)
	return v
}

// vector weighs what a text is made of: (1 + log of the count) by rarity, each
// family of unit length, both together of unit length.
func (v *vocabulary) vector(f *features) vector {
	out := vector{ids: make([]int32, 0, len(f.near)+len(f.pieces)), values: make([]float32, 0, len(f.near)+len(f.pieces))}
	words := v.family(&out, f.near)
	split := len(out.ids)
	v.family(&out, f.pieces)
	if split > 0 && split < len(out.ids) {
		for i := range out.values {
			out.values[i] *= math.Sqrt2 / 2
		}
	}
	out.known = words
	return out
}

// family adds one family, and returns the share of its weight that is known.
func (v *vocabulary) family(out *vector, list []uint64) (known float64) {
	from := len(out.ids)
	missing := 0.0
	for _, h := range list {
		if id, ok := v.ids[h]; ok {
			out.ids = append(out.ids, id)
		} else {
			missing += float64(v.rare)
		}
	}
	ids := out.ids[from:]
	slices.Sort(ids)
	kept, square := from, 0.0
	for i := 0; i < len(ids); {
		n := i + 1
		for n < len(ids) && ids[n] == ids[i] {
			n++
		}
		w := (1 + math.Log(float64(n-i))) * float64(v.idf[ids[i]])
		known += w
		square += w * w
		out.ids[kept] = ids[i]
		out.values = append(out.values, float32(w))
		kept++
		i = n
	}
	out.ids = out.ids[:kept]
	for i := from; i < kept; i++ {
		out.values[i] /= float32(math.Sqrt(square))
	}
	if known == 0 {
		return 0
	}
	return known / (known + missing)
}
