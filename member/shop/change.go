package shop

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"

	"huike/member/shop/policy"
	"huike/member/store"
)

// Kinds of changes of an order, as order.check takes them and the books keep them.
const (
	changeCancel   = "cancel"
	changeReturn   = "return"
	changeExchange = "exchange"
	changeItems    = "items"
	changeAddress  = "address"
	changePayment  = "payment"
)

// change is one change of an order, understood and allowed, and not yet done.
type change struct {
	kind       string
	order      *orderRecord
	was        string // the status before
	effect     policy.Effect
	picked     []int     // the units that are named, as indexes; none: the whole order
	fresh      []variant // what comes in place of each
	methods    []method  // all that the member has
	method     method
	difference int64 // what the fresh ones cost more
	refunds    []payment
	reason     string
	address    Address
}

// check answers what a change would give, and does nothing.
func (s *Shop) check(ctx context.Context, tx *sql.Tx, r *request) (Result, error) {
	kind := r.args["change"]
	switch kind {
	case "":
		return missing("change"), nil
	case changeCancel, changeReturn, changeExchange, changeItems, changeAddress, changePayment:
	default:
		return invalid("change"), nil
	}
	c, refused, err := s.prepare(ctx, tx, r, kind)
	if c == nil || err != nil {
		return refused, err
	}
	return c.result(r), nil
}

// alter returns the operation that does a kind of change.
func (s *Shop) alter(kind string) func(context.Context, *sql.Tx, *request) (Result, error) {
	return func(ctx context.Context, tx *sql.Tx, r *request) (Result, error) {
		c, refused, err := s.prepare(ctx, tx, r, kind)
		if c == nil || err != nil {
			return refused, err
		}
		if err = s.apply(ctx, tx, r, c); err != nil {
			return Result{}, err
		}
		r.changed, err = store.Touch(ctx, tx, r.member)
		return c.result(r), err
	}
}

// prepare understands a change and asks the rules. Without a change the result is why
// there is none.
func (s *Shop) prepare(ctx context.Context, tx *sql.Tx, r *request, kind string) (*change, Result, error) {
	o, none, err := s.findOrder(ctx, tx, r, kind)
	if o == nil || err != nil {
		return nil, none, err
	}
	op := "order." + kind
	c := &change{kind: kind, order: o, was: o.status, effect: s.rules.Effect(op), reason: r.args["reason"]}
	facts := &policy.Facts{Order: o.facts(r.now), Reason: c.reason, Args: r.args}
	if facts.Member, err = s.standing(ctx, tx, r); err != nil {
		return nil, Result{}, err
	}
	refusal, err := s.rules.Open(op, facts)
	if err != nil {
		return nil, Result{}, err
	}
	if refusal == nil {
		var flaw *Result
		if flaw, err = s.fill(ctx, tx, r, c); flaw != nil || err != nil {
			return nil, deref(flaw), err
		}
		c.tell(facts)
		refusal, err = s.rules.Ask(op, facts)
	}
	if err != nil {
		return nil, Result{}, err
	}
	if refusal != nil {
		return nil, c.refused(r, refusal), nil
	}
	if kind == changeCancel {
		c.refunds = c.giveBack()
	}
	if c.effect.Status != "" {
		o.status = c.effect.Status
	}
	return c, Result{}, nil
}

func deref(r *Result) Result {
	if r == nil {
		return Result{}
	}
	return *r
}

// fill reads what the change names; a flaw is the argument that is wrong.
func (s *Shop) fill(ctx context.Context, tx *sql.Tx, r *request, c *change) (flaw *Result, err error) {
	if c.methods, err = readMethods(ctx, tx, r); err != nil {
		return nil, err
	}
	switch c.kind {
	case changeReturn:
		flaw = s.pickUnits(r, c, true)
	case changeExchange, changeItems:
		if flaw = s.pickUnits(r, c, false); flaw == nil {
			flaw, err = s.pickFresh(ctx, tx, r, c)
		}
	case changeAddress:
		if c.address = addressOf(r.args); c.address == (Address{}) && !s.rules.Exact() {
			flaw = new(missing("address"))
		}
	}
	if flaw != nil || err != nil || c.kind == changeCancel || c.kind == changeAddress {
		return flaw, err
	}
	return s.pickMethod(r, c), nil
}

// tell adds to the facts what the change names.
func (c *change) tell(f *policy.Facts) {
	f.Difference = int(c.difference)
	f.Payment = policy.Method{ID: c.method.id, Source: c.method.source, Balance: -1}
	if c.method.balance.Valid {
		f.Payment.Balance = int(c.method.balance.Int64)
	}
	for i, at := range c.picked {
		u := &c.order.units[at]
		item := policy.Item{Product: u.product, Item: u.item, Category: u.category, Price: int(u.price)}
		if i < len(c.fresh) {
			item.New = policy.New{Item: c.fresh[i].id, Price: int(c.fresh[i].price), Available: c.fresh[i].available}
		}
		f.Items = append(f.Items, item)
	}
}

// refused is what a rule's refusal answers.
func (c *change) refused(r *request, why *policy.Refusal) Result {
	row := map[string]string{"rule": why.Rule, "number": c.order.number, "status": c.order.status, "item": c.order.title(r)}
	if why.Arg != "" {
		row["arg"] = why.Arg
	}
	return Result{Code: why.Code, Rows: []map[string]string{row}}
}

