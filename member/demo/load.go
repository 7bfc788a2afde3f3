package demo

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"huike/member"
	"huike/member/store"
)

const (
	fen    = 100 // in a yuan
	notice = "demo-1"
	noon   = "12:00"
)

// loader writes into one transaction. The first error stands, and what follows it
// does nothing.
type loader struct {
	tx     *sql.Tx
	store  *store.Store
	now    time.Time
	prices map[string]int64
	forms  map[string]variant // the first of each product
	err    error
}

func (l *loader) exec(ctx context.Context, query string, args ...any) {
	if l.err == nil {
		_, l.err = l.tx.ExecContext(ctx, query, args...)
	}
}

// day returns a moment some days from the first one, in milliseconds.
func (l *loader) day(days int, clock string) int64 {
	return l.at(days, clock).UnixMilli()
}

func (l *loader) at(days int, clock string) time.Time {
	if clock == "" {
		clock = noon
	}
	t, err := time.Parse("15:04", clock)
	if err != nil && l.err == nil {
		l.err = err
	}
	return time.Date(l.now.Year(), l.now.Month(), l.now.Day()+days, t.Hour(), t.Minute(), 0, 0, l.now.Location())
}

func (l *loader) shop(ctx context.Context, d *shopData) {
	for i, s := range d.Stores {
		l.exec(ctx, `INSERT INTO stores (id, rank, name_zh, name_en, aliases, address_zh, address_en, hours_zh, hours_en, phone)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			s.ID, i, s.ZH, s.EN, strings.Join(s.Aliases, "|"), s.AddressZH, s.AddressEN, s.HoursZH, s.HoursEN, s.Phone)
	}
	for _, p := range d.Products {
		l.prices[p.ID] = p.Price * fen
		l.exec(ctx, `INSERT INTO products (id, name_zh, name_en, aliases, category, brand, price, consumable, private)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			p.ID, p.ZH, p.EN, strings.Join(p.Aliases, "|"), p.Category, p.Brand, p.Price*fen, p.Consumable, p.Private)
		for _, place := range slices.Sorted(maps.Keys(p.Stock)) {
			l.exec(ctx, `INSERT INTO stock (store_id, product_id, quantity) VALUES ($1, $2, $3)`, place, p.ID, p.Stock[place])
		}
		for i, v := range p.Variants {
			if i == 0 {
				l.forms[p.ID] = v
			}
			l.exec(ctx, `INSERT INTO variants (product_id, id, options, price, available) VALUES ($1, $2, $3, $4, $5)`,
				p.ID, v.ID, l.json(v.Options), cmp.Or(v.Price, p.Price)*fen, !v.Sold)
		}
	}
}

func (l *loader) member(ctx context.Context, d *person) {
	if l.err != nil {
		return
	}
	p, err := l.profile(d)
	if err == nil {
		err = l.store.CreateIn(ctx, l.tx, p)
	}
	if err != nil {
		l.err = err
		return
	}
	for _, line := range d.Points {
		l.exec(ctx, `INSERT INTO points (member_id, at, delta, reason) VALUES ($1, $2, $3, $4)`, d.ID, l.day(line.Day, ""), line.Delta, line.Reason)
	}
	for _, f := range []member.Fact{
		{Name: member.FactBirthday, Kind: member.KindDate, Value: d.Birthday},
		{Name: member.FactPostcode, Kind: member.KindText, Value: d.Postcode},
	} {
		if f.Value != "" {
			l.exec(ctx, `INSERT INTO facts (id, member_id, name, kind, value, source, at) VALUES ($1, $2, $3, $4, $5, 'import', $6)`,
				d.ID+"/"+f.Name, d.ID, f.Name, f.Kind, l.store.SealAt("facts.value", d.ID+"/"+f.Name, f.Value), l.day(-400, ""))
		}
	}
	l.trade(ctx, d)
	for _, c := range d.Coupons {
		l.exec(ctx, `INSERT INTO coupons (code, member_id, name_zh, name_en, off, min_spend, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			c.Code, d.ID, c.ZH, c.EN, c.Off*fen, c.MinSpend*fen, l.day(c.Expires, "23:59"))
	}
	for i, e := range d.Events {
		l.exec(ctx, `INSERT INTO events (id, member_id, kind, product_id, at) VALUES ($1, $2, $3, $4, $5)`,
			d.ID+"/"+strconv.Itoa(i), d.ID, e.Kind, e.Product, l.day(e.Day, ""))
	}
	l.contacts(ctx, d)
}

func (l *loader) json(v any) string {
	text, err := json.Marshal(v)
	if err != nil && l.err == nil {
		l.err = err
	}
	return string(text)
}

// trade writes what a member pays with, where it is sent, and what was ordered.
func (l *loader) trade(ctx context.Context, d *person) {
	if d.Address != "" {
		l.exec(ctx, `UPDATE members SET address = $2 WHERE id = $1`, d.ID, l.store.SealAt("members.address", d.ID, l.json(map[string]string{"address1": d.Address})))
	}
	with := ""
	for _, m := range d.Pay {
		with = cmp.Or(with, m.ID)
		var balance *int64
		if m.Balance != nil {
			balance = orNull(*m.Balance * fen)
		}
		l.exec(ctx, `INSERT INTO payment_methods (id, member_id, source, brand, last_four, balance) VALUES ($1, $2, $3, $4, $5, $6)`,
			m.ID, d.ID, m.Source, m.Brand, m.LastFour, balance)
	}
	for i := range d.Orders {
		l.order(ctx, d.ID, with, &d.Orders[i])
	}
}

func (l *loader) contacts(ctx context.Context, d *person) {
	for _, c := range d.Interactions {
		l.exec(ctx, `INSERT INTO interactions (member_id, at, channel, intent, outcome, complaint, rating) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			d.ID, l.day(c.Day, c.Clock), c.Channel, c.Intent, c.Outcome, c.Complaint, orNull(c.Rating))
	}
	if c := d.Complaint; c != nil {
		l.exec(ctx, `INSERT INTO tickets (number, member_id, kind, text, created_at) VALUES ($1, $2, 'complaint', $3, $4)`,
			c.Ticket, d.ID, l.store.SealAt("tickets.text", c.Ticket, c.Text), l.day(c.Day, "16:00"))
	}
}

