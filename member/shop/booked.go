package shop

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"time"

	"huike/member/shop/policy"
	"huike/member/store"
)

// bookings answers with what the member has booked or has had put aside and is still to
// come, the next first. What the arguments name narrows it: a number for good; of
// a kind, a store and a day, to those that fit most of them.
func (s *Shop) bookings(ctx context.Context, tx *sql.Tx, r *request) (Result, error) {
	all, err := s.booked(ctx, tx, r)
	if err != nil {
		return Result{}, err
	}
	number := cleanNumber(r.args["number"])
	rows := []map[string]string{}
	for _, b := range all {
		if (number == "" || b["number"] == number) && (r.args["change"] != changeMove || b["time"] != "") {
			rows = append(rows, b)
		}
	}
	if number == "" {
		rows = closest(rows, map[string]string{"kind": r.args["kind"], "store_id": r.args["store"], "date": r.args["date"]})
	}
	if len(rows) == 0 {
		return Result{Code: CodeNotFound}, nil
	}
	return Result{OK: true, Rows: rows}, nil
}

// changeMove asks for those bookings alone that have an hour.
const changeMove = "move"

// closest keeps the rows that have the most of the values said, by column: all that say as
// much of one thing as others say of another, so that nobody's order decides.
func closest(rows []map[string]string, said map[string]string) []map[string]string {
	var fit []map[string]string
	most := 0
	for _, row := range rows {
		n := 0
		for column, value := range said {
			if value != "" && row[column] == value {
				n++
			}
		}
		if n > most {
			fit, most = nil, n
		}
		if n == most {
			fit = append(fit, row)
		}
	}
	return fit
}

func (s *Shop) booked(ctx context.Context, tx *sql.Tx, r *request) ([]map[string]string, error) {
	var rows []map[string]string
	err := store.Each(ctx, tx, func(scan func(...any) error) error {
		var number, kind, storeID, zh, en, day, clock, productZH, productEN string
		err := scan(&number, &kind, &storeID, &zh, &en, &day, &clock, &productZH, &productEN)
		what := kind
		if clock == "" && productEN+productZH != "" {
			what = r.pick(productZH, productEN)
		}
		rows = append(rows, map[string]string{
			"what": what, "number": number, "kind": kind, "store_id": storeID, "store": r.pick(zh, en), "date": day, "time": clock, "product": r.pick(productZH, productEN),
		})
		return err
	}, `SELECT b.number, b.kind, b.store_id, s.name_zh, s.name_en, b.day, b.clock, COALESCE(p.name_zh, ''), COALESCE(p.name_en, '')
		FROM bookings b JOIN stores s ON s.id = b.store_id LEFT JOIN products p ON p.id = b.product_id
		WHERE b.member_id = $1 AND b.cancelled_at IS NULL AND (b.day > $2 OR b.day = $2 AND (b.clock = '' OR b.clock >= $3))
		ORDER BY b.day, b.clock, b.number`, string(r.member), r.now.Format(time.DateOnly), r.now.Format("15:04"))
	return rows, err
}

// rebook moves a booking of the member's to another day, hour or store. It keeps its
// number, and its place until the other is free.
func (s *Shop) rebook(ctx context.Context, tx *sql.Tx, r *request) (Result, error) {
	number := cleanNumber(r.args["number"])
	if number == "" {
		return missing("number"), nil
	}
	var b booking
	err := tx.QueryRowContext(ctx, `SELECT kind, store_id, day, clock FROM bookings
		WHERE number = $1 AND member_id = $2 AND cancelled_at IS NULL AND clock <> ''`, number, string(r.member)).
		Scan(&b.kind, &b.store, &b.day, &b.clock)
	if errors.Is(err, sql.ErrNoRows) {
		return Result{Code: CodeNotFound}, nil
	}
	if err != nil {
		return Result{}, err
	}
	r.args["date"], r.args["time"] = cmp.Or(r.args["date"], b.day), cmp.Or(r.args["time"], b.clock)
	r.args["store"] = cmp.Or(r.args["store"], b.store)
	slot, flaw, err := s.askForPlace(ctx, tx, r, number, OpBooking, OpBookingMove)
	if flaw != nil || err != nil {
		return deref(flaw), err
	}
	if slot.where.id == b.store && r.args["date"] == b.day && r.args["time"] == b.clock {
		return Result{Code: "same", Rows: []map[string]string{{"number": number, "date": b.day, "time": b.clock}}}, nil
	}
	_, err = tx.ExecContext(ctx, `UPDATE bookings SET store_id = $2, day = $3, clock = $4 WHERE number = $1`,
		number, slot.where.id, r.args["date"], r.args["time"])
	if err == nil {
		r.changed, err = touchOne(ctx, tx, r)
	}
	return Result{OK: true, Rows: []map[string]string{{
		"number": number, "kind": b.kind, "store": r.pick(slot.where.zh, slot.where.en), "address": r.pick(slot.where.addressZH, slot.where.addressEN),
		"date": r.args["date"], "time": r.args["time"],
	}}}, err
}

// slot is a place at an hour that may be had.
type slot struct {
	where place
	phone string
}

// askForPlace reads where and when somebody wants to come and asks the rules of ops whether
// that may be; the booking number, where there is one, is not counted. A flaw says why not.
func (s *Shop) askForPlace(ctx context.Context, tx *sql.Tx, r *request, number string, ops ...string) (_ slot, flaw *Result, err error) {
	day, err := time.ParseInLocation(time.DateOnly, r.args["date"], s.store.Place())
	switch {
	case r.args["date"] == "":
		return slot{}, new(missing("date")), nil
	case err != nil:
		return slot{}, new(invalid("date")), nil //nolint:nilerr // the caller's mistake, told by its code
	}
	minutes := -1
	if clock := r.args["time"]; clock != "" {
		t, err := time.Parse("15:04", clock)
		if err != nil {
			return slot{}, new(invalid("time")), nil //nolint:nilerr // as above
		}
		minutes = t.Hour()*60 + t.Minute()
	}
	where, phone, flaw, err := s.whereAndWho(ctx, tx, r)
	if flaw != nil || err != nil {
		return slot{}, flaw, err
	}
	facts := &policy.Facts{Args: r.args}
	if facts.Member, err = s.standing(ctx, tx, r); err != nil {
		return slot{}, nil, err
	}
	today := time.Date(r.now.Year(), r.now.Month(), r.now.Day(), 0, 0, 0, 0, r.now.Location())
	facts.Place.Days = int(day.Sub(today).Round(24*time.Hour) / (24 * time.Hour))
	facts.Place.Clock = minutes
	facts.Place.Past = facts.Place.Days == 0 && minutes >= 0 && minutes < r.now.Hour()*60+r.now.Minute()
	err = tx.QueryRowContext(ctx, `SELECT (SELECT COUNT(*) FROM bookings WHERE store_id = $1 AND day = $2 AND clock = $3 AND cancelled_at IS NULL AND clock <> '' AND number <> $6),
		(SELECT COUNT(*) FROM bookings WHERE member_id = $4 AND day >= $5 AND cancelled_at IS NULL AND number <> $6)`,
		where.id, r.args["date"], r.args["time"], string(r.member), today.Format(time.DateOnly), number).Scan(&facts.Place.Taken, &facts.Place.Own)
	if err != nil {
		return slot{}, nil, err
	}
	for _, op := range ops {
		if refusal, err := s.rules.Ask(op, facts); refusal != nil || err != nil {
			return slot{}, new(refusedBy(refusal)), err
		}
	}
	return slot{where, phone}, nil, nil
}
