package shop

import (
	"context"
	"database/sql"
	"strings"
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
	model := recommend.New(recommend.Config{})
	if err := learn(ctx, tx, r, model, func(of member.ID, b recommend.Basket) {
		if own && of == r.member {
			who.Past = append(who.Past, b)
		}
	}); err != nil {
		return Result{}, err
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

// learn teaches the model the newest orders, and shows each to see.
func learn(ctx context.Context, tx *sql.Tx, r *request, model *recommend.Model, see func(member.ID, recommend.Basket)) error {
	var number string
	var of member.ID
	var basket recommend.Basket
	flush := func() {
		if number != "" {
			model.Add(basket)
			see(of, basket)
		}
	}
	err := store.Each(ctx, tx, func(scan func(...any) error) error {
		var next, product string
		var whose member.ID
		var at int64
		if err := scan(&next, &whose, &at, &product); err != nil {
			return err
		}
		if next != number {
			flush()
			number, of, basket = next, whose, recommend.Basket{At: time.UnixMilli(at)}
		}
		basket.Items = append(basket.Items, product)
		return nil
	}, `SELECT o.number, o.member_id, o.placed_at, i.product_id FROM
		(SELECT number, member_id, placed_at FROM orders WHERE status NOT IN ('cancelled', 'returned') AND placed_at <= $1
			ORDER BY placed_at DESC, number DESC LIMIT $2) o
		JOIN order_items i ON i.order_number = o.number ORDER BY o.placed_at, o.number, i.id`, r.now.UnixMilli(), ordersLearnt)
	flush()
	return err
}
