package segment

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"huike/member"
	"huike/member/store"
	"huike/member/tag"
)

// ErrNoConsent says that a member has not agreed to profiling: no portrait is drawn.
var ErrNoConsent = errors.New("the member has not agreed to profiling")

// Portrait is what a member prefers, how often the member buys and is in touch, each with
// how much it rests on. What cannot be told is null or empty.
type Portrait struct {
	ID         member.ID    `json:"id"`
	At         time.Time    `json:"at"`
	Categories []Liking     `json:"categories"` // by items, the most first
	Brands     []Liking     `json:"brands"`     // by items
	Hours      []Liking     `json:"hours"`      // of the shop's day, by orders
	Channels   []Liking     `json:"channels"`   // by contacts
	Cycle      *Cycle       `json:"cycle"`      // null under two days with an order
	Contacts   Contacts     `json:"contacts"`
	Tier       *string      `json:"tier"`
	Tags       []member.Tag `json:"tags"`
	Changes    []tag.Change `json:"changes"` // of tags and tier, with evidence, newest first
}

// Liking is one thing and how often it was chosen.
type Liking struct {
	Name  string   `json:"name"`
	Count int      `json:"count"`
	From  []string `json:"from,omitempty"` // the newest orders that say so, 5 at most
}

// Cycle is how long the member lets pass between days with an order.
type Cycle struct {
	Median float64   `json:"median"` // days
	Gaps   int       `json:"gaps"`   // that it is the median of
	Last   time.Time `json:"last"`
	Next   time.Time `json:"next"` // the last order and the median
}

// Contacts is how often the member is in touch.
type Contacts struct {
	Count    int        `json:"count"`
	PerMonth float64    `json:"per_month"` // of 30 days, since the first; 0 without
	First    *time.Time `json:"first"`
	Last     *time.Time `json:"last"`
}

const (
	likings  = 5
	fromMost = 5
	changes  = 50
)

// Draw draws a member's portrait. Without the member's consent to profiling it is
// [ErrNoConsent]. Who may ask is for the caller to decide and to trace.
func Draw(ctx context.Context, s *store.Store, k *tag.Keeper, id member.ID, now time.Time) (*Portrait, error) {
	profile, err := s.Load(ctx, id)
	if err != nil {
		return nil, err
	}
	if !profile.Allows(member.PurposeProfiling) {
		return nil, fmt.Errorf("portrait of %s: %w", id, ErrNoConsent)
	}
	p := &Portrait{ID: id, At: now, Tier: profile.Basic.Tier, Tags: profile.Tags}
	err = s.View(ctx, func(tx *sql.Tx) error {
		d := &drawing{Portrait: p, tx: tx, place: s.Place()}
		for _, step := range []func(context.Context) error{d.orders, d.items, d.contacts} {
			if err := step(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("portrait of %s: %w", id, err)
	}
	p.Changes, err = k.History(ctx, id, changes)
	return p, err
}

type drawing struct {
	*Portrait
	tx    *sql.Tx
	place *time.Location
}

// tally counts names, with the newest orders that say so first.
type tally map[string]*Liking

func (t tally) add(name string, count int, from string) {
	if name == "" {
		return
	}
	if t[name] == nil {
		t[name] = &Liking{Name: name}
	}
	one := t[name]
	one.Count += count
	if from != "" && len(one.From) < fromMost && !slices.Contains(one.From, from) {
		one.From = append(one.From, from)
	}
}

func (t tally) most() []Liking {
	all := []Liking{}
	for _, name := range slices.SortedFunc(maps.Keys(t), func(a, b string) int {
		return cmp.Or(cmp.Compare(t[b].Count, t[a].Count), cmp.Compare(a, b))
	}) {
		if len(all) < likings {
			all = append(all, *t[name])
		}
	}
	return all
}

func (d *drawing) orders(ctx context.Context) error {
	hours := tally{}
	var days []int64 // newest first, each once
	var last int64
	err := store.Each(ctx, d.tx, func(scan func(...any) error) error {
		var number string
		var ms int64
		err := scan(&number, &ms)
		at := time.UnixMilli(ms).In(d.place)
		hours.add(at.Format("15:00"), 1, number)
		day := time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, time.UTC).Unix() / (24 * 60 * 60)
		if len(days) == 0 || days[len(days)-1] != day {
			days = append(days, day)
		}
		last = max(last, ms)
		return err
	}, `SELECT number, placed_at FROM orders WHERE member_id = $1 AND status NOT IN ('returned', 'cancelled')
		ORDER BY placed_at DESC, number DESC`, string(d.ID))
	d.Hours = hours.most()
	if len(days) < 2 {
		return err
	}
	gaps := make([]float64, len(days)-1)
	for i := range gaps {
		gaps[i] = float64(days[i] - days[i+1])
	}
	slices.Sort(gaps)
	median := (gaps[(len(gaps)-1)/2] + gaps[len(gaps)/2]) / 2
	at := time.UnixMilli(last).In(d.place)
	d.Cycle = &Cycle{Median: median, Gaps: len(gaps), Last: at, Next: at.Add(time.Duration(median * 24 * float64(time.Hour)))}
	return err
}

func (d *drawing) items(ctx context.Context) error {
	categories, brands := tally{}, tally{}
	err := store.Each(ctx, d.tx, func(scan func(...any) error) error {
		var number, category, brand string
		var n int
		err := scan(&number, &n, &category, &brand)
		categories.add(category, n, number)
		brands.add(brand, n, number)
		return err
	}, `SELECT o.number, i.quantity, COALESCE(p.category, i.category), COALESCE(p.brand, '')
		FROM orders o JOIN order_items i ON i.order_number = o.number LEFT JOIN products p ON p.id = i.product_id
		WHERE o.member_id = $1 AND o.status NOT IN ('returned', 'cancelled')
		ORDER BY o.placed_at DESC, o.number DESC`, string(d.ID))
	d.Categories, d.Brands = categories.most(), brands.most()
	return err
}

func (d *drawing) contacts(ctx context.Context) error {
	channels := tally{}
	c := &d.Contacts
	err := store.Each(ctx, d.tx, func(scan func(...any) error) error {
		var channel string
		var ms int64
		err := scan(&channel, &ms)
		at := time.UnixMilli(ms).In(d.place)
		if c.First == nil {
			c.First = &at
		}
		c.Last = &at
		c.Count++
		channels.add(channel, 1, "")
		return err
	}, `SELECT channel, at FROM interactions WHERE member_id = $1 ORDER BY at`, string(d.ID))
	d.Channels = channels.most()
	if c.First != nil {
		c.PerMonth = float64(c.Count) / max(1, d.At.Sub(*c.First).Hours()/24/30)
	}
	return err
}
