package nlu

import (
	"slices"
	"strings"

	"huike/dialog"
)

// span is something found in words[from:to].
type span struct {
	from, to int
	slot     string
	value    string
	negated  bool // "not 10023"
	near     bool // it only sounds like the name
}

// read takes text apart where expect was due: words, what they name, and the
// words again with that masked, so that "is the backpack in stock" and "are the
// boots in stock" are one sentence to the examples.
func (u *Understander) read(text string, expect Expect) reading {
	r := reading{words: u.synonyms[dialog.English].replace(split(text))}
	if r.has(dialog.Chinese) {
		r.words = u.synonyms[dialog.Chinese].replace(r.words)
	}
	r.plain = join(r.words)
	spans := u.unhide(r.words, u.spans(r.words, expect))
	r.corrected = cue(r.words) || correction.MatchString(r.plain)
	for i := range spans {
		spans[i].negated = negated(r.words, spans, i)
		r.corrected = r.corrected || spans[i].negated
	}
	at := 0
	for _, s := range spans {
		r.masked = append(r.masked, r.words[at:s.from]...)
		if s.slot == SlotChoice {
			r.masked = append(r.masked, r.words[s.from:s.to]...)
		} else {
			r.masked = append(r.masked, "<"+s.slot+">")
		}
		at = s.to
		if !s.negated {
			found := dialog.Slot{Name: s.slot, Value: s.value, Heard: join(r.words[s.from:s.to])}
			if s.slot == SlotDate && moved(r.words, s.from) {
				r.slots = movedFrom(r.slots)
			}
			if s.slot != SlotDate || !together(r.slots, found) {
				r.slots = keep(r.slots, found, r.corrected)
			}
		}
	}
	r.masked = append(r.masked, r.words[at:]...)
	r.mask = join(r.masked)
	return r
}

// keep adds s. Of two values for one slot the first stands, unless the caller
// is correcting: then it is the last.
func keep(slots []dialog.Slot, s dialog.Slot, last bool) []dialog.Slot {
	for i := range slots {
		if slots[i].Name == s.Name {
			if last {
				slots[i] = s
			}
			return slots
		}
	}
	return append(slots, s)
}

// spans finds numbers, dates, ordinals and names, none over another, in order.
func (u *Understander) spans(words []string, expect Expect) []span {
	c := claims{taken: make([]bool, len(words))}
	named := make([]bool, len(u.names))
	for i, g := range u.names {
		exact := g.exact(words)
		named[i] = len(exact) > 0
		c.take(exact)
	}
	day := dates(words, expect.Kind == "date" || expect.Dated && expect.Kind != "choice")
	if numbers := u.numbers(words, expect); expect.Kind == "digits" {
		c.take(numbers)
		c.take(day)
	} else {
		c.take(amounts(words))
		c.take(day)
		c.take(numbers)
	}
	if expect.Kind == "choice" {
		c.take(choices(words))
	}
	if len(u.names) > 0 {
		h := hear(u.ear, words, c.taken)
		for i, g := range u.names {
			if !named[i] { // or "what about the tent" would ask for a water bottle too
				c.take(g.near(h, g.slot == expect.Slot))
			}
		}
	}
	slices.SortStableFunc(c.found, func(a, b span) int { return a.from - b.from })
	return c.found
}

// claims are the spans found so far, none over another.
type claims struct {
	found []span
	taken []bool // by word
}

// take adds those of list whose words are all free.
func (c *claims) take(list []span) {
	for _, s := range list {
		if slices.Contains(c.taken[s.from:s.to], true) {
			continue
		}
		for i := s.from; i < s.to; i++ {
			c.taken[i] = true
		}
		c.found = append(c.found, s)
	}
}

