package store

import (
	"cmp"
	"context"
	"database/sql"
	"maps"
	"slices"
	"time"

	"huike/member"
)

const (
	lastPurchases = 10
	lastProducts  = 20 // browsed, liked, left in the cart
	topZones      = 5
)

// bought is one item of one order.
type bought struct {
	member.Purchase
	status   string
	quantity int
	private  bool
}

// loadConsumption works out what the member bought from the orders that were not
// given back or called off.
func (s *Store) loadConsumption(ctx context.Context, tx *sql.Tx, p *member.Profile) error {
	var spent []int64
	var placed []time.Time
	coupons := 0
	err := Each(ctx, tx, func(scan func(...any) error) error {
		var at, total int64
		var coupon string
		err := scan(&at, &total, &coupon)
		spent, placed = append(spent, total), append(placed, s.when(at))
		if coupon != "" {
			coupons++
		}
		return err
	}, `SELECT placed_at, total, coupon FROM orders WHERE member_id = $1 AND status NOT IN ('returned', 'cancelled')
		ORDER BY placed_at DESC, number DESC`, p.ID)
	if err != nil {
		return err
	}
	c := &p.Consumption
	countOrders(c, spent, placed)
	if n := len(placed); n > 0 {
		share := float64(coupons) / float64(n)
		p.Preference.Sensitivity = &share
		p.Basic.FirstPurchase = &placed[n-1]
	}
	items, err := s.bought(ctx, tx, p.ID)
	if err != nil {
		return err
	}
	countItems(c, items)
	return nil
}

func countOrders(c *member.Consumption, spent []int64, placed []time.Time) {
	c.Orders = len(spent)
	for i, total := range spent {
		c.Spent += total
		c.Hours[placed[i].Hour()]++
	}
	if c.Orders > 0 {
		basket := c.Spent / int64(c.Orders)
		c.Basket, c.Last = &basket, &placed[0]
	}
}

func (s *Store) bought(ctx context.Context, tx *sql.Tx, id member.ID) ([]bought, error) {
	var items []bought
	err := Each(ctx, tx, func(scan func(...any) error) error {
		var b bought
		var at int64
		err := scan(&b.Order, &b.status, &at, &b.Product, &b.quantity, &b.Name, &b.NameEN, &b.Category, &b.private)
		b.At = s.when(at)
		items = append(items, b)
		return err
	}, `SELECT o.number, o.status, o.placed_at, i.product_id, i.quantity,
		COALESCE(p.name_zh, i.name), COALESCE(p.name_en, ''), COALESCE(p.category, i.category), COALESCE(p.private, $2)
		FROM orders o JOIN order_items i ON i.order_number = o.number LEFT JOIN products p ON p.id = i.product_id
		WHERE o.member_id = $1 AND o.status NOT IN ('returned', 'cancelled')
		ORDER BY o.placed_at DESC, o.number DESC, COALESCE(p.price, i.price) DESC, i.product_id`, id, true)
	return items, err
}

// countItems names as the last purchase what the member already holds, and only
// what may be said aloud.
func countItems(c *member.Consumption, items []bought) {
	for i := range items {
		b := &items[i]
		if c.Categories == nil {
			c.Categories = make(map[string]int)
		}
		if b.Category != "" {
			c.Categories[b.Category] += b.quantity
		}
		if len(c.Recent) < lastPurchases {
			c.Recent = append(c.Recent, b.Purchase)
		}
		if c.Purchase == nil && b.status == "delivered" && !b.private {
			c.Purchase = &b.Purchase
		}
	}
}

// loadPreference works out what the member is drawn to from what was done without
// buying. It runs after loadConsumption.
func (s *Store) loadPreference(ctx context.Context, tx *sql.Tx, p *member.Profile) error {
	pref := &p.Preference
	brands := map[string]int{}
	inCart := map[string]time.Time{}
	told := map[[2]string]bool{} // kind and product: the newest word counts
	err := Each(ctx, tx, func(scan func(...any) error) error {
		var kind, product, brand string
		var at int64
		var removed bool
		err := scan(&kind, &product, &brand, &at, &removed)
		known := told[[2]string{kind, product}]
		told[[2]string{kind, product}] = true
		if removed || known && kind != "browse" {
			return err
		}
		if brand != "" {
			brands[brand]++
		}
		switch kind {
		case "browse":
			pref.Browsed = appendNew(pref.Browsed, product)
		case "favourite":
			pref.Favourites = appendNew(pref.Favourites, product)
		case "cart":
			inCart[product] = s.when(at)
			pref.Unbought = append(pref.Unbought, product)
		}
		return err
	}, `SELECT e.kind, e.product_id, CASE WHEN e.brand <> '' THEN e.brand ELSE COALESCE(p.brand, '') END, e.at, e.removed
		FROM events e LEFT JOIN products p ON p.id = e.product_id
		WHERE e.member_id = $1 AND e.kind IN ('browse', 'favourite', 'cart') ORDER BY e.at DESC, e.id DESC`, p.ID)
	if err != nil {
		return err
	}
	err = Each(ctx, tx, func(scan func(...any) error) error {
		var product string
		var at int64
		err := scan(&product, &at)
		if put, there := inCart[product]; there && !s.when(at).Before(put) {
			pref.Unbought = slices.DeleteFunc(pref.Unbought, func(id string) bool { return id == product })
		}
		return err
	}, `SELECT i.product_id, MAX(o.placed_at) FROM orders o JOIN order_items i ON i.order_number = o.number
		WHERE o.member_id = $1 AND o.status <> 'cancelled' GROUP BY i.product_id`, p.ID)
	pref.Brands = byCount(brands)
	if err == nil {
		err = s.loadPath(ctx, tx, p)
	}
	if err == nil {
		err = s.loadChannel(ctx, tx, p)
	}
	return err
}

// loadPath finds where in the stores the member stayed longest.
func (s *Store) loadPath(ctx context.Context, tx *sql.Tx, p *member.Profile) error {
	return Each(ctx, tx, func(scan func(...any) error) error {
		var z member.Zone
		var ms int64
		err := scan(&z.Store, &z.Zone, &ms)
		z.Stayed = time.Duration(ms) * time.Millisecond
		p.Path = append(p.Path, z)
		return err
	}, `SELECT store_id, zone, SUM(lasted) FROM events WHERE member_id = $1 AND kind = 'dwell'
		GROUP BY store_id, zone ORDER BY SUM(lasted) DESC, store_id, zone LIMIT $2`, p.ID, topZones)
}

// loadChannel finds where most of the member's contacts happened.
func (s *Store) loadChannel(ctx context.Context, tx *sql.Tx, p *member.Profile) error {
	return Each(ctx, tx, func(scan func(...any) error) error {
		var channel string
		err := scan(&channel)
		p.Preference.Channel = &channel
		return err
	}, `SELECT channel FROM interactions WHERE member_id = $1 GROUP BY channel ORDER BY COUNT(*) DESC, channel LIMIT 1`, p.ID)
}

// appendNew appends a product that is not there yet, while there is room.
func appendNew(list []string, product string) []string {
	if product == "" || len(list) >= lastProducts || slices.Contains(list, product) {
		return list
	}
	return append(list, product)
}

// byCount returns the names, the most frequent first.
func byCount(counts map[string]int) []string {
	return slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
}
