package pattern

import (
	"unicode"
	"unicode/utf8"
)

// trie finds words in a text, whatever their case. Words are up to a dozen letters
// and most walks end at the second one, so that links back from where a walk ends
// (Aho and Corasick's) would gain nothing.
type trie struct {
	next  map[edge]int32
	ids   [][]int // by node, what the words that end there were added for
	ascii [2]uint64
}

type edge struct {
	node   int32
	letter rune
}

func (t *trie) empty() bool { return t.next == nil }

// add adds a folded word, not empty, for id.
func (t *trie) add(word string, id int) {
	if t.next == nil {
		t.next, t.ids = map[edge]int32{}, make([][]int, 1)
	}
	at := int32(0)
	for _, c := range word {
		e := edge{at, c}
		to, ok := t.next[e]
		if !ok {
			to = int32(len(t.ids))
			t.next[e] = to
			t.ids = append(t.ids, nil)
			if at == 0 && c < utf8.RuneSelf {
				t.ascii[c/64] |= 1 << (c % 64)
			}
		}
		at = to
	}
	t.ids[at] = append(t.ids[at], id)
}

// walk calls found for each word in text, with what it was added for, until found
// returns false.
func (t *trie) walk(text string, found func(ids []int) bool) {
	for i, first := range text {
		c := fold(first)
		if c < utf8.RuneSelf && t.ascii[c/64]&(1<<(c%64)) == 0 {
			continue
		}
		at, ok := t.next[edge{0, c}]
		for j := i; ok; {
			if ids := t.ids[at]; ids != nil && !found(ids) {
				return
			}
			_, n := utf8.DecodeRuneInString(text[j:])
			if j += n; j >= len(text) {
				break
			}
			c, _ := utf8.DecodeRuneInString(text[j:])
			at, ok = t.next[edge{at, fold(c)}]
		}
	}
}

// any says whether text holds one of the words.
func (t *trie) any(text string) (found bool) {
	t.walk(text, func([]int) bool {
		found = true
		return false
	})
	return found
}

// fold returns the one letter that stands for all that differ from c in case alone:
// the small one, or the least by number.
func fold(c rune) rune {
	const firstCJK, lastCJK = 0x2E80, 0x9FFF // letters without case
	switch {
	case c >= 'A' && c <= 'Z':
		return c + 'a' - 'A'
	case c < utf8.RuneSelf, c >= firstCJK && c <= lastCJK:
		return c
	}
	least := c
	for r := unicode.SimpleFold(c); r != c; r = unicode.SimpleFold(r) {
		least = min(least, r)
	}
	if least >= 'A' && least <= 'Z' { // K, k and the Kelvin sign
		least += 'a' - 'A'
	}
	return least
}
