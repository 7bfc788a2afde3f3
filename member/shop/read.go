package shop

import (
	"context"
	"database/sql"
	"strconv"
	"strings"
)

// points answers with points and tier.
func (s *Shop) points(ctx context.Context, tx *sql.Tx, r *request) (Result, error) {
	var sum int64
	var tier sql.NullString
	err := tx.QueryRowContext(ctx, `SELECT (SELECT COALESCE(SUM(delta), 0) FROM points WHERE member_id = m.id), tier
		FROM members m WHERE id = $1`, r.member).Scan(&sum, &tier)
	if err != nil {
		return Result{}, err
	}
	return Result{OK: true, Rows: []map[string]string{{"points": strconv.FormatInt(sum, 10), "tier": tier.String}}}, nil
}

// coupons answers with what the member may still use, the one that ends first first.
func (s *Shop) coupons(ctx context.Context, tx *sql.Tx, r *request) (Result, error) {
	rows, err := tx.QueryContext(ctx, `SELECT code, name_zh, name_en, off, min_spend, expires_at FROM coupons
		WHERE member_id = $1 AND used_at IS NULL AND expires_at > $2 ORDER BY expires_at, code LIMIT 5`, r.member, r.now.UnixMilli())
	if err != nil {
		return Result{}, err
	}
	defer func() { _ = rows.Close() }()
	var found []map[string]string
	for rows.Next() {
		var code, zh, en string
		var off, least, expires int64
		if err := rows.Scan(&code, &zh, &en, &off, &least, &expires); err != nil {
			return Result{}, err
		}
		found = append(found, map[string]string{
			"code": code, "name": r.pick(zh, en), "off": money(off), "min_spend": money(least), "expires": s.date(expires),
		})
	}
	return list(found, CodeNotFound), rows.Err()
}

// hours answers with the store asked for, or all of them.
func (s *Shop) hours(ctx context.Context, tx *sql.Tx, r *request) (Result, error) {
	stores, err := readStores(ctx, tx)
	if err != nil {
		return Result{}, err
	}
	if r.args["store"] != "" {
		found, ok := best(stores, r.args["store"])
		if !ok {
			return Result{Code: CodeNotFound}, nil
		}
		stores = []place{found}
	}
	var rows []map[string]string
	for _, p := range stores {
		rows = append(rows, map[string]string{
			"store": r.pick(p.zh, p.en), "id": p.id, "hours": r.pick(p.hoursZH, p.hoursEN),
			"address": r.pick(p.addressZH, p.addressEN), "phone": p.phone,
		})
	}
	return list(rows, CodeNotFound), nil
}

// stock answers with the stores that have the product, the one asked for first, then
// those that have most. A product that nobody has is no_stock, with its name.
func (s *Shop) stock(ctx context.Context, tx *sql.Tx, r *request) (Result, error) {
	if r.args["product"] == "" {
		return missing("product"), nil
	}
	products, err := readProducts(ctx, tx)
	if err != nil {
		return Result{}, err
	}
	item, ok := best(products, r.args["product"])
	if !ok {
		return Result{Code: CodeNotFound}, nil
	}
	stores, err := readStores(ctx, tx)
	if err != nil {
		return Result{}, err
	}
	wanted := ""
	if r.args["store"] != "" {
		p, ok := best(stores, r.args["store"])
		if !ok {
			return invalid("store"), nil
		}
		wanted = p.id
	}
	rows, err := s.shelves(ctx, tx, r, item, wanted)
	if err == nil && len(rows) == 0 {
		return Result{Code: CodeNoStock, Rows: []map[string]string{{"product": r.pick(item.zh, item.en)}}}, nil
	}
	return list(rows, CodeNoStock), err
}

func (s *Shop) shelves(ctx context.Context, tx *sql.Tx, r *request, item product, wanted string) ([]map[string]string, error) {
	rows, err := tx.QueryContext(ctx, `SELECT s.id, s.name_zh, s.name_en, s.address_zh, s.address_en, k.quantity
		FROM stock k JOIN stores s ON s.id = k.store_id WHERE k.product_id = $1 AND k.quantity > 0
		ORDER BY s.id = $2 DESC, k.quantity DESC, s.rank`, item.id, wanted)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var found []map[string]string
	for rows.Next() {
		var id, zh, en, addressZH, addressEN string
		var quantity int
		if err := rows.Scan(&id, &zh, &en, &addressZH, &addressEN, &quantity); err != nil {
			return nil, err
		}
		found = append(found, map[string]string{
			"store": r.pick(zh, en), "id": id, "address": r.pick(addressZH, addressEN), "quantity": strconv.Itoa(quantity),
			"product": r.pick(item.zh, item.en), "price": money(item.price),
		})
	}
	return found, rows.Err()
}

// product answers with up to three products that the text may mean.
func (s *Shop) product(ctx context.Context, tx *sql.Tx, r *request) (Result, error) {
	if r.args["text"] == "" {
		return missing("text"), nil
	}
	products, err := readProducts(ctx, tx)
	if err != nil {
		return Result{}, err
	}
	var rows []map[string]string
	for _, p := range ranked(products, r.args["text"], 3) {
		rows = append(rows, map[string]string{"id": p.id, "name": r.pick(p.zh, p.en), "price": money(p.price)})
	}
	return list(rows, CodeNotFound), nil
}

func list(rows []map[string]string, empty string) Result {
	if len(rows) == 0 {
		return Result{Code: empty}
	}
	return Result{OK: true, Rows: rows}
}

// cleanNumber returns the digits and letters of an order number as a caller gave it.
func cleanNumber(number string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '０' && r <= '９':
			return r - '０' + '0'
		case (r >= '0' && r <= '9') || (r >= 'A' && r <= 'Z'):
			return r
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		}
		return -1
	}, number)
}
