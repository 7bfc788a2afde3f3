// Package identify finds out which member is calling from what she says of
// herself: a code that is said character by character (a postcode, a card
// number), her name, said or spelled, and her date of birth, in any order of day,
// month and year. It does no I/O and keeps nothing that was said. How she is
// asked, and what a member may do who was found so, is not its business.
//
// Every alternative of the recogniser becomes a path in a lattice of characters,
// with the letters that words may have stood for ("bee", "bravo"), and is
// aligned with every record at once: a weighted edit distance in which letters
// that sound alike are cheap. The costs are negative log-likelihoods; fields and
// attempts are put together as in record linkage (Fellegi and Sunter, 1969), with
// a stranger who is in no record as one more candidate. The task, the fields and
// the data it is measured on are those of EVI (Spithourakis et al., 2022,
// arXiv:2204.13496).
package identify

import (
	"strings"
	"time"
)

// Field is one thing that is asked of a caller.
type Field string

// The fields that a caller is found by, in the order in which they are asked.
const (
	Code Field = "code" // a postcode, or any other code that records hold
	Name Field = "name"
	Born Field = "born"
)

const fields = 3

func (f Field) number() int {
	switch f {
	case Code:
		return 0
	case Name:
		return 1
	case Born:
		return 2
	}
	return -1
}

// Record is one member as the shop wrote her down. What is empty is unknown and
// speaks neither for nor against her. Chinese names are compared by their sound.
type Record struct {
	ID    string
	Code  string // letters and digits; spaces and signs do not matter
	First string // given name
	Last  string // family name
	Born  time.Time
}

// Config says how sure to be. The zero value asks for each field up to three
// times and accepts at a posterior of 0.97.
type Config struct {
	Accept    float64 // posterior from which a member is taken to be the caller, 0 to 1; 0 is 0.97
	Agree     int     // fields that must speak for her, 1 to 3; 0 is 2
	Strangers float64 // share of callers who are in no record, 0 to 1; 0 is 0.05
	Attempts  int     // how often each field is asked for; 0 is 3
}

func (c Config) defaults() Config {
	if c.Accept == 0 {
		c.Accept = 0.97
	}
	if c.Agree == 0 {
		c.Agree = 2
	}
	if c.Strangers == 0 {
		c.Strangers = 0.05
	}
	if c.Attempts == 0 {
		c.Attempts = 3
	}
	return c
}

// Register is the shop's records made ready to be searched. It is read-only, and
// serves any number of calls at a time.
type Register struct {
	config Config
	ids    []string
	fields [fields]index
}

// index is one field of all records.
type index struct {
	field Field
	match func(lattice, float32) []match
	hear  func([]string) lattice
	value []int32 // of each record; -1 where unknown
	count []int32 // records with the value
	known map[string]int32
}

// New makes records ready, in about 30 µs each. It keeps no reference to them.
func New(records []Record, config Config) *Register {
	h := newHearer()
	codes := newTrie(newCodeCosts())
	names := newPair(newNameCosts(), way{head: 0, tail: 1}, way{head: 1, tail: 0, cost: 1.5})
	dates := newPair(newDateCosts(), way{head: 0, tail: 1}, way{head: 0, tail: 1, cost: 0.7}, way{head: 1, tail: 0, cost: 0.7})
	r := &Register{config: config.defaults()}
	r.fields = [fields]index{
		{field: Code, match: codes.match, hear: h.code, known: map[string]int32{}},
		{field: Name, match: names.match, hear: h.name, known: map[string]int32{}},
		{field: Born, match: dates.match, hear: h.date, known: map[string]int32{}},
	}
	for _, record := range records {
		r.ids = append(r.ids, record.ID)
		code := joined(numerals(record.Code))
		if v, fresh := r.fields[0].add(code); fresh {
			codes.add(code, v)
		}
		first, last := joined(sounds(record.First)), joined(sounds(record.Last))
		if _, fresh := r.fields[1].add(strings.Trim(first+" "+last, " ")); fresh {
			names.add([]string{first, first}, []string{last, last})
		}
		if record.Born.IsZero() {
			r.fields[2].add("")
		} else if _, fresh := r.fields[2].add(record.Born.Format(time.DateOnly)); fresh {
			dm, md, year := dateTexts(record.Born)
			dates.add([]string{dm, md, md}, []string{year, year, year})
		}
	}
	return r
}

func joined(text string) string { return strings.Join(tokens(text), "") }

// add notes the next record's value, and says whether it was not there before.
func (x *index) add(text string) (value int32, fresh bool) {
	if text == "" {
		x.value = append(x.value, -1)
		return -1, false
	}
	v, ok := x.known[text]
	if !ok {
		v = int32(len(x.count))
		x.known[text] = v
		x.count = append(x.count, 0)
	}
	x.count[v]++
	x.value = append(x.value, v)
	return v, !ok
}
