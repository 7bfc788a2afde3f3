package segment

import (
	"slices"
	"time"

	"huike/member"
)

// Book is all members at one moment, in columns. It is read only, and safe from any
// goroutine.
//
// R, F and M are quintiles among the members who have orders: of the time of the last
// order, of the number of orders, of the money. A member's score is 1 + ⌊5·lower/n⌋ where
// lower counts those with less and n all, so that equals have equal scores.
type Book struct {
	at    time.Time
	ids   []string
	words []string          // what tier, stage and the like number
	named map[string]uint32 // the other way round

	tier, stage, channel, lang []uint32
	orders, contacts, troubles []int32
	spent, first, last         []int64 // hundredths; ms
	r, f, m                    []uint8
	allowed                    []uint8 // bits of purposes
	tags, categories           lists
}

// lists are short lists of names with counts, one of each member.
type lists struct {
	named  map[string]uint32
	ends   []uint32 // of each member's list; it begins where the one before ends
	names  []uint32
	counts []int32
}

func (l *lists) count(i int, name string) (sum int) {
	n, known := l.named[name]
	if !known {
		return 0
	}
	from := uint32(0)
	if i > 0 {
		from = l.ends[i-1]
	}
	for j := from; j < l.ends[i]; j++ {
		if l.names[j] == n {
			sum += int(l.counts[j])
		}
	}
	return sum
}

const (
	mayProfile = 1 << iota
	mayMarket
)

// Len returns how many members the book has.
func (b *Book) Len() int { return len(b.ids) }

// ID returns the i-th member's id.
func (b *Book) ID(i int) member.ID { return member.ID(b.ids[i]) }

// Has reports whether a member is in the book.
func (b *Book) Has(id member.ID) bool {
	_, there := slices.BinarySearch(b.ids, string(id))
	return there
}

// At returns the moment of which the book is.
func (b *Book) At() time.Time { return b.at }

// Allowed reports whether the i-th member has agreed to profiling or to marketing.
func (b *Book) Allowed(i int, p member.Purpose) bool {
	switch p {
	case member.PurposeProfiling:
		return b.allowed[i]&mayProfile != 0
	case member.PurposeMarketing:
		return b.allowed[i]&mayMarket != 0
	default:
		return false
	}
}

// RFM returns the i-th member's scores, 1 to 5; 0 without orders.
func (b *Book) RFM(i int) (r, f, m int) { return int(b.r[i]), int(b.f[i]), int(b.m[i]) }

// Tier returns the i-th member's tier, empty without one.
func (b *Book) Tier(i int) string { return b.words[b.tier[i]] }

// Row returns what is known of the i-th member; its functions are nil.
func (b *Book) Row(i int) Row {
	var r Row
	b.fill(&r, i)
	return r
}

func (b *Book) word(text []byte) uint32 {
	n, known := b.named[string(text)]
	if !known {
		n = uint32(len(b.words))
		b.words, b.named[string(text)] = append(b.words, string(text)), n
	}
	return n
}

const dayMS = 24 * 60 * 60 * 1000

func (b *Book) fill(r *Row, i int) {
	r.Tier, r.Stage, r.Channel, r.Lang = b.words[b.tier[i]], b.words[b.stage[i]], b.words[b.channel[i]], b.words[b.lang[i]]
	r.Orders, r.Spent, r.Contacts, r.Troubles = int(b.orders[i]), int(b.spent[i]), int(b.contacts[i]), int(b.troubles[i])
	r.R, r.F, r.M = int(b.r[i]), int(b.f[i]), int(b.m[i])
	r.Basket, r.Gap, r.Recency, r.Since = 0, 0, Never, Never
	if r.Orders > 0 {
		now := b.at.UnixMilli()
		r.Basket = r.Spent / r.Orders
		r.Recency, r.Since = int((now-b.last[i])/dayMS), int((now-b.first[i])/dayMS)
	}
	if r.Orders > 1 {
		r.Gap = int((b.last[i] - b.first[i]) / dayMS / int64(r.Orders-1))
	}
}

// score gives the quintiles of a column to the members who have orders.
func (b *Book) score(value func(i int) int64) []uint8 {
	var sorted []int64
	for i := range b.ids {
		if b.orders[i] > 0 {
			sorted = append(sorted, value(i))
		}
	}
	slices.Sort(sorted)
	scores := make([]uint8, len(b.ids))
	for i := range b.ids {
		if b.orders[i] > 0 {
			lower, _ := slices.BinarySearch(sorted, value(i))
			scores[i] = uint8(1 + 5*lower/len(sorted))
		}
	}
	return scores
}
