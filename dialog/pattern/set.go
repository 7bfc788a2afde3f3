package pattern

// Set is patterns that the same texts are held against: their words are looked for
// together. The zero value is empty. Patterns are added by one goroutine; then it
// is read-only and may be used by many.
type Set struct {
	words trie
	size  int
	free  []int // patterns that need no word
}

// Compile makes a pattern of expr as [Compile] does, and adds it to the set.
func (s *Set) Compile(expr string) (*Pattern, error) {
	p, need, err := compile(expr)
	if err != nil {
		return nil, err
	}
	p.id = s.size
	s.size++
	if len(need) == 0 {
		s.free = append(s.free, p.id)
	}
	for _, word := range need {
		p.words.add(word, 0)
		s.words.add(word, p.id)
	}
	return p, nil
}

// Scan is a text that was held against the words of a set.
type Scan struct {
	text string
	may  []uint64 // a bit for each pattern
}

// Scan looks for the words of all patterns in text.
func (s *Set) Scan(text string) Scan {
	sc := Scan{text, make([]uint64, (s.size+63)/64)}
	for _, id := range s.free {
		sc.may[id/64] |= 1 << (id % 64)
	}
	s.words.walk(text, func(ids []int) bool {
		for _, id := range ids {
			sc.may[id/64] |= 1 << (id % 64)
		}
		return true
	})
	return sc
}

// Match says whether the scanned text holds a match of p, which is one of the set's.
func (sc Scan) Match(p *Pattern) bool {
	return sc.may[p.id/64]&(1<<(p.id%64)) != 0 && p.Regexp.MatchString(sc.text)
}
