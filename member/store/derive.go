package store

import (
	"cmp"
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

// askDerived works out what follows from the member's orders, events and contacts.
func (s *Store) askDerived(p *member.Profile) []question {
	var items []bought
	d := &drawn{pref: &p.Preference, brands: map[string]int{}, inCart: map[string]time.Time{}, told: map[[2]string]bool{}, stayed: map[member.Zone]int64{}}
	channel := s.askChannel(p)
	channel.then = func() {
		countItems(&p.Consumption, items)
		d.leaveBought(items)
		p.Preference.Brands, p.Path = byCount(d.brands), d.path()
	}
	return []question{s.askOrders(p), s.askItems(p.ID, &items), s.askEvents(p.ID, d), channel}
}

// askOrders counts the orders that were not given back or called off.
func (s *Store) askOrders(p *member.Profile) question {
	var spent []int64
	var placed []time.Time
	coupons := 0
	return question{row: func(scan func(...any) error) error {
		var at, total int64
		var coupon string
		err := scan(&at, &total, &coupon)
		spent, placed = append(spent, total), append(placed, s.when(at))
		if coupon != "" {
			coupons++
		}
		return err
	}, then: func() {
		countOrders(&p.Consumption, spent, placed)
		if n := len(placed); n > 0 {
			share := float64(coupons) / float64(n)
			p.Preference.Sensitivity = &share
			p.Basic.FirstPurchase = &placed[n-1]
		}
	}, text: `SELECT placed_at, total, coupon FROM orders WHERE member_id = $1 AND status NOT IN ('returned', 'cancelled')
		ORDER BY placed_at DESC, number DESC`, args: []any{p.ID}}
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

// askItems reads the items of the orders that were not called off.
func (s *Store) askItems(id member.ID, items *[]bought) question {
	return question{row: func(scan func(...any) error) error {
		var b bought
		var at int64
		err := scan(&b.Order, &b.status, &at, &b.Product, &b.quantity, &b.Name, &b.NameEN, &b.Category, &b.private)
		b.At = s.when(at)
		*items = append(*items, b)
		return err
	}, text: `SELECT o.number, o.status, o.placed_at, i.product_id, i.quantity,
		COALESCE(p.name_zh, i.name), COALESCE(p.name_en, ''), COALESCE(p.category, i.category), COALESCE(p.private, $2)
		FROM orders o JOIN order_items i ON i.order_number = o.number LEFT JOIN products p ON p.id = i.product_id
		WHERE o.member_id = $1 AND o.status <> 'cancelled'
		ORDER BY o.placed_at DESC, o.number DESC, COALESCE(p.price, i.price) DESC, i.product_id`, args: []any{id, true}}
}

// countItems counts what was not given back. It names as the last purchase what the member
// already holds, and only what may be said aloud.
func countItems(c *member.Consumption, items []bought) {
	for i := range items {
		b := &items[i]
		if b.status == "returned" {
			continue
		}
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

// drawn is what the member is drawn to, by what was done without buying.
type drawn struct {
	pref   *member.Preference
	brands map[string]int
	inCart map[string]time.Time
	told   map[[2]string]bool    // kind and product: the newest word counts
	stayed map[member.Zone]int64 // ms
}

// askEvents asks for the kinds, and the columns, that the index events_drawn holds in
// Postgres.
func (s *Store) askEvents(id member.ID, d *drawn) question {
	return question{row: func(scan func(...any) error) error {
		var kind, product, brand string
		var z member.Zone
		var at, lasted int64
		var removed bool
		err := scan(&kind, &product, &brand, &at, &removed, &z.Store, &z.Zone, &lasted)
		if kind == "dwell" {
			d.stayed[z] += lasted
			return err
		}
		known := d.told[[2]string{kind, product}]
		d.told[[2]string{kind, product}] = true
		if removed || known && kind != "browse" {
			return err
		}
		if brand != "" {
			d.brands[brand]++
		}
		switch kind {
		case "browse":
			d.pref.Browsed = appendNew(d.pref.Browsed, product)
		case "favourite":
			d.pref.Favourites = appendNew(d.pref.Favourites, product)
		case "cart":
			d.inCart[product] = s.when(at)
			d.pref.Unbought = append(d.pref.Unbought, product)
		}
		return err
	}, text: `SELECT e.kind, e.product_id, CASE WHEN e.brand <> '' THEN e.brand ELSE COALESCE(p.brand, '') END, e.at, e.removed, e.store_id, e.zone, e.lasted
		FROM events e LEFT JOIN products p ON p.id = e.product_id
		WHERE e.member_id = $1 AND e.kind IN ('browse', 'favourite', 'cart', 'dwell') ORDER BY e.at DESC, e.id DESC`, args: []any{id}}
}

// leaveBought leaves out of the cart what was bought since it was put there, even if it was
// given back.
func (d *drawn) leaveBought(items []bought) {
	for i := range items {
		if put, there := d.inCart[items[i].Product]; there && !items[i].At.Before(put) {
			d.pref.Unbought = slices.DeleteFunc(d.pref.Unbought, func(id string) bool { return id == items[i].Product })
		}
	}
}

// path returns where in the stores the member stayed longest.
func (d *drawn) path() []member.Zone {
	var zones []member.Zone
	for z, ms := range d.stayed {
		z.Stayed = time.Duration(ms) * time.Millisecond
		zones = append(zones, z)
	}
	slices.SortFunc(zones, func(a, b member.Zone) int {
		return cmp.Or(cmp.Compare(b.Stayed, a.Stayed), cmp.Compare(a.Store, b.Store), cmp.Compare(a.Zone, b.Zone))
	})
	return zones[:min(len(zones), topZones)]
}

// askChannel finds where most of the member's contacts happened.
func (s *Store) askChannel(p *member.Profile) question {
	return question{row: func(scan func(...any) error) error {
		var channel string
		err := scan(&channel)
		p.Preference.Channel = &channel
		return err
	}, text: `SELECT channel FROM interactions WHERE member_id = $1 GROUP BY channel ORDER BY COUNT(*) DESC, channel LIMIT 1`, args: []any{p.ID}}
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
