// Package sample invents members and what they do, the same for the same seed, so that a
// store can be filled and measured. Nothing in it is of a real person: ids and cards are
// numbers, and there are no names.
//
// It starts no goroutine.
package sample

import (
	"context"
	"database/sql"
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
	body := append(make([]byte, 0, 400), `{"data":{`...)
	body, kind := c.what(body, r, i)
	body = strconv.AppendInt(append(body, `},"id":"`...), int64(i), 10)
	body = strconv.AppendUint(append(body, `","source":"/sample/`...), c.Seed, 10)
	body = append(append(body, `","specversion":"1.0","subject":"`...), c.ID(who)...)
	body = at.AppendFormat(append(body, `","time":"`...), time.RFC3339)
	body = append(append(body, `","type":"`...), kind...)
	return append(body, `"}`...)
}

// what appends the fields of an event's data, in the order of their names.
func (c *Crowd) what(to []byte, r *rand.Rand, i int) (data []byte, kind string) {
	product := func() int64 { return int64(products * r.Float64() * r.Float64()) }
	switch n := r.IntN(100); {
	case n < 25:
		to = append(to, `"items":[`...)
		for j := range 1 + r.IntN(3) {
			if j > 0 {
				to = append(to, ',')
			}
			p, price, category := product(), int64(100*(10+r.IntN(500))), int64(r.IntN(12))
			to = append(strconv.AppendInt(append(to, `{"category":"c`...), category, 10), `","price":`...)
			to = append(strconv.AppendInt(to, price, 10), `,"product":"p`...)
			to = append(strconv.AppendInt(to, p, 10), `"}`...)
		}
		to = strconv.AppendUint(append(to, `],"order":"S`...), c.Seed, 10)
		return append(strconv.AppendInt(append(to, '-'), int64(i), 10), '"'), "order"
	case n < 65:
		return one(to, `"product":"p`, product()), "browse"
	case n < 75:
		return one(to, `"product":"p`, product()), "cart"
	case n < 80:
		return one(to, `"product":"p`, product()), "favourite"
	case n < 90:
		return one(to, `"store":"s`, int64(r.IntN(stores))), "visit"
	case n < 95:
		to = append(append(to, `"channel":"`...), [...]string{"phone", "web", "wechat"}[r.IntN(3)]...)
		return append(to, `","outcome":"completed"`...), "call"
	default:
		return strconv.AppendInt(append(to, `"rating":`...), int64(1+r.IntN(5)), 10), "rating"
	}
}

// one appends a field whose text ends with a number.
func one(to []byte, field string, n int64) []byte {
	return append(strconv.AppendInt(append(to, field...), n, 10), '"')
}
