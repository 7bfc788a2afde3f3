package shop

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"huike/member"
	"huike/member/predict"
	"huike/member/predict/churn"
	"huike/member/store"
)

// Outlook is what the shop's past foretells of its members: it is made anew by a
// schedule, and read only once it is made. It knows only who has agreed to profiling.
type Outlook struct {
	At      time.Time
	Models  *predict.Shop
	Risk    *churn.Model // nil where the past teaches nothing: see NoRisk
	NoRisk  error        // why
	members map[member.ID]bought
	usual   map[string]time.Duration // how long a unit of a consumable lasts, by product
	order   []member.ID

	once  sync.Once
	risks []Risked
}

// bought is what one member has bought.
type bought struct {
	all        []predict.Purchase
	byCategory map[string][]predict.Purchase
	consumable map[string][]predict.Purchase // by product
}

// horizon is how far a forecast and a risk look ahead.
const horizon = 90 * 24 * time.Hour

// Foresee makes the outlook of a store's members.
func Foresee(ctx context.Context, s *store.Store, now time.Time) (*Outlook, error) {
	o := &Outlook{At: now.In(s.Place()), members: map[member.ID]bought{}, usual: map[string]time.Duration{}}
	if err := s.View(ctx, func(tx *sql.Tx) error { return o.read(ctx, tx, "") }); err != nil {
		return nil, fmt.Errorf("outlook: %w", err)
	}
	lists := map[string][][]predict.Purchase{}
	paces := map[string][]time.Duration{}
	for _, id := range o.order {
		b := o.members[id]
		lists[""] = append(lists[""], b.all)
		for category, purchases := range b.byCategory {
			lists[category] = append(lists[category], purchases)
		}
		for product, purchases := range b.consumable {
			if each, n := predict.PerUnit(predict.Days(purchases, o.At)); n > 0 {
				paces[product] = append(paces[product], each)
			}
		}
	}
	for product, all := range paces {
		slices.Sort(all)
		o.usual[product] = all[len(all)/2]
	}
	var err error
	if o.Models, err = predict.NewShop(predict.BGNBD, lists, o.At); err != nil {
		return nil, fmt.Errorf("outlook: %w", err)
	}
	if o.Risk, err = churn.Train(lists[""], o.At, horizon); err != nil {
		o.NoRisk = err
		if !errors.Is(err, churn.ErrNoPast) {
			return nil, fmt.Errorf("outlook: %w", err)
		}
	}
	return o, nil
}

// read reads what members bought who have agreed to profiling: all of them, or one.
func (o *Outlook) read(ctx context.Context, tx *sql.Tx, one member.ID) error {
	last := "" // order
	return store.Each(ctx, tx, func(scan func(...any) error) error {
		var id member.ID
		var number, product, category string
		var at, total int64
		var units int
		var consumable bool
		if err := scan(&id, &number, &at, &total, &product, &units, &category, &consumable); err != nil {
			return err
		}
		b, known := o.members[id]
		if !known {
			b = bought{byCategory: map[string][]predict.Purchase{}, consumable: map[string][]predict.Purchase{}}
			o.order = append(o.order, id)
		}
		p := predict.Purchase{At: time.UnixMilli(at).In(o.At.Location()), Units: units}
		if consumable {
			b.consumable[product] = append(b.consumable[product], p)
		}
		if category != "" {
			b.byCategory[category] = append(b.byCategory[category], p)
		}
		if number != last {
			p.Money = total
			b.all = append(b.all, p)
		}
		last = number
		o.members[id] = b
		return nil
	}, `SELECT o.member_id, o.number, o.placed_at, o.total, i.product_id, i.quantity, COALESCE(p.category, i.category), COALESCE(p.consumable, $4)
		FROM orders o JOIN order_items i ON i.order_number = o.number LEFT JOIN products p ON p.id = i.product_id
		WHERE o.status NOT IN ('cancelled', 'returned') AND o.placed_at <= $1 AND ($2 = '' OR o.member_id = $2)
		AND (SELECT given FROM consents WHERE member_id = o.member_id AND purpose = 'service' ORDER BY id DESC LIMIT 1) = $3
		AND (SELECT given FROM consents WHERE member_id = o.member_id AND purpose = 'profiling' ORDER BY id DESC LIMIT 1) = $3
		ORDER BY o.member_id, o.placed_at, o.number, i.id`, o.At.UnixMilli(), string(one), true, false)
}

