package shop

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"strconv"
	"time"

	"huike/member"
	"huike/member/shop/policy"
	"huike/member/store"
)

func touchOne(ctx context.Context, tx *sql.Tx, r *request) (int64, error) {
	if r.member == "" {
		return 0, nil
	}
	return store.Touch(ctx, tx, r.member)
}

// book writes down that somebody comes to a store at an hour.
func (s *Shop) book(ctx context.Context, tx *sql.Tx, r *request) (Result, error) {
	slot, flaw, err := s.askForPlace(ctx, tx, r, "", OpBooking)
	if flaw != nil || err != nil {
		return deref(flaw), err
	}
	kind, where := cmp.Or(r.args["kind"], "visit"), slot.where
	number, err := s.writeBooking(ctx, tx, r, booking{
		kind: kind, store: where.id, product: r.args["product"], day: r.args["date"], clock: r.args["time"], phone: slot.phone,
	})
	return Result{OK: true, Rows: []map[string]string{{
		"number": number, "kind": kind, "store": r.pick(where.zh, where.en), "address": r.pick(where.addressZH, where.addressEN),
		"date": r.args["date"], "time": r.args["time"],
	}}}, err
}

func refusedBy(why *policy.Refusal) Result {
	if why == nil {
		return Result{}
	}
	row := map[string]string{"rule": why.Rule}
	if why.Arg != "" {
		row["arg"] = why.Arg
	}
	return Result{Code: why.Code, Rows: []map[string]string{row}}
}

// whereAndWho reads the store, and the number at which the caller can be reached.
func (s *Shop) whereAndWho(ctx context.Context, tx *sql.Tx, r *request) (where place, phone string, flaw *Result, err error) {
	stores, err := readStores(ctx, tx)
	if err != nil {
		return where, "", nil, err
	}
	found := len(stores) == 1
	if found {
		where = stores[0]
	}
	if r.args["store"] != "" {
		where, found = best(stores, r.args["store"])
		if !found {
			return where, "", new(invalid("store")), nil
		}
	}
	if !found {
		return where, "", new(missing("store")), nil
	}
	h, err := s.callbackPhone(ctx, tx, r)
	switch {
	case errors.Is(err, member.ErrNotPhone):
		return where, "", new(invalid("phone")), nil
	case errors.Is(err, member.ErrUnknown):
		return where, "", new(missing("phone")), nil
	}
	return where, h.Value, nil, err
}

// booking is a row of bookings.
type booking struct {
	kind, store, product, day, clock, phone string
	quantity                                int
}

