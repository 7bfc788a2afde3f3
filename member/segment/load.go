package segment

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
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
	err := s.View(ctx, func(tx *sql.Tx) error {
		b = &Book{at: now, named: map[string]uint32{}}
		l := &loader{Book: b, tx: tx, progress: progress}
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

// loader reads tables in the order of the members' ids, beside which it walks.
type loader struct {
	*Book
	tx       *sql.Tx
	progress func(string, int)
	at       int
}

// place finds a member; ids come in order.
func (l *loader) place(id string) (int, bool) {
	for l.at < len(l.ids) && l.ids[l.at] < id {
		l.at++
	}
	return l.at, l.at < len(l.ids) && l.ids[l.at] == id
}

const tellEvery = 50_000 // rows

func (l *loader) each(ctx context.Context, part, statement string, row func(scan func(...any) error) error, args ...any) error {
	l.at = 0
	rows, err := l.tx.QueryContext(ctx, statement, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	n := 0
	for ; rows.Next(); n++ {
		if n%tellEvery == 0 {
			l.progress(part, n)
		}
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	l.progress(part, n)
	return rows.Err()
}

func (l *loader) members(ctx context.Context) error {
	err := l.each(ctx, "members", `SELECT id, COALESCE(tier, ''), COALESCE(stage, ''), COALESCE(channel, ''), COALESCE(lang, '') FROM members ORDER BY id`,
		func(scan func(...any) error) error {
			var id, tier, stage, channel, lang string
			err := scan(&id, &tier, &stage, &channel, &lang)
			l.ids = append(l.ids, id)
			l.tier, l.stage = append(l.tier, l.word(tier)), append(l.stage, l.word(stage))
			l.channel, l.lang = append(l.channel, l.word(channel)), append(l.lang, l.word(lang))
			return err
		})
	n := len(l.ids)
	l.orders, l.contacts, l.troubles = make([]int32, n), make([]int32, n), make([]int32, n)
	l.spent, l.first, l.last = make([]int64, n), make([]int64, n), make([]int64, n)
	l.allowed = make([]uint8, n)
	return err
}

// consents keeps the last word of each member on each purpose.
func (l *loader) consents(ctx context.Context) error {
	bits := map[string]uint8{"profiling": mayProfile, "marketing": mayMarket}
	return l.each(ctx, "consents", `SELECT member_id, purpose, given FROM consents WHERE purpose IN ('profiling', 'marketing') ORDER BY member_id, id`,
		func(scan func(...any) error) error {
			var id, purpose string
			var given bool
			err := scan(&id, &purpose, &given)
			if i, ok := l.place(id); ok {
				l.allowed[i] &^= bits[purpose]
				if given {
					l.allowed[i] |= bits[purpose]
				}
			}
			return err
		})
}

func (l *loader) sales(ctx context.Context) error {
	return l.each(ctx, "orders", `SELECT member_id, COUNT(*), CAST(SUM(total) AS BIGINT), MIN(placed_at), MAX(placed_at) FROM orders
		WHERE status NOT IN ('returned', 'cancelled') GROUP BY member_id ORDER BY member_id`, func(scan func(...any) error) error {
		var id string
		var n int32
		var spent, first, last int64
		err := scan(&id, &n, &spent, &first, &last)
		if i, ok := l.place(id); ok {
			l.orders[i], l.spent[i], l.first[i], l.last[i] = n, spent, first, last
		}
		return err
	})
}

func (l *loader) history(ctx context.Context) error {
	return l.each(ctx, "contacts", `SELECT member_id, COUNT(*), SUM(CASE WHEN complaint THEN 1 ELSE 0 END) FROM interactions GROUP BY member_id ORDER BY member_id`,
		func(scan func(...any) error) error {
			var id string
			var n, troubles int32
			err := scan(&id, &n, &troubles)
			if i, ok := l.place(id); ok {
				l.contacts[i], l.troubles[i] = n, troubles
			}
			return err
		})
}

func (l *loader) bought(ctx context.Context) error {
	defer func() { l.categories.upTo(len(l.ids)) }()
	return l.each(ctx, "items", `SELECT o.member_id, COALESCE(p.category, i.category), SUM(i.quantity)
		FROM orders o JOIN order_items i ON i.order_number = o.number LEFT JOIN products p ON p.id = i.product_id
		WHERE o.status NOT IN ('returned', 'cancelled') GROUP BY 1, 2 ORDER BY 1, 2`, func(scan func(...any) error) error {
		var id, category string
		var n int32
		err := scan(&id, &category, &n)
		if i, ok := l.place(id); ok && category != "" {
			l.categories.add(i, strings.Clone(category), n)
		}
		return err
	})
}

func (l *loader) labels(ctx context.Context) error {
	defer func() { l.tags.upTo(len(l.ids)) }()
	return l.each(ctx, "tags", `SELECT member_id, name FROM tags WHERE until IS NULL OR until > $1 ORDER BY member_id, name`, func(scan func(...any) error) error {
		var id, name string
		err := scan(&id, &name)
		if i, ok := l.place(id); ok {
			l.tags.add(i, name, 1)
		}
		return err
	}, l.Book.at.UnixMilli())
}
