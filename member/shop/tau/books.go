package tau

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"huike/member"
	"huike/member/store"
)

// hundredths turns the reference's money into the shop's.
func hundredths(v float64) int64 { return int64(math.Round(v * 100)) }

func jsonText(v any) string {
	text, err := json.Marshal(v)
	if err != nil { // texts in maps and structs always can
		return ""
	}
	return string(text)
}

// writer writes into one transaction. The first error stands, and what follows it does
// nothing.
type writer struct {
	tx    *sql.Tx
	store *store.Store
	err   error
}

func (w *writer) exec(ctx context.Context, query string, args ...any) {
	if w.err == nil {
		_, w.err = w.tx.ExecContext(ctx, query, args...)
	}
}

// fill writes the database into an empty store, and watches what is changed from then on.
func fill(ctx context.Context, s *store.Store, d *Database) error {
	return s.Change(ctx, func(tx *sql.Tx) error {
		w := &writer{tx: tx, store: s}
		for _, id := range slices.Sorted(maps.Keys(d.Products)) {
			w.product(ctx, d.Products[id])
		}
		for _, id := range slices.Sorted(maps.Keys(d.Users)) {
			if w.err == nil {
				w.err = s.CreateIn(ctx, tx, profileOf(id, d.Users[id]))
			}
			w.user(ctx, id, d.Users[id])
		}
		place := places(d)
		for _, id := range slices.Sorted(maps.Keys(d.Orders)) {
			w.order(ctx, d.Orders[id], place[id])
		}
		w.watch(ctx)
		return w.err
	})
}

func profileOf(id string, u *User) *member.Profile {
	p := &member.Profile{ID: member.ID(id)}
	p.Basic.Name = &member.Name{FamilyEN: u.Name.Last, GivenEN: u.Name.First}
	if h, err := member.NewHandle(member.HandleEmail, u.Email); err == nil {
		p.Handles = []member.Handle{h}
	}
	p.SetConsent(member.Grant{Purpose: member.PurposeService, Given: true, At: time.UnixMilli(0), Notice: "tau"})
	return p
}

// places is the order of each user's orders.
func places(d *Database) map[string]int64 {
	place := map[string]int64{}
	for _, u := range d.Users {
		for i, id := range u.Orders {
			place[id] = int64(i + 1)
		}
	}
	return place
}

func (w *writer) product(ctx context.Context, p *Product) {
	var least int64
	for _, v := range p.Variants {
		if price := hundredths(v.Price); least == 0 || price < least {
			least = price
		}
	}
	w.exec(ctx, `INSERT INTO products (id, name_zh, name_en, category, price) VALUES ($1, '', $2, '', $3)`, p.ID, p.Name, least)
	for _, id := range slices.Sorted(maps.Keys(p.Variants)) {
		v := p.Variants[id]
		w.exec(ctx, `INSERT INTO variants (product_id, id, options, price, available) VALUES ($1, $2, $3, $4, $5)`,
			p.ID, id, jsonText(v.Options), hundredths(v.Price), v.Available)
	}
}

// user writes what a user has besides his profile, in place of what he had.
func (w *writer) user(ctx context.Context, id string, u *User) {
	w.exec(ctx, `UPDATE members SET address = $2, given_en = $3, family_en = $4 WHERE id = $1`,
		id, w.store.SealAt("members.address", id, jsonText(u.Address)),
		w.store.SealAt("members.given_en", id, u.Name.First), w.store.SealAt("members.family_en", id, u.Name.Last))
	if w.err == nil {
		w.err = w.store.IndexName(ctx, w.tx, member.ID(id))
	}
	w.exec(ctx, `DELETE FROM payment_methods WHERE member_id = $1`, id)
	for _, name := range slices.Sorted(maps.Keys(u.Methods)) {
		m := u.Methods[name]
		var balance *int64
		if m.Balance != nil {
			v := hundredths(*m.Balance)
			balance = &v
		}
		w.exec(ctx, `INSERT INTO payment_methods (id, member_id, source, brand, last_four, balance) VALUES ($1, $2, $3, $4, $5, $6)`,
			name, id, m.Source, m.Brand, m.LastFour, balance)
	}
}

// order writes an order in place of what is there of it.
func (w *writer) order(ctx context.Context, o *Order, place int64) {
	var total int64
	for _, i := range o.Items {
		total += hundredths(i.Price)
	}
	w.exec(ctx, `DELETE FROM orders WHERE number = $1`, o.ID)
	w.exec(ctx, `INSERT INTO orders (number, member_id, status, placed_at, total, address) VALUES ($1, $2, $3, $4, $5, $6)`,
		o.ID, o.User, o.Status, place, total, w.store.SealAt("orders.address", o.ID, jsonText(o.Address)))
	for _, i := range o.Items {
		w.exec(ctx, `INSERT INTO order_items (order_number, product_id, quantity, price, name, item_id, options) VALUES ($1, $2, 1, $3, $4, $5, $6)`,
			o.ID, i.Product, hundredths(i.Price), i.Name, i.ID, jsonText(i.Options))
	}
	for _, p := range o.Payments {
		w.exec(ctx, `INSERT INTO payments (order_number, kind, amount, method_id) VALUES ($1, $2, $3, $4)`, o.ID, p.Kind, hundredths(p.Amount), p.Method)
	}
}

// watch has the books note every row that is changed, by what it belongs to.
func (w *writer) watch(ctx context.Context) {
	w.exec(ctx, `CREATE TABLE touched (kind TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (kind, id))`)
	for table, of := range map[string][2]string{
		"orders": {orders, "number"}, "order_items": {orders, "order_number"}, "payments": {orders, "order_number"}, "order_changes": {orders, "order_number"},
		"members": {users, "id"}, "payment_methods": {users, "member_id"}, "handles": {users, "member_id"},
		"products": {products, "id"}, "variants": {products, "product_id"},
	} {
		for event, row := range map[string]string{"INSERT": "NEW", "UPDATE": "NEW", "DELETE": "OLD"} {
			w.exec(ctx, fmt.Sprintf(`CREATE TRIGGER touched_%s_%s AFTER %s ON %s BEGIN INSERT OR IGNORE INTO touched VALUES ('%s', %s.%s); END`,
				table, event, event, table, of[0], row, of[1]))
		}
	}
}

// restore brings what was touched back to what it was.
func restore(ctx context.Context, s *store.Store, d *Database, all []touched) error {
	place := places(d)
	return s.Change(ctx, func(tx *sql.Tx) error {
		w := &writer{tx: tx, store: s}
		for _, t := range all {
			switch {
			case t.kind == orders && d.Orders[t.id] != nil:
				w.order(ctx, d.Orders[t.id], place[t.id])
			case t.kind == users && d.Users[t.id] != nil:
				w.user(ctx, t.id, d.Users[t.id])
			default:
				return fmt.Errorf("%s %s is new in the books and cannot be taken back", t.kind, t.id)
			}
		}
		w.exec(ctx, `DELETE FROM touched`)
		return w.err
	})
}