// Members are those of whom something can be foretold, in order of their ids.
func (o *Outlook) Members() []member.ID { return o.order }

// Forecast says what a member will do; false where nothing is known of him, or he has
// not agreed.
func (o *Outlook) Forecast(id member.ID) (predict.Forecast, bool) {
	b, known := o.members[id]
	if !known {
		return predict.Forecast{}, false
	}
	return o.Models.Of(favourite(b)).Forecast(b.all, o.At), true
}

// favourite is the category of which most was bought.
func favourite(b bought) (category string) {
	most := 0
	for name, purchases := range b.byCategory {
		if n := len(purchases); n > most || n == most && name < category {
			category, most = name, n
		}
	}
	if most < len(b.all) {
		return "" // no category says all of it
	}
	return category
}

// Warning is a member who may be about to be lost (F1).
type Warning struct {
	ID   member.ID
	Rule churn.Warning // by the reading that was asked for
	Risk float64       // that he buys nothing for 90 days, 0 to 1; 0 where nothing was learned
}

// Warnings are the members who are overdue by a reading of the rule, the likeliest to be
// lost first.
func (o *Outlook) Warnings(reading churn.Reading) []Warning {
	var all []Warning
	for _, id := range o.order {
		purchases := o.members[id].all
		w, ok := churn.Warn(purchases, o.At, reading)
		if !ok || !w.Overdue {
			continue
		}
		one := Warning{ID: id, Rule: w}
		if o.Risk != nil {
			one.Risk = o.Risk.Risk(purchases)
		}
		all = append(all, one)
	}
	slices.SortStableFunc(all, func(a, b Warning) int {
		switch {
		case a.Risk > b.Risk:
			return -1
		case a.Risk < b.Risk:
			return 1
		}
		return 0
	})
	return all
}

// remindBefore and remindAfter are the days around a run-out in which a word about it is
// welcome.
const remindBefore, remindAfter = 7 * 24 * time.Hour, 10 * 24 * time.Hour

// Refill returns the consumable that is about to run out, the soonest, with when; false
// where there is none.
func (o *Outlook) Refill(id member.ID, now time.Time) (product string, due predict.Refill, ok bool) {
	for name, purchases := range o.members[id].consumable {
		r, can := predict.NewRefill(purchases, now, o.usual[name])
		if !can || !r.Due(now, remindBefore, remindAfter) {
			continue
		}
		if !ok || r.RunsOut.Before(due.RunsOut) || r.RunsOut.Equal(due.RunsOut) && name < product {
			product, due, ok = name, r, true
		}
	}
	return product, due, ok
}

// Foresee makes the shop's outlook anew, for what flows and recommendations ask of it.
func (s *Shop) Foresee(ctx context.Context) error {
	o, err := Foresee(ctx, s.store, time.Now())
	if err == nil {
		s.outlook.Store(o)
	}
	return err
}

// Refill returns the product that a member uses up and is about to run out of, by its
// id; "" where there is none, or where the member has not agreed to profiling. What he
// bought and agreed to is read anew.
func (s *Shop) Refill(ctx context.Context, id member.ID) (string, error) {
	if id == "" {
		return "", nil
	}
	now := &Outlook{At: time.Now().In(s.store.Place()), members: map[member.ID]bought{}}
	if made := s.outlook.Load(); made != nil {
		now.usual = made.usual
	}
	if err := s.store.View(ctx, func(tx *sql.Tx) error { return now.read(ctx, tx, id) }); err != nil {
		return "", fmt.Errorf("refill: %w", err)
	}
	product, _, _ := now.Refill(id, now.At)
	return product, nil
}
