package segment

import (
	"context"
	"fmt"
	"time"
)

// Invented is a book of n members, for measuring.
func Invented(n int, now time.Time) *Book {
	b := &Book{at: now, named: map[string]uint32{}}
	tags, categories := gather(n), gather(n)
	for i := range n {
		b.ids = append(b.ids, fmt.Sprintf("m_%08d", i))
		word := b.word([]byte([]string{"gold", "silver", ""}[i%3]))
		b.tier, b.stage, b.channel, b.lang = append(b.tier, word), append(b.stage, word), append(b.channel, word), append(b.lang, word)
		b.orders, b.contacts, b.troubles = append(b.orders, int32(i%9)), append(b.contacts, int32(i%5)), append(b.troubles, 0)
		b.spent, b.allowed = append(b.spent, int64(i*7919%300_000)), append(b.allowed, uint8(i%4))
		b.last = append(b.last, now.UnixMilli()-int64(i*104729%500)*dayMS)
		b.first = append(b.first, b.last[i]-int64(i%700)*dayMS)
		tags.add(i, fmt.Append(nil, "t", i%10), 1)
		categories.add(i, fmt.Append(nil, "c", i%7), 1)
		categories.add(i, fmt.Append(nil, "c", i%12), 2)
	}
	b.tags, b.categories = tags.lists(), categories.lists()
	b.r = b.score(func(i int) int64 { return b.last[i] })
	b.f = b.score(func(i int) int64 { return int64(b.orders[i]) })
	b.m = b.score(func(i int) int64 { return b.spent[i] })
	return b
}

// FindWithin is Find with another bound.
func (b *Book) FindWithin(ctx context.Context, s *Segment, within time.Duration) (int, error) {
	found, _, err := b.find(ctx, s, within)
	return len(found), err
}
