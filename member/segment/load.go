package segment

import (
	"bytes"
	"context"
	"fmt"
	"hash/maphash"
	"time"

	"huike/member/store"
)

// Load reads all members into a book, as they are at a moment. progress is told what is
// being read and how many rows of it there were so far, now and then; it may be nil. A
// book of a million members takes some hundred megabytes.
func Load(ctx context.Context, s *store.Store, now time.Time, progress func(part string, rows int)) (*Book, error) {
	if progress == nil {
		progress = func(string, int) {}
	}
	var b *Book
	err := s.ViewWhole(ctx, func(w *store.Whole) error {
		b = &Book{at: now, named: map[string]uint32{}}
		l := &loader{Book: b, whole: w, progress: progress, seed: maphash.MakeSeed(), owners: map[uint64]uint32{}}
		for _, step := range []func(context.Context) error{l.members, l.consents, l.sales, l.history, l.bought, l.labels} {
			if err := step(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read all members: %w", err)
	}
	b.r = b.score(func(i int) int64 { return b.last[i] })
	b.f = b.score(func(i int) int64 { return int64(b.orders[i]) })
	b.m = b.score(func(i int) int64 { return b.spent[i] })
	return b, nil
}

// loader reads whole tables in whatever order they come, and adds up here: to sort or to
// group millions of rows costs a database more than to give them away.
type loader struct {
	*Book
	whole    *store.Whole
	progress func(string, int)
	places   map[string]uint32 // of ids
	seed     maphash.Seed
	owners   map[uint64]uint32 // whose an order is, by its number's hash
}

// place finds a member.
func (l *loader) place(id []byte) (int, bool) {
	i, ok := l.places[string(id)]
	return int(i), ok
}

const tellEvery = 50_000 // rows

func (l *loader) each(ctx context.Context, part, query string, row func(c [][]byte) error) error {
	n := 0
	err := l.whole.Each(ctx, query, func(c [][]byte) error {
		if n++; n%tellEvery == 0 {
			l.progress(part, n)
		}
		return row(c)
	})
	l.progress(part, n)
	return err
}

func (l *loader) members(ctx context.Context) error {
	err := l.each(ctx, "members", `SELECT id, tier, stage, channel, lang FROM members ORDER BY id`, func(c [][]byte) error {
		l.ids = append(l.ids, string(c[0]))
		l.tier, l.stage = append(l.tier, l.word(c[1])), append(l.stage, l.word(c[2]))
		l.channel, l.lang = append(l.channel, l.word(c[3])), append(l.lang, l.word(c[4]))
		return nil
	})
	n := len(l.ids)
	l.orders, l.contacts, l.troubles = make([]int32, n), make([]int32, n), make([]int32, n)
	l.spent, l.first, l.last = make([]int64, n), make([]int64, n), make([]int64, n)
	l.allowed = make([]uint8, n)
	l.places = make(map[string]uint32, n)
	for i, id := range l.ids {
		l.places[id] = uint32(i)
	}
	return err
}

// consents keeps the last word of each member on each purpose.
func (l *loader) consents(ctx context.Context) error {
	newest := [2][]int64{make([]int64, len(l.ids)), make([]int64, len(l.ids))}
	return l.each(ctx, "consents", `SELECT member_id, id, CASE WHEN purpose = 'marketing' THEN 1 ELSE 0 END, CASE WHEN given THEN 1 ELSE 0 END
		FROM consents WHERE purpose IN ('profiling', 'marketing')`, func(c [][]byte) error {
		var n [3]int64
		err := numbers(n[:], c[1:])
		i, ok := l.place(c[0])
		if number, purpose := n[0], n[1]; ok && number > newest[purpose][i] {
			newest[purpose][i] = number
			bit := uint8(mayProfile) << purpose
			l.allowed[i] = l.allowed[i]&^bit | bit*uint8(n[2])
		}
		return err
	})
}

// sales also remembers whose each order is, by 64 bits of a hash: of ten million orders two
// are taken for the same in one reading of four hundred thousand.
func (l *loader) sales(ctx context.Context) error {
	return l.each(ctx, "orders", `SELECT number, member_id, total, placed_at FROM orders WHERE status NOT IN ('returned', 'cancelled')`, func(c [][]byte) error {
		var n [2]int64
		err := numbers(n[:], c[2:])
		if i, ok := l.place(c[1]); ok {
			l.owners[maphash.Bytes(l.seed, c[0])] = uint32(i)
			total, at := n[0], n[1]
			if l.orders[i] == 0 {
				l.first[i], l.last[i] = at, at
			}
			l.orders[i]++
			l.spent[i] += total
			l.first[i], l.last[i] = min(l.first[i], at), max(l.last[i], at)
		}
		return err
	})
}

func (l *loader) history(ctx context.Context) error {
	return l.each(ctx, "contacts", `SELECT member_id, CASE WHEN complaint THEN 1 ELSE 0 END FROM interactions`, func(c [][]byte) error {
		var n [1]int64
		err := numbers(n[:], c[1:])
		if i, ok := l.place(c[0]); ok {
			l.contacts[i]++
			l.troubles[i] += int32(n[0])
		}
		return err
	})
}

func (l *loader) bought(ctx context.Context) error {
	all := gather(len(l.ids))
	err := l.each(ctx, "items", `SELECT i.order_number, i.quantity, COALESCE(p.category, i.category)
		FROM order_items i LEFT JOIN products p ON p.id = i.product_id`, func(c [][]byte) error {
		var n [1]int64
		err := numbers(n[:], c[1:2])
		if i, ok := l.owners[maphash.Bytes(l.seed, c[0])]; ok && len(c[2]) > 0 {
			all.add(int(i), c[2], int32(n[0]))
		}
		return err
	})
	l.owners = nil
	l.categories = all.lists()
	return err
}

func (l *loader) labels(ctx context.Context) error {
	all := gather(len(l.ids))
	query := fmt.Sprintf(`SELECT member_id, name FROM tags WHERE until IS NULL OR until > %d`, l.at.UnixMilli())
	err := l.each(ctx, "tags", query, func(c [][]byte) error {
		if i, ok := l.place(c[0]); ok {
			all.add(i, c[1], 1)
		}
		return nil
	})
	l.tags = all.lists()
	return err
}

// numbers reads whole numbers; null is 0.
func numbers(into []int64, texts [][]byte) error {
	for i, text := range texts {
		n := int64(0)
		digits, minus := bytes.CutPrefix(text, []byte{'-'})
		for _, c := range digits {
			if c < '0' || c > '9' || n >= (1<<63-1)/10 {
				return fmt.Errorf("column %d is %q; want a whole number", i+2, text)
			}
			n = 10*n + int64(c-'0')
		}
		if minus {
			n = -n
		}
		into[i] = n //nolint:gosec // as many as there are texts
	}
	return nil
}

// gathering is lists of names with counts, one of each member, while they come in any
// order.
type gathering struct {
	named map[string]uint32
	first []uint32 // of each member's entries, counted from 1; 0: none
	all   []entry
}

type entry struct {
	name  uint32
	count int32
	next  uint32 // of the same member's, as first
}

func gather(members int) *gathering {
	return &gathering{named: map[string]uint32{}, first: make([]uint32, members)}
}

// add counts a name for member i.
func (g *gathering) add(i int, name []byte, count int32) {
	n, known := g.named[string(name)]
	if !known {
		n = uint32(len(g.named))
		g.named[string(name)] = n
	}
	for at := g.first[i]; at != 0; at = g.all[at-1].next {
		if g.all[at-1].name == n {
			g.all[at-1].count += count
			return
		}
	}
	g.all = append(g.all, entry{n, count, g.first[i]})
	g.first[i] = uint32(len(g.all))
}

// lists lays each member's entries side by side.
func (g *gathering) lists() lists {
	l := lists{named: g.named, ends: make([]uint32, len(g.first)), names: make([]uint32, 0, len(g.all)), counts: make([]int32, 0, len(g.all))}
	for i, at := range g.first {
		for ; at != 0; at = g.all[at-1].next {
			l.names, l.counts = append(l.names, g.all[at-1].name), append(l.counts, g.all[at-1].count)
		}
		l.ends[i] = uint32(len(l.names))
	}
	return l
}
