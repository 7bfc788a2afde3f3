package nlu

import (
	"slices"
	"strings"
)

// gazetteer finds the names of one slot, as written or nearly as they sound.
type gazetteer struct {
	slot    string
	written phrases
	sounds  []sounded
}

type sounded struct {
	id    string
	words int
	sound string
	han   bool
}

func newGazetteer(slot string, names []Name) gazetteer {
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
			if s := soundOf(words); len(s) >= minSound {
				g.sounds = append(g.sounds, sounded{n.ID, len(words), s, isHan(words[0])})
			}
		}
	}
	return g
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

// near finds the one name that the words not yet taken sound most like. Where
// the name was asked for, wanted, less likeness is enough.
func (g gazetteer) near(words []string, taken []bool, wanted bool) []span {
	limit := 0.18
	if wanted {
		limit = 0.3
	}
	keys := make([]string, len(words))
	for i, w := range words {
		if !taken[i] {
			keys[i] = sound(w)
		}
	}
	var best span
	gain := 0
	for _, n := range g.sounds {
		for size := max(1, n.words-1); size <= n.words+1; size++ {
			for i := 0; i+size <= len(words); i++ {
				if isHan(words[i]) != n.han || slices.Contains(taken[i:i+size], true) {
					continue
				}
				key := strings.Join(keys[i:i+size], "")
				if abs(len(key)-len(n.sound)) > len(n.sound)/3 || !wanted && len(n.sound) < minSound+2 {
					continue
				}
				d := distance(key, n.sound)
				if float64(d) < limit*float64(max(len(key), len(n.sound))) && len(n.sound)-2*d > gain {
					gain = len(n.sound) - 2*d // a long name a little off rather than a short one in the midst of it
					best = span{from: i, to: i + size, slot: g.slot, value: n.id}
				}
			}
		}
	}
	if best.to == 0 {
		return nil
	}
	return []span{best}
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}