// numbers finds runs of spoken or written digits and says what they can be: by
// their length and by what was asked for.
func (u *Understander) numbers(words []string, expect Expect) []span {
	var found []span
	for i := 0; i < len(words); {
		digits, n := digitRun(words, i, expect.Kind == "digits")
		if n == i {
			i++
			continue
		}
		s := span{from: i, to: n, slot: u.meant(digits, expect), value: digits}
		i = n
		if plain := strings.TrimPrefix(digits, "+"); s.slot == SlotPhone && len(plain) == 13 && strings.HasPrefix(plain, "86") {
			s.value = plain[2:] // as it is dialled at home
		}
		if s.slot != "" {
			found = append(found, s)
		}
	}
	return found
}

// meant returns the slot that digits are for, "" for none.
func (u *Understander) meant(digits string, expect Expect) string {
	plain := strings.TrimPrefix(digits, "+")
	due := expect.Kind == "digits"
	free := func(slot string) bool { return expect.Slot == "" || expect.Slot == slot || !due }
	switch {
	case isPhone(digits) && expect.Slot != SlotOrder:
		return SlotPhone
	case len(plain) == u.orderDigits && free(SlotOrder):
		return SlotOrder
	case isCard(plain) && free(SlotCard):
		return SlotCard
	case due && len(plain) >= 2:
		return expect.Slot
	case len(plain) >= 3:
		return SlotNumber
	}
	return ""
}

// isPhone says whether digits are a mainland mobile number, or any number with
// its country's code.
func isPhone(digits string) bool {
	if strings.HasPrefix(digits, "+") {
		return len(digits) >= 9 && len(digits) <= 16
	}
	return len(digits) == 11 && digits[0] == '1' && digits[1] >= '3' || len(digits) == 13 && strings.HasPrefix(digits, "861")
}

// choices finds ordinals: "the second one", "第二个".
func choices(words []string) []span {
	var found []span
	for i, w := range words {
		if w == "第" && i+1 < len(words) {
			if d, n := digitRun(words, i+1, true); n > i+1 && len(d) == 1 {
				found = append(found, span{from: i, to: n, slot: SlotChoice, value: d})
			}
			continue
		}
		value := place(w)
		if w == "one" && i > 0 && len(words) > 1 || len(words) > longestChoice && !placed(words, i) { // "the second one", 改一下
			value = ""
		}
		if value != "" {
			found = append(found, span{from: i, to: i + 1, slot: SlotChoice, value: value})
		}
	}
	return found
}

// place is which of several a word names, "-1" for the last, or "".
func place(word string) string {
	switch word {
	case "first", "one", "1", "一":
		return "1"
	case "second", "two", "2", "二":
		return "2"
	case "third", "three", "3", "三":
		return "3"
	case "fourth", "four", "4", "四":
		return "4"
	case "last":
		return "-1"
	}
	return ""
}

// longestChoice is how many words may stand around a bare number that is a choice.
const longestChoice = 4

// placed says whether the word at i is a place in a row by itself.
func placed(words []string, i int) bool {
	switch words[i] {
	case "first", "second", "third", "fourth":
		return true
	case "last":
		return at(words, i+1) == "one" || i+1 == len(words)
	}
	return false
}

// negated says whether spans[i] is what the caller does not mean: "not 10023"
// and "不是周一". In "it's not Monday it's Tuesday" only Monday is.
func negated(words []string, spans []span, i int) bool {
	from := 0
	if i > 0 {
		from = spans[i-1].to
	}
	from = max(from, spans[i].from-3)
	for k := spans[i].from - 1; k >= from; k-- {
		switch words[k] {
		case "not", "别":
			return true
		case "是", "要":
			if k > from && words[k-1] == "不" {
				return true
			}
			return false
		case "is", "no", "but", "it", "i", "mean", "meant": // "no tomorrow" is tomorrow
			return false
		}
	}
	return false
}

// cue says whether the caller's words put right what was said before.
func cue(words []string) bool {
	for i, w := range words {
		switch w {
		case "actually", "instead", "rather", "wrong", "sorry", "correction":
			return true
		case "mean", "meant":
			if i > 0 && words[i-1] == "i" {
				return true
			}
		case "no":
			return i+1 < len(words) && (i > 0 || len(words) > 2)
		}
	}
	return false
}
