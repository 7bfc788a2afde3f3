package identify

// costs says what mistakes between record and recogniser cost, in nats.
type costs struct {
	sub   [256][256]float32
	out   float32 // a character of the record is not heard
	more  float32 // and the next one neither
	again float32 // not heard, and it is the second of a pair
	in    [256]float32
}

func (c *costs) leave(char, before byte) (first, more float32) {
	if char == before {
		return c.again, min(c.again, c.more)
	}
	return c.out, c.more
}

// group is characters that are taken for each other.
type group struct {
	chars string
	cost  float32
}

func newCosts(unlike, out, more, again, in float32, groups []group) *costs {
	c := &costs{out: out, more: more, again: again}
	for a := range 256 {
		c.in[a] = in
		for b := range 256 {
			if a != b {
				c.sub[a][b] = unlike
			}
		}
	}
	for _, g := range groups {
		for i := range len(g.chars) {
			for j := range len(g.chars) {
				a, b := g.chars[i], g.chars[j]
				if a != b {
					c.sub[a][b] = min(c.sub[a][b], g.cost)
				}
			}
		}
	}
	return c
}

// newCodeCosts is for characters that are said one by one: the names of letters
// that rhyme, and letters and digits that sound alike on a telephone.
func newCodeCosts() *costs {
	return newCosts(4.5, 3, 2, 2, 2.5, []group{
		{"BCDEGPTV", 1.8},
		{"BDPTVE", 1.4},
		{"AHJK8", 1.6},
		{"FSX", 1.3},
		{"MN", 1.2},
		{"LMNF", 2.5},
		{"IYR", 2},
		{"QUW2", 2},
		{"O0", 0.2},
		{"I1", 1},
		{"5V", 1.2},
		{"59", 2},
		{"3E", 2},
		{"3C", 2.2},
		{"A8", 1.2},
		{"H8", 1.2},
		{"2U", 1.6},
		{"6X", 1.8},
		{"6S", 1.8},
		{"9N", 1.8},
		{"7S", 2},
		{"4F", 1.8},
		{"ZD", 1.8},
		{"CZ", 1.6},
		{"SC", 1.8},
		{"GJ", 1.6},
		{"QK", 2},
		{"L8", 2.2},
		{"OL", 1.8},
		{"1N", 2.5},
		{"WY", 2.5},
	})
}

// newNameCosts is for names that are said, where recognisers write what sounds
// the same, and for names that are spelled.
func newNameCosts() *costs {
	c := newCosts(3.2, 2.4, 0.8, 0.4, 2, []group{
		{"AEIOUY", 1.1},
		{"IY", 0.5},
		{"EI", 0.8},
		{"EA", 0.9},
		{"CK", 0.6},
		{"CS", 1},
		{"KQ", 0.8},
		{"SZ", 0.6},
		{"GJ", 0.8},
		{"FV", 1.2},
		{"BV", 1.5},
		{"WV", 1.5},
		{"UW", 1.2},
		{"MN", 1.1},
		{"TD", 1.2},
		{"BP", 1.3},
		{"KG", 1.5},
		{"LR", 1.8},
		{"FS", 1.3},
		{"SX", 1.2},
		{"FT", 1.8},
		{"HJ", 2},
		{"TH", 1.8},
		{"LW", 1.5},
		{"RW", 1.5},
		{"PT", 1.5},
		{"KT", 1.8},
		{"BCDEGPTV", 1.6},
		{"AHJK", 1.8},
		{"IR", 2},
		{"O0", 0.2},
		{"A8", 1},
		{"E3", 1.5},
		{"S6", 2},
	})
	for _, v := range []byte("AEIOUYH") {
		c.in[v] = 1.2
	}
	return c
}

// newDateCosts is for digits, with months as the letters a to l.
func newDateCosts() *costs {
	c := newCosts(3.5, 2.6, 0.9, 1.2, 2, []group{{"59", 1.8}, {"0123456789", 2.6}, {"fg", 1.2}, {"ae", 3}})
	c.in['0'] = 1
	return c
}
