package shop

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"huike/member/shop/policy"
	"huike/member/store"
)

const statusCancelled = "cancelled"

// orderRecord is an order with all that belongs to it.
type orderRecord struct {
	number, status, carrierZH, carrierEN string
	address                              string // JSON
	placed, total                        int64
	eta, delivered                       sql.NullInt64
	units                                []unit
	payments                             []payment
	changes                              map[string]int // how often, by kind
}

// unit is one thing in an order: a line of two is two units.
type unit struct {
	product, item     string
	zh, en, category  string
	price             int64
	options           string // JSON
	name, ownCategory string // as the line has them, for what the catalogue does not
}

// payment is a line of what was paid for an order and given back.
type payment struct {
	kind   string // payment or refund
	amount int64
	method string
}

// Kinds of payments.
const (
	paid   = "payment"
	refund = "refund"
)

// findOrder reads the member's order that the request names, or the latest one that is
// not called off. An order of somebody else does not exist. The code is why there is
// none.
func (s *Shop) findOrder(ctx context.Context, tx *sql.Tx, r *request, kind string) (*orderRecord, Result, error) {
	told := r.args["order_number"]
	number := cleanNumber(told)
	if s.rules.Exact() {
		number = told
	}
	if told != "" && number == "" {
		return nil, invalid("order_number"), nil
	}
	item, err := s.itemMeant(ctx, tx, r)
	if err != nil {
		return nil, Result{}, err
	}
	back := kind == changeReturn || kind == changeExchange // of what the member has
	o := &orderRecord{changes: map[string]int{}}
	err = tx.QueryRowContext(ctx, `SELECT number, status, placed_at, eta, delivered_at, carrier_zh, carrier_en, total, `+store.Opened("orders.address")+`
		FROM orders WHERE member_id = $1 AND (number = $2 OR number = $3 OR ($2 = '' AND status <> $4))
		ORDER BY number = $3 DESC, EXISTS (SELECT 1 FROM order_items i WHERE i.order_number = orders.number AND i.product_id = $5) DESC,
			CASE WHEN $6 AND status = 'delivered' THEN 0 ELSE 1 END, placed_at DESC, number DESC LIMIT 1`,
		r.member, number, told, statusCancelled, item, back).
		Scan(&o.number, &o.status, &o.placed, &o.eta, &o.delivered, &o.carrierZH, &o.carrierEN, &o.total, &o.address)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, Result{Code: CodeNotFound}, nil
	}
	if err == nil {
		err = o.readUnits(ctx, tx)
	}
	if err == nil {
		err = o.readPayments(ctx, tx)
	}
	return o, Result{}, err
}

// itemMeant is the product that a request names the first of its items by; empty where it
// names none, or none that there is.
func (s *Shop) itemMeant(ctx context.Context, tx *sql.Tx, r *request) (string, error) {
	told := s.listed(r.args["items"])
	if len(told) == 0 || s.rules.Exact() {
		return "", nil
	}
	p, found, err := s.productNamed(ctx, tx, told[0])
	if err != nil || !found {
		return "", err
	}
	return p.id, nil
}

func (o *orderRecord) readUnits(ctx context.Context, tx *sql.Tx) error {
	return store.Each(ctx, tx, func(scan func(...any) error) error {
		var u unit
		var quantity int
		err := scan(&u.product, &u.item, &u.zh, &u.en, &u.category, &quantity, &u.price, &u.options, &u.name, &u.ownCategory)
		for range quantity {
			o.units = append(o.units, u)
		}
		return err
	}, `SELECT i.product_id, i.item_id, COALESCE(p.name_zh, i.name), COALESCE(p.name_en, i.name), COALESCE(p.category, i.category),
		i.quantity, i.price, i.options, i.name, i.category
		FROM order_items i LEFT JOIN products p ON p.id = i.product_id WHERE i.order_number = $1 ORDER BY i.id`, o.number)
}

func (o *orderRecord) readPayments(ctx context.Context, tx *sql.Tx) error {
	err := store.Each(ctx, tx, func(scan func(...any) error) error {
		var p payment
		err := scan(&p.kind, &p.amount, &p.method)
		o.payments = append(o.payments, p)
		return err
	}, `SELECT kind, amount, method_id FROM payments WHERE order_number = $1 ORDER BY id`, o.number)
	if err != nil {
		return err
	}
	return store.Each(ctx, tx, func(scan func(...any) error) error {
		var kind string
		var n int
		err := scan(&kind, &n)
		o.changes[kind] = n
		return err
	}, `SELECT kind, COUNT(*) FROM order_changes WHERE order_number = $1 GROUP BY kind`, o.number)
}