func (s *Shop) writeBooking(ctx context.Context, tx *sql.Tx, r *request, b booking) (string, error) {
	number, err := nextNumber(ctx, tx, "booking")
	if err != nil {
		return "", err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO bookings (number, member_id, kind, store_id, product_id, quantity, day, clock, phone, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		number, r.memberOrNull(), cut(b.kind), b.store, cut(b.product), b.quantity, b.day, b.clock, s.store.Search(b.phone), r.now.UnixMilli())
	if err == nil {
		r.changed, err = touchOne(ctx, tx, r)
	}
	return number, err
}

// reserve puts goods aside in a store, off its shelf, for some days; what was put aside
// under the number "instead" goes back.
func (s *Shop) reserve(ctx context.Context, tx *sql.Tx, r *request) (Result, error) {
	if r.args["product"] == "" {
		return missing("product"), nil
	}
	p, found, err := s.productNamed(ctx, tx, r.args["product"])
	if err != nil || !found {
		return Result{Code: CodeNotFound}, err
	}
	where, phone, flaw, err := s.whereAndWho(ctx, tx, r)
	if flaw != nil || err != nil {
		return deref(flaw), err
	}
	quantity, err := strconv.Atoi(cmp.Or(r.args["quantity"], "1"))
	if err != nil {
		return invalid("quantity"), nil //nolint:nilerr // the caller's mistake, told by its code
	}
	facts := &policy.Facts{Args: r.args, Place: policy.Place{Quantity: quantity, Clock: -1}}
	if facts.Member, err = s.standing(ctx, tx, r); err != nil {
		return Result{}, err
	}
	return s.putAside(ctx, tx, r, aside{product: p, place: where, phone: phone, facts: facts})
}

// aside is what is to be put aside, and where.
type aside struct {
	product product
	place   place
	phone   string
	facts   *policy.Facts
}

func (s *Shop) putAside(ctx context.Context, tx *sql.Tx, r *request, a aside) (Result, error) {
	p, where, facts := a.product, a.place, a.facts
	err := tx.QueryRowContext(ctx, `SELECT quantity FROM stock WHERE store_id = $1 AND product_id = $2`, where.id, p.id).Scan(&facts.Place.Left)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return Result{}, err
	}
	refusal, err := s.rules.Ask(OpPickup, facts)
	if err != nil || refusal != nil {
		return refusedBy(refusal), err
	}
	done, err := tx.ExecContext(ctx, `UPDATE stock SET quantity = quantity - $3 WHERE store_id = $1 AND product_id = $2 AND quantity >= $3`,
		where.id, p.id, facts.Place.Quantity)
	if err != nil {
		return Result{}, err
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return Result{Code: CodeNoStock, Rows: []map[string]string{{"product": r.pick(p.zh, p.en)}}}, err
	}
	if number := cleanNumber(r.args["instead"]); number != "" {
		if done, err := s.callOff(ctx, tx, r, number); !done.OK || err != nil {
			if err == nil { // a refusal writes nothing
				_, err = tx.ExecContext(ctx, `UPDATE stock SET quantity = quantity + $3 WHERE store_id = $1 AND product_id = $2`, where.id, p.id, facts.Place.Quantity)
			}
			return done, err
		}
	}
	until := r.now.AddDate(0, 0, s.rules.Value("pickup_days", 3)).Format(time.DateOnly)
	number, err := s.writeBooking(ctx, tx, r, booking{kind: "pickup", store: where.id, product: p.id, day: until, phone: a.phone, quantity: facts.Place.Quantity})
	return Result{OK: true, Rows: []map[string]string{{
		"number": number, "store": r.pick(where.zh, where.en), "address": r.pick(where.addressZH, where.addressEN),
		"product": r.pick(p.zh, p.en), "until": until, "hours": r.pick(where.hoursZH, where.hoursEN), "quantity": strconv.Itoa(facts.Place.Quantity),
	}}}, err
}

// unbook calls a booking of the member's off, and puts what was aside back. A caller
// whom nobody knows has no booking to call off.
func (s *Shop) unbook(ctx context.Context, tx *sql.Tx, r *request) (Result, error) {
	number := cleanNumber(r.args["number"])
	if number == "" {
		return missing("number"), nil
	}
	return s.callOff(ctx, tx, r, number)
}

func (s *Shop) callOff(ctx context.Context, tx *sql.Tx, r *request, number string) (Result, error) {
	var b booking
	var zh, en string
	err := tx.QueryRowContext(ctx, `UPDATE bookings SET cancelled_at = $3 WHERE number = $1 AND member_id = $2 AND cancelled_at IS NULL
		RETURNING kind, store_id, product_id, quantity, day, clock`, number, string(r.member), r.now.UnixMilli()).
		Scan(&b.kind, &b.store, &b.product, &b.quantity, &b.day, &b.clock)
	if errors.Is(err, sql.ErrNoRows) {
		return Result{Code: CodeNotFound}, nil
	}
	if err == nil && b.quantity > 0 {
		_, err = tx.ExecContext(ctx, `UPDATE stock SET quantity = quantity + $3 WHERE store_id = $1 AND product_id = $2`, b.store, b.product, b.quantity)
	}
	if err == nil {
		err = tx.QueryRowContext(ctx, `SELECT name_zh, name_en FROM stores WHERE id = $1`, b.store).Scan(&zh, &en)
	}
	if err == nil {
		r.changed, err = touchOne(ctx, tx, r)
	}
	return Result{OK: true, Rows: []map[string]string{{
		"number": number, "kind": b.kind, "store": r.pick(zh, en), "date": b.day, "time": b.clock,
	}}}, err
}