func (l *loader) profile(d *person) (*member.Profile, error) {
	p := &member.Profile{ID: member.ID(d.ID)}
	for _, number := range d.Phones {
		h, err := member.Phone(number)
		if err != nil {
			return nil, errors.New("member " + d.ID + ": " + err.Error())
		}
		p.Handles = append(p.Handles, h)
	}
	if d.Card != "" {
		p.Handles = append(p.Handles, member.Handle{Kind: member.HandleCard, Value: d.Card})
	}
	p.Basic = member.Basic{
		Name:      &member.Name{Family: d.Name.Family, Given: d.Name.Given, FamilyEN: d.Name.FamilyEN, GivenEN: d.Name.GivenEN},
		Gender:    orNull(member.Gender(d.Gender)),
		BirthYear: orNull(d.BirthYear),
		Channel:   orNull(d.Channel),
		Tier:      orNull(d.Tier),
		Lang:      orNull(d.Lang),
	}
	for _, purpose := range d.Consent {
		p.SetConsent(member.Grant{Purpose: purpose, Given: true, At: l.at(-200, ""), Notice: notice})
	}
	for _, tag := range d.Tags {
		p.Tags = append(p.Tags, member.Tag{Name: tag, Source: "agent", Author: "demo", At: l.at(-10, "")})
	}
	return p, nil
}

func (l *loader) order(ctx context.Context, id, with string, o *order) {
	status := "paid"
	var eta, delivered *int64
	if o.ETA != nil {
		eta = orNull(l.day(*o.ETA, "18:00"))
	}
	switch {
	case o.Delivered != nil:
		status, delivered = "delivered", orNull(l.day(*o.Delivered, "17:30"))
	case o.Shipped:
		status = "shipped"
	}
	carrierZH, carrierEN := carrier(o.Carrier)
	var total int64
	for product, n := range o.Items {
		total += int64(n) * l.prices[product]
	}
	l.exec(ctx, `INSERT INTO orders (number, member_id, status, placed_at, eta, delivered_at, carrier_zh, carrier_en, coupon, total)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		o.Number, id, status, l.day(o.Placed, o.Clock), eta, delivered, carrierZH, carrierEN, o.Coupon, total)
	for _, product := range slices.Sorted(maps.Keys(o.Items)) {
		form := l.forms[product]
		options := "{}"
		if form.ID != "" {
			options = l.json(form.Options)
		}
		l.exec(ctx, `INSERT INTO order_items (order_number, product_id, quantity, price, item_id, options) VALUES ($1, $2, $3, $4, $5, $6)`,
			o.Number, product, o.Items[product], l.prices[product], form.ID, options)
	}
	if with != "" {
		l.exec(ctx, `INSERT INTO payments (order_number, kind, amount, method_id) VALUES ($1, 'payment', $2, $3)`, o.Number, total, with)
	}
}

func carrier(code string) (zh, en string) {
	switch code {
	case "sf":
		return "顺丰快递", "SF Express"
	case "jd":
		return "京东物流", "JD Logistics"
	case "yto":
		return "圆通快递", "YTO Express"
	}
	return "", ""
}

func orNull[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}