// paidWith is the means of payment that the order was first paid with; empty where the
// shop keeps none.
func (o *orderRecord) paidWith() string {
	if len(o.payments) == 0 {
		return ""
	}
	return o.payments[0].method
}

// facts is what rules may know of the order.
func (o *orderRecord) facts(now time.Time) policy.Order {
	f := policy.Order{
		Number: o.number, Status: o.status, Total: int(o.total), Days: daysBetween(o.placed, now), Delivered: -1,
		Changes: maps.Clone(o.changes),
	}
	if o.delivered.Valid {
		f.Delivered = daysBetween(o.delivered.Int64, now)
	}
	for _, p := range o.payments {
		f.Payments = append(f.Payments, policy.Payment{Kind: p.kind, Amount: int(p.amount), Method: p.method})
	}
	return f
}

func daysBetween(ms int64, now time.Time) int {
	return int(now.Sub(time.UnixMilli(ms)) / (24 * time.Hour))
}

// title names the order's things, the dearest first, each once.
func (o *orderRecord) title(r *request) string { return titleOf(r, o.units) }

func titleOf(r *request, units []unit) string {
	sorted := slices.Clone(units)
	slices.SortStableFunc(sorted, func(a, b unit) int {
		return cmp.Or(cmp.Compare(b.price, a.price), cmp.Compare(a.product, b.product))
	})
	var names []string
	for i := range sorted {
		if name := r.pick(sorted[i].zh, sorted[i].en); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return strings.Join(names, r.pick("、", ", "))
}

// order answers with the order named, or the member's latest one.
func (s *Shop) order(ctx context.Context, tx *sql.Tx, r *request) (Result, error) {
	o, none, err := s.findOrder(ctx, tx, r, "")
	if o == nil || err != nil {
		return none, err
	}
	row := map[string]string{
		"number": o.number, "status": o.status, "item": o.title(r), "carrier": r.pick(o.carrierZH, o.carrierEN),
		"placed": s.date(o.placed), "total": money(o.total), "eta": "", "delivered": "",
	}
	if o.eta.Valid {
		row["eta"] = s.date(o.eta.Int64)
	}
	if o.delivered.Valid {
		row["delivered"] = s.date(o.delivered.Int64)
	}
	return Result{OK: true, Rows: []map[string]string{row}}, nil
}

// orderDetails answers with each thing in the order.
func (s *Shop) orderDetails(ctx context.Context, tx *sql.Tx, r *request) (Result, error) {
	o, none, err := s.findOrder(ctx, tx, r, "")
	if o == nil || err != nil {
		return none, err
	}
	var rows []map[string]string
	for i := range o.units {
		u := &o.units[i]
		rows = append(rows, map[string]string{
			"number": o.number, "status": o.status, "item_id": u.item, "product_id": u.product, "item": r.pick(u.zh, u.en),
			"options": r.optionsText(u.options), "price": money(u.price),
		})
	}
	return list(rows, CodeNotFound), nil
}

// orders answers with the member's orders, the newest first.
func (s *Shop) orders(ctx context.Context, tx *sql.Tx, r *request) (Result, error) {
	const most = 10
	var numbers []string
	err := store.Each(ctx, tx, func(scan func(...any) error) error {
		var number string
		err := scan(&number)
		numbers = append(numbers, number)
		return err
	}, `SELECT number FROM orders WHERE member_id = $1 ORDER BY placed_at DESC, number DESC LIMIT $2`, r.member, most)
	if err != nil {
		return Result{}, err
	}
	var rows []map[string]string
	for _, number := range numbers {
		one := *r
		one.args = map[string]string{"order_number": number}
		found, err := s.order(ctx, tx, &one)
		if err != nil {
			return Result{}, err
		}
		rows = append(rows, found.Rows...)
	}
	return list(rows, CodeNotFound), nil
}

// optionsText writes options as "color: blue, size: M", in the caller's language where
// the shop has both, divided by |.
func (r *request) optionsText(text string) string {
	options, err := optionsOf(text)
	if err != nil {
		return ""
	}
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(options)) {
		parts = append(parts, r.word(name)+r.pick("：", ": ")+r.word(options[name]))
	}
	return strings.Join(parts, r.pick("，", ", "))
}

// word returns the half of a text such as "黑色|black" that the caller understands.
func (r *request) word(text string) string {
	zh, en, both := strings.Cut(text, "|")
	if !both {
		return text
	}
	return r.pick(zh, en)
}

func optionsOf(text string) (map[string]string, error) {
	options := map[string]string{}
	return options, json.Unmarshal([]byte(cmp.Or(text, "{}")), &options)
}
