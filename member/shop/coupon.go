package shop

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strconv"

	"huike/member/shop/policy"
	"huike/member/store"
)

// redeem turns points into a coupon: as many as make whole ones, or those that are
// asked for.
func (s *Shop) redeem(ctx context.Context, tx *sql.Tx, r *request) (Result, error) {
	facts := &policy.Facts{Args: r.args}
	var err error
	if facts.Member, err = s.standing(ctx, tx, r); err != nil {
		return Result{}, err
	}
	refusal, err := s.rules.Ask(OpRedeem, facts)
	if err != nil {
		return Result{}, err
	}
	has := facts.Member.Points
	if refusal != nil {
		return Result{Code: refusal.Code, Rows: []map[string]string{{"rule": refusal.Rule, "points": "0", "left": strconv.Itoa(has)}}}, nil
	}
	unit := max(1, s.rules.Value("points_per_coupon", 1))
	whole := has / unit
	if told := r.args["points"]; told != "" {
		asked, err := strconv.Atoi(told)
		if err != nil || asked < unit {
			return invalid("points"), nil //nolint:nilerr // the caller's mistake, told by its code
		}
		if asked > has {
			return Result{Code: "no_points", Rows: []map[string]string{{"rule": "no more than there are", "points": told, "left": strconv.Itoa(has)}}}, nil
		}
		whole = asked / unit
	}
	return s.coin(ctx, tx, r, whole, unit, has)
}

// coin writes the coupon and the line that pays for it.
func (s *Shop) coin(ctx context.Context, tx *sql.Tx, r *request, whole, unit, has int) (Result, error) {
	off := int64(whole * s.rules.Value("coupon_off", 0))
	number, err := nextNumber(ctx, tx, "coupon")
	if err != nil {
		return Result{}, err
	}
	code := "P" + number
	expires := r.now.AddDate(0, 0, s.rules.Value("coupon_days", 0))
	_, err = tx.ExecContext(ctx, `INSERT INTO coupons (code, member_id, name_zh, name_en, off, min_spend, expires_at) VALUES ($1, $2, $3, $4, $5, 0, $6)`,
		code, r.member, "积分兑换"+money(off)+"元券", money(off)+" off for points", off, expires.UnixMilli())
	if err == nil {
		err = addPoints(ctx, tx, r, r.member, -whole*unit, "redeemed "+code)
	}
	if err == nil {
		r.changed, err = touchOne(ctx, tx, r)
	}
	return Result{OK: true, Rows: []map[string]string{{
		"points": strconv.Itoa(whole * unit), "left": strconv.Itoa(has - whole*unit), "coupon": code, "off": money(off), "expires": s.date(expires.UnixMilli()),
	}}}, err
}

// bestCoupon answers with the coupons that apply to a basket, the one that takes most
// off first, and of equals the one that ends first.
func (s *Shop) bestCoupon(ctx context.Context, tx *sql.Tx, r *request) (Result, error) {
	basket, flaw, err := s.basket(ctx, tx, r)
	if flaw != nil || err != nil {
		return deref(flaw), err
	}
	sums := map[string]int64{} // by category; "" in all
	for _, p := range basket {
		sums[""] += p.price
		if p.category != "" {
			sums[p.category] += p.price
		}
	}
	type fit struct {
		code, name           string
		takes, least, expire int64
	}
	var fits []fit
	err = store.Each(ctx, tx, func(scan func(...any) error) error {
		var f fit
		var zh, en, category string
		err := scan(&f.code, &zh, &en, &f.takes, &f.least, &category, &f.expire)
		f.name = r.pick(zh, en)
		if sum := sums[category]; sum > 0 && sum >= f.least {
			f.takes = min(f.takes, sum)
			fits = append(fits, f)
		}
		return err
	}, `SELECT code, name_zh, name_en, off, min_spend, category, expires_at FROM coupons
		WHERE member_id = $1 AND used_at IS NULL AND expires_at > $2`, r.member, r.now.UnixMilli())
	slices.SortFunc(fits, func(a, b fit) int {
		return cmp.Or(cmp.Compare(b.takes, a.takes), cmp.Compare(a.expire, b.expire), cmp.Compare(a.code, b.code))
	})
	var rows []map[string]string
	for _, f := range fits {
		rows = append(rows, map[string]string{
			"code": f.code, "name": f.name, "off": money(f.takes), "min_spend": money(f.least), "expires": s.date(f.expire),
			"basket": money(sums[""]), "pay": money(sums[""] - f.takes),
		})
	}
	return list(rows, CodeNotFound), err
}

// basket reads the products that the request names, or what is in the member's cart.
func (s *Shop) basket(ctx context.Context, tx *sql.Tx, r *request) ([]product, *Result, error) {
	var basket []product
	for _, name := range s.listed(r.args["basket"]) {
		p, found, err := s.productNamed(ctx, tx, name)
		if err != nil {
			return nil, nil, err
		}
		if !found {
			return nil, new(invalid("basket")), nil
		}
		basket = append(basket, p)
	}
	if len(basket) > 0 {
		return basket, nil, nil
	}
	ids, err := cart(ctx, tx, r)
	if err != nil {
		return nil, nil, err
	}
	all, err := readProducts(ctx, tx)
	for _, p := range all {
		if slices.Contains(ids, p.id) {
			basket = append(basket, p)
		}
	}
	if err == nil && len(basket) == 0 {
		return nil, new(missing("basket")), nil
	}
	return basket, nil, err
}

// cart returns the products that the member put into the cart, and has neither taken
// out nor bought since.
func cart(ctx context.Context, tx *sql.Tx, r *request) ([]string, error) {
	var ids []string
	err := store.Each(ctx, tx, func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		ids = append(ids, id)
		return err
	}, `SELECT DISTINCT e.product_id FROM events e WHERE e.member_id = $1 AND e.kind = 'cart' AND e.product_id <> ''
		AND NOT EXISTS (SELECT 1 FROM events f WHERE f.member_id = e.member_id AND f.kind = 'cart' AND f.product_id = e.product_id AND (f.at > e.at OR (f.at = e.at AND f.id > e.id)))
		AND e.removed = (1 = 0)
		AND NOT EXISTS (SELECT 1 FROM orders o JOIN order_items i ON i.order_number = o.number
			WHERE o.member_id = e.member_id AND i.product_id = e.product_id AND o.placed_at >= e.at AND o.status <> 'cancelled')`, r.member)
	return ids, err
}
