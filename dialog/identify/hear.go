package identify

import "strings"

// code reads something that was said character by character, such as a postcode.
func (h *hearer) code(heard []string) lattice { return h.spelled(heard, numerals, h.codeWord) }

// name reads a name that was said, spelled, or both.
func (h *hearer) name(heard []string) lattice { return h.spelled(heard, sounds, h.nameWord) }

func (h *hearer) spelled(heard []string, written func(string) string, word func(b *builder, from, to int, word string)) lattice {
	b := newBuilder()
	for i, words := range readings(heard, written) {
		at := 0
		for k := 0; k < len(words); k++ {
			if ways := h.twice(words[k:]); len(ways) > 0 {
				next, fresh := b.after(at, "DOUBLE "+words[k+1])
				for _, way := range ways {
					if fresh {
						b.text(at, next, way, 0.2)
					}
				}
				at = next
				k++
				continue
			}
			next, fresh := b.after(at, words[k])
			if fresh {
				word(b, at, next, words[k])
			}
			at = next
		}
		b.end(at, rank(i))
	}
	return b.build()
}

// readings is heard in words, without what says the same again.
func readings(heard []string, written func(string) string) [][]string {
	seen := map[string]bool{}
	var out [][]string
	for _, text := range heard {
		words := tokens(written(text))
		key := strings.Join(words, " ")
		if key != "" && !seen[key] && len(out) < alternatives {
			seen[key] = true
			out = append(out, words[:min(len(words), longest)])
		}
	}
	return out
}

// longest is how many words of an utterance are looked at: a spelled name has 30.
const longest = 60

// twice reads "double U": what may be meant by it.
func (h *hearer) twice(words []string) (ways []string) {
	if len(words) < 2 || words[0] != "DOUBLE" {
		return nil
	}
	one := words[1]
	if len(one) > 1 {
		one = h.letters[one]
	}
	for i := range len(one) {
		ways = append(ways, strings.Repeat(one[i:i+1], 2))
		if one[i] == 'U' {
			ways = append(ways, "W")
		}
	}
	return ways
}

// codeWord reads one word of a code between two nodes.
func (h *hearer) codeWord(b *builder, from, to int, word string) {
	if isDigits(word) || len(word) == 1 {
		b.text(from, to, word, 0)
		return
	}
	chars, known := h.letters[word]
	for i := range len(chars) {
		b.text(from, to, chars[i:i+1], 0.2)
	}
	switch {
	case h.fillers[word]:
		b.skip(from, to, 0.4)
	case known:
		b.skip(from, to, 2.5)
	default:
		b.skip(from, to, 2)
		b.text(from, to, word[:1], 1.2) // "F for forest"
	}
	switch {
	case len(word) <= 3: // letters run together: "WD", "HQ"
		b.text(from, to, word, 0.3)
	case !known:
		b.text(from, to, word, 2)
	}
}

// nameWord reads one word of a name, or one letter of it, between two nodes.
func (h *hearer) nameWord(b *builder, from, to int, word string) {
	b.text(from, to, word, 0)
	if len(word) == 1 || isDigits(word) {
		return
	}
	for i, chars := 0, h.letters[word]; i < len(chars); i++ {
		if chars[i] >= 'A' {
			b.text(from, to, chars[i:i+1], 0.3)
		}
	}
	if h.fillers[word] {
		b.skip(from, to, 0.5)
	} else {
		b.skip(from, to, 3.5)
	}
}
