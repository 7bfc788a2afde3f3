package nlu

import (
	"slices"
	"strings"

	"huike/dialog"
)

// gazetteer finds the names of one slot, as written or nearly as they sound.
type gazetteer struct {
	slot    string
	written phrases
	sounds  []sounded
	index   map[[2]byte][]int32 // the names in whose sound two letters stand side by side, by their number in sounds
	longest int                 // words of the longest name
}

type sounded struct {
	id    string
	words int
	sound string
	han   bool
}

func newGazetteer(e ear, slot string, names []Name) gazetteer {
	g := gazetteer{slot: slot, written: phrases{}}
	for _, n := range names {
		for _, text := range slices.Concat(n.ZH, n.EN) {
			words := split(text)
			if len(words) == 0 {
				continue
			}
			g.written.add(words, []string{n.ID})
			if plural := words[len(words)-1]; !isHan(plural) { // both "boot" and "boots" are said
				other := slices.Clone(words)
				if one, ok := strings.CutSuffix(plural, "s"); ok {
					other[len(other)-1] = one
				} else {
					other[len(other)-1] += "s"
				}
				g.written.add(other, []string{n.ID})
			}
			if s := e.soundOf(words); len(s) >= minSound {
				g.longest = max(g.longest, len(words))
				g.sounds = append(g.sounds, sounded{n.ID, len(words), s, isHan(words[0])})
			}
		}
	}
	g.index = map[[2]byte][]int32{}
	for i, n := range g.sounds {
		for _, pair := range pairs(n.sound) {
			if list := g.index[pair]; len(list) == 0 || list[len(list)-1] != int32(i) {
				g.index[pair] = append(list, int32(i))
			}
		}
	}
	return g
}

// pairs returns the letters that stand side by side in a key, its ends with them.
func pairs(key string) [][2]byte {
	out := make([][2]byte, 0, len(key)+1)
	last := byte('^')
	for i := range len(key) {
		out = append(out, [2]byte{last, key[i]})
		last = key[i]
	}
	return append(out, [2]byte{last, '$'})
}

// like returns the names that share enough pairs with key to be at most most
// changes away from it: one change spoils two pairs. It may return others too.
// shared holds a zero for each name, and does again when like returns.
func (g gazetteer) like(key string, most int, shared []uint16) []int32 {
	own := pairs(key)
	var out []int32
	distinct := 0
	for i, pair := range own {
		if slices.Contains(own[:i], pair) {
			continue
		}
		distinct++
		for _, n := range g.index[pair] {
			if shared[n] == 0 {
				out = append(out, n)
			}
			shared[n]++
		}
	}
	kept := out[:0]
	for _, n := range out {
		if int(shared[n]) >= distinct-2*most {
			kept = append(kept, n)
		}
		shared[n] = 0
	}
	slices.Sort(kept)
	return kept
}

// minSound is the length of the shortest name that is found by its sound.
const minSound = 4

func sortGazetteers(g []gazetteer) {
	slices.SortFunc(g, func(a, b gazetteer) int { return strings.Compare(a.slot, b.slot) })
}

// exact finds the names as they are written.
func (g gazetteer) exact(words []string) []span {
	var found []span
	for i := 0; i < len(words); {
		ph, ok := g.written.at(words, i)
		if !ok {
			i++
			continue
		}
		found = append(found, span{from: i, to: i + len(ph.from), slot: g.slot, value: ph.to[0]})
		i += len(ph.from)
	}
	return found
}

// heard is the sound of an utterance, kept to be compared with many names.
type heard struct {
	keys  string
	start []int // where in keys each word begins, and where the last one ends
	han   []bool
	taken []bool
	small []bool // words that are in every sentence: "that is" is no tent
}

// small are words that no name is heard in alone.
const small = " i me my you your he she it its we us they them this that these those is are was were be been am do does did have has had will would can could should may " +
	"yes yeah no not right correct wrong ok okay sure fine good please thanks thank sorry a an the and or but if so then of in on at to from for with by as about " +
	"what which who when where why how much many one two all any some more there here now just only really very "

func hear(e ear, words []string, taken []bool) heard {
	h := heard{start: make([]int, 1, len(words)+1), han: make([]bool, len(words)), taken: taken, small: make([]bool, len(words))}
	var b strings.Builder
	for i, w := range words {
		b.WriteString(e.sound(w))
		h.start = append(h.start, b.Len())
		h.han[i] = isHan(w)
		h.small[i] = strings.Contains(small, " "+w+" ")
	}
	h.keys = b.String()
	return h
}