// giveBack is what a cancellation refunds.
func (c *change) giveBack() []payment {
	var back []payment
	for _, p := range c.order.payments {
		at := slices.IndexFunc(back, func(b payment) bool { return c.effect.Refund != policy.Each && b.method == p.method })
		if at < 0 {
			back = append(back, payment{kind: refund, method: p.method})
			at = len(back) - 1
		}
		if p.kind == refund && c.effect.Refund != policy.Each {
			back[at].amount -= p.amount
		} else {
			back[at].amount += p.amount
		}
	}
	return slices.DeleteFunc(back, func(p payment) bool { return p.amount <= 0 && c.effect.Refund != policy.Each })
}

// apply writes a change into the books.
func (s *Shop) apply(ctx context.Context, tx *sql.Tx, r *request, c *change) error {
	o := c.order
	kept, err := c.record()
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO order_changes (order_number, kind, at, reason, items, new_items, method_id, difference)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, o.number, c.kind, r.now.UnixMilli(), cut(c.reason), kept.items, kept.fresh, c.method.id, c.difference)
	switch {
	case err != nil:
	case c.kind == changeCancel:
		err = s.pay(ctx, tx, o.number, c.refunds...)
	case c.kind == changePayment:
		first := o.payments[0]
		err = s.pay(ctx, tx, o.number, payment{paid, first.amount, c.method.id}, payment{refund, first.amount, first.method})
	case c.kind == changeItems:
		err = s.replace(ctx, tx, c)
	case c.kind == changeAddress:
		_, err = tx.ExecContext(ctx, `UPDATE orders SET address = $2 WHERE number = $1`, o.number, s.store.SealAt("orders.address", o.number, c.address.json()))
	}
	if err == nil && o.status != c.was {
		_, err = tx.ExecContext(ctx, `UPDATE orders SET status = $2 WHERE number = $1`, o.number, o.status)
	}
	if err != nil {
		return fmt.Errorf("%s of order %s: %w", c.kind, o.number, err)
	}
	return nil
}

// pay writes lines of payment, and moves the balances of gift cards.
func (s *Shop) pay(ctx context.Context, tx *sql.Tx, number string, lines ...payment) error {
	for _, p := range lines {
		_, err := tx.ExecContext(ctx, `INSERT INTO payments (order_number, kind, amount, method_id) VALUES ($1, $2, $3, $4)`,
			number, p.kind, p.amount, p.method)
		if err != nil {
			return err
		}
		back := p.amount
		if p.kind == paid {
			back = -back
		}
		_, err = tx.ExecContext(ctx, `UPDATE payment_methods SET balance = balance + $2 WHERE id = $1 AND balance IS NOT NULL`, p.method, back)
		if err != nil {
			return err
		}
	}
	return nil
}

// replace puts the fresh things into the order, each in the place of the first one of
// its kind that is left, and settles the difference.
func (s *Shop) replace(ctx context.Context, tx *sql.Tx, c *change) error {
	o := c.order
	names := make([]string, len(c.picked)) // before any is replaced
	for i, at := range c.picked {
		names[i] = o.units[at].item
	}
	for i, v := range c.fresh {
		at := slices.IndexFunc(o.units, func(u unit) bool { return u.item == names[i] })
		if names[i] == "" || at < 0 {
			at = c.picked[i]
		}
		o.units[at].item, o.units[at].price, o.units[at].options = v.id, v.price, v.options
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM order_items WHERE order_number = $1`, o.number); err != nil {
		return err
	}
	for i := range o.units {
		u := &o.units[i]
		_, err := tx.ExecContext(ctx, `INSERT INTO order_items (order_number, product_id, quantity, price, name, category, item_id, options)
			VALUES ($1, $2, 1, $3, $4, $5, $6, $7)`, o.number, u.product, u.price, u.name, u.ownCategory, u.item, u.options)
		if err != nil {
			return err
		}
	}
	if !c.effect.Settle {
		return nil
	}
	line := payment{refund, -c.difference, c.method.id}
	if c.difference > 0 {
		line = payment{paid, c.difference, c.method.id}
	}
	if _, err := tx.ExecContext(ctx, `UPDATE orders SET total = total + $2 WHERE number = $1`, o.number, c.difference); err != nil {
		return err
	}
	return s.pay(ctx, tx, o.number, line)
}

type recorded struct{ items, fresh string }

// record writes the things that the change names, sorted, as the books keep them.
func (c *change) record() (recorded, error) {
	items, fresh := []string{}, []string{}
	for _, at := range c.picked {
		items = append(items, c.order.units[at].nameID())
	}
	for i := range c.fresh {
		fresh = append(fresh, c.fresh[i].id)
	}
	slices.Sort(items)
	slices.Sort(fresh)
	a, err := json.Marshal(items)
	if err != nil {
		return recorded{}, err
	}
	b, err := json.Marshal(fresh)
	return recorded{string(a), string(b)}, err
}

// nameID is the variant, or the product where there is only one.
func (u *unit) nameID() string {
	if u.item != "" {
		return u.item
	}
	return u.product
}
