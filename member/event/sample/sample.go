// Package sample invents members and what they do, the same for the same seed, so that a
// store can be filled and measured. Nothing in it is of a real person: ids and cards are
// numbers, and there are no names.
//
// It starts no goroutine.
package sample

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"huike/member"
	"huike/member/store"
)

// Crowd is invented members. Its zero Now is not usable.
type Crowd struct {
	Members int
	Events  int       // in all, spread evenly over the two years before Now
	Seed    uint64    // the same seed gives the same events
	Now     time.Time // the end of the two years
}

const (
	span       = 2 * 365 * 24 * time.Hour
	products   = 500
	stores     = 20
	fillAtOnce = 2000 // members in one transaction
)

// ID returns the i-th member's id.
func (c *Crowd) ID(i int) member.ID { return member.ID(fmt.Sprintf("m_s%d_%08d", c.Seed, i)) }

// Fill adds the members to a store, half of whom have agreed to marketing and all to
// profiling. Members who are there already stay as they are. progress is told how many
// there are so far; it may be nil.
func (c *Crowd) Fill(ctx context.Context, s *store.Store, progress func(members int)) error {
	for from := 0; from < c.Members; from += fillAtOnce {
		to := min(from+fillAtOnce, c.Members)
		err := s.Change(ctx, func(tx *sql.Tx) error { return c.fill(ctx, s, tx, from, to) })
		if err != nil {
			return fmt.Errorf("add invented members %d to %d: %w", from, to-1, err)
		}
		if progress != nil {
			progress(to)
		}
	}
	return nil
}

func (c *Crowd) fill(ctx context.Context, s *store.Store, tx *sql.Tx, from, to int) error {
	var members, consents [][]any
	at := c.Now.Add(-span).UnixMilli()
	for i := from; i < to; i++ {
		id := string(c.ID(i))
		members = append(members, []any{id, 1, [...]string{"zh", "en"}[i%2], [...]string{"app", "store", "web"}[i%3], at, at})
		consents = append(consents, []any{id, "service", true, at}, []any{id, "profiling", true, at})
		if i%2 == 0 {
			consents = append(consents, []any{id, "marketing", true, at})
		}
	}
	if err := s.Insert(ctx, tx, `members (id, version, lang, channel, created_at, updated_at)`, ` ON CONFLICT (id) DO NOTHING`, members); err != nil {
		return err
	}
	var known int
	first, last := string(c.ID(from)), string(c.ID(to-1))
	if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM consents WHERE member_id BETWEEN $1 AND $2`, first, last).Scan(&known); err != nil || known > 0 {
		return err
	}
	return s.Insert(ctx, tx, `consents (member_id, purpose, given, at)`, ``, consents)
}

// Event returns the i-th event as a CloudEvent. A few members do much, and most do
// little; of all events a quarter are orders.
func (c *Crowd) Event(i int) []byte {
	r := rand.New(rand.NewPCG(c.Seed, uint64(i))) //nolint:gosec // the same each time is what is wanted
	who := int(float64(c.Members) * r.Float64() * r.Float64())
	at := c.Now.Add(-span + time.Duration(float64(span)*float64(i)/float64(c.Events)))
	kind, data := c.what(r, i)
	body, err := json.Marshal(map[string]any{
		"specversion": "1.0", "id": strconv.Itoa(i), "source": "/sample/" + strconv.FormatUint(c.Seed, 10),
		"type": kind, "subject": c.ID(who), "time": at.Format(time.RFC3339), "data": data,
	})
	if err != nil {
		return nil // there is nothing in it that cannot be marshalled
	}
	return body
}

func (c *Crowd) what(r *rand.Rand, i int) (kind string, data map[string]any) {
	product := func() string { return "p" + strconv.Itoa(int(products*r.Float64()*r.Float64())) }
	switch n := r.IntN(100); {
	case n < 25:
		items := make([]map[string]any, 1+r.IntN(3))
		for j := range items {
			items[j] = map[string]any{"product": product(), "price": 100 * (10 + r.IntN(500)), "category": "c" + strconv.Itoa(r.IntN(12))}
		}
		return "order", map[string]any{"order": fmt.Sprintf("S%d-%d", c.Seed, i), "items": items}
	case n < 65:
		return "browse", map[string]any{"product": product()}
	case n < 75:
		return "cart", map[string]any{"product": product()}
	case n < 80:
		return "favourite", map[string]any{"product": product()}
	case n < 90:
		return "visit", map[string]any{"store": "s" + strconv.Itoa(r.IntN(stores))}
	case n < 95:
		return "call", map[string]any{"channel": [...]string{"phone", "web", "wechat"}[r.IntN(3)], "outcome": "completed"}
	default:
		return "rating", map[string]any{"rating": 1 + r.IntN(5)}
	}
}