// near finds the one name that the words not yet taken sound most like. Where
// the name was asked for, wanted, less likeness is enough.
func (g gazetteer) near(h heard, wanted bool) []span {
	if wanted {
		found := g.nearer(h, lenient, minSound)
		if len(found) == 0 || 2*(found[0].to-found[0].from) >= len(h.han) { // most of what was said is the answer
			return found
		}
	}
	return g.nearer(h, 0.18, minSound+3)
}

// lenient is how many of a name's letters may be changed where a name is due.
const lenient = 0.3

// nearer finds the name of at least shortest letters that is less than limit changes
// for each letter away from what was said.
func (g gazetteer) nearer(h heard, limit float64, shortest int) []span {
	var best span
	gain := 0
	shared := make([]uint16, len(g.sounds))
	for i := range h.han {
		for j := i; j < len(h.han) && !h.taken[j] && h.han[j] == h.han[i] && j-i < g.longest+1; j++ {
			key := h.keys[h.start[i]:h.start[j+1]]
			if len(key) < minSound-1 || !slices.Contains(h.small[i:j+1], false) {
				continue
			}
			for _, k := range g.like(key, int(limit*float64(len(key)+shortest)), shared) {
				n := &g.sounds[k]
				if len(n.sound) < shortest || n.han != h.han[i] || !n.spoken(j-i+1) {
					continue
				}
				// a long name a little off rather than a short one in the midst of it
				if d, near := n.apart(key, limit); near && len(n.sound)-2*d > gain {
					gain = len(n.sound) - 2*d
					best = span{from: i, to: j + 1, slot: g.slot, value: n.id, near: true}
				}
			}
		}
	}
	if best.to == 0 {
		return nil
	}
	return []span{best}
}

// spoken says whether so many words may be the name misheard: Mandarin is misheard
// syllable by syllable.
func (n *sounded) spoken(words int) bool {
	if n.han {
		return words == n.words
	}
	return abs(words-n.words) <= 1
}

// apart returns how far key is from the name, and whether that is near enough:
// fewer changes than limit for each letter.
func (n *sounded) apart(key string, limit float64) (changes int, near bool) {
	most := limit * float64(max(len(key), len(n.sound)))
	const short = 2 // syllables, of which one that is changed makes another word: 有便 is no 邮箱
	if n.han && n.words <= short && limit < lenient {
		most = 1
	}
	if float64(abs(len(key)-len(n.sound))) >= most {
		return 0, false
	}
	changes = distance(key, n.sound)
	return changes, float64(changes) < most
}

// unhide leaves out names that words only sound like where the words make a move of
// the conversation: "say that again" is no thing of the shop's.
func (u *Understander) unhide(words []string, spans []span) []span {
	if !slices.ContainsFunc(spans, func(s span) bool { return s.near }) {
		return spans
	}
	var bare []string // masked, but for the near ones
	type part struct{ from, to int }
	at := make(map[int]part) // where a near span stands in bare
	last := 0
	for i, s := range spans {
		bare = append(bare, words[last:s.from]...)
		last = s.to
		switch {
		case s.near:
			at[i] = part{len(bare), len(bare) + s.to - s.from}
			fallthrough
		case s.slot == SlotChoice:
			bare = append(bare, words[s.from:s.to]...)
		default:
			bare = append(bare, "<"+s.slot+">")
		}
	}
	bare = append(bare, words[last:]...)
	moves := u.moves(join(bare))
	var kept []span
	for i, s := range spans {
		p := at[i]
		if from, to := len(join(bare[:p.from])), len(join(bare[:p.to])); s.near &&
			slices.ContainsFunc(moves, func(m []int) bool { return m[0] < to && from < m[1] }) {
			continue
		}
		kept = append(kept, s)
	}
	return kept
}

// moves returns where text matches patterns that are not the shop's own.
func (u *Understander) moves(text string) (places [][]int) {
	for _, lang := range []dialog.Lang{dialog.Chinese, dialog.English} {
		s := u.signs[lang]
		scan := s.set.Scan(text)
		for i := range s.list {
			if p := &s.list[i]; !u.shop[p.intent] && scan.Match(p.pattern) && !matched(p.except, text) {
				places = append(places, p.pattern.FindStringIndex(text))
			}
		}
	}
	return places
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}
