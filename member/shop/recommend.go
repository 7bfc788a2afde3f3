package shop

import (
	"cmp"
	"context"
	"database/sql"
	"strings"
	"sync"
	"time"

	"huike/member"
	"huike/member/recommend"
	"huike/member/store"
)

// ordersLearnt bounds how many orders, the newest, one recommendation learns from.
const ordersLearnt = 5000

// recommend answers with at most three products and why: by what others buy with what
// the member bought, or, of a caller whom nobody knows or who has not agreed to
// profiling, by what is much bought. With a product named it is what goes with that one.
func (s *Shop) recommend(ctx context.Context, tx *sql.Tx, r *request) (Result, error) {
	const most = 3
	items, err := catalogue(ctx, tx)
	if err != nil {
		return Result{}, err
	}
	who := &recommend.Member{}
	own, err := mayProfile(ctx, tx, r.member)
	if err != nil {
		return Result{}, err
	}
	model, err := s.taste.model(ctx, tx, r, cmp.Or(s.cfg.Relearn, relearn))
	if err != nil {
		return Result{}, err
	}
	if own {
		if who.Past, err = past(ctx, tx, r); err != nil {
			return Result{}, err
		}
	}
	if own {
		if who.Wanted, err = cart(ctx, tx, r); err != nil {
			return Result{}, err
		}
	}
	if text := r.args["product"]; text != "" {
		p, found, err := s.productNamed(ctx, tx, text)
		if err != nil || !found {
			return Result{Code: CodeNotFound}, err
		}
		who.Past = append(who.Past, recommend.Basket{At: r.now, Items: []string{p.id}})
	}
	if category := r.args["category"]; category != "" {
		for i := range items { // the rest is still good for reasons
			items[i].InStock = items[i].InStock && strings.EqualFold(items[i].Category, category)
		}
	}
	var rows []map[string]string
	for _, pick := range model.Recommend(items, who, r.now, most) {
		rows = append(rows, map[string]string{
			"id": pick.Item.ID, "name": r.pick(pick.Item.ZH, pick.Item.EN), "price": money(pick.Item.Price),
			"reason": pick.Reason.In(r.lang), "kind": string(pick.Reason.Kind),
		})
	}
	return list(rows, CodeNotFound), nil
}

// mayProfile reports whether what the member bought may be looked at for this.
func mayProfile(ctx context.Context, tx *sql.Tx, id member.ID) (bool, error) {
	for _, purpose := range []member.Purpose{member.PurposeService, member.PurposeProfiling} {
		var given sql.NullBool
		err := tx.QueryRowContext(ctx, `SELECT (SELECT given FROM consents WHERE member_id = $1 AND purpose = $2 ORDER BY id DESC LIMIT 1)`, string(id), purpose).Scan(&given)
		if err != nil || !given.Bool {
			return false, err
		}
	}
	return true, nil
}

// catalogue is what may be offered. What is private is not.
func catalogue(ctx context.Context, tx *sql.Tx) ([]recommend.Item, error) {
	var items []recommend.Item
	err := store.Each(ctx, tx, func(scan func(...any) error) error {
		var i recommend.Item
		var left int64
		err := scan(&i.ID, &i.ZH, &i.EN, &i.Category, &i.Price, &i.Consumable, &left)
		i.InStock = left > 0
		items = append(items, i)
		return err
	}, `SELECT id, name_zh, name_en, category, price, consumable, (SELECT COALESCE(SUM(quantity), 0) FROM stock WHERE product_id = p.id)
		FROM products p WHERE NOT private ORDER BY id`)
	return items, err
}

// relearn is how long a model of orders serves.
const relearn = 10 * time.Minute

// taste is what was last learned of who buys what with what.
type taste struct {
	mu      sync.Mutex
	learned *recommend.Model
	at      time.Time
}

// model returns what was learned, anew where that is too old. Who comes while it is
// being learned waits for it.
func (t *taste) model(ctx context.Context, tx *sql.Tx, r *request, good time.Duration) (*recommend.Model, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.learned != nil && r.now.Sub(t.at) < good && !r.now.Before(t.at) {
		return t.learned, nil
	}
	model := recommend.New(recommend.Config{})
	err := baskets(ctx, tx, model.Add, `SELECT o.number, o.placed_at, i.product_id FROM
		(SELECT number, placed_at FROM orders WHERE status NOT IN ('cancelled', 'returned') AND placed_at <= $1
			ORDER BY placed_at DESC, number DESC LIMIT $2) o
		JOIN order_items i ON i.order_number = o.number ORDER BY o.placed_at, o.number, i.id`, r.now.UnixMilli(), ordersLearnt)
	if err != nil {
		return nil, err
	}
	t.learned, t.at = model, r.now
	return model, nil
}

// past is what the member has bought, as it stands now.
func past(ctx context.Context, tx *sql.Tx, r *request) (list []recommend.Basket, err error) {
	err = baskets(ctx, tx, func(b recommend.Basket) { list = append(list, b) }, `SELECT o.number, o.placed_at, i.product_id
		FROM orders o JOIN order_items i ON i.order_number = o.number
		WHERE o.member_id = $1 AND o.status NOT IN ('cancelled', 'returned') AND o.placed_at <= $2
		ORDER BY o.placed_at, o.number, i.id`, string(r.member), r.now.UnixMilli())
	return list, err
}

// baskets gives each order of the query to see.
func baskets(ctx context.Context, tx *sql.Tx, see func(recommend.Basket), query string, args ...any) error {
	var number string
	var basket recommend.Basket
	err := store.Each(ctx, tx, func(scan func(...any) error) error {
		var next, product string
		var at int64
		if err := scan(&next, &at, &product); err != nil {
			return err
		}
		if next != number {
			if number != "" {
				see(basket)
			}
			number, basket = next, recommend.Basket{At: time.UnixMilli(at)}
		}
		basket.Items = append(basket.Items, product)
		return nil
	}, query, args...)
	if number != "" {
		see(basket)
	}
	return err
}
