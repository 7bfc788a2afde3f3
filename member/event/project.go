package event

import (
	"cmp"
	"context"
	"database/sql"
	"maps"
	"slices"
	"strings"

	"huike/member"
	"huike/member/store"
)

// before reads what is known already of that of which the batch tells: the events of each
// thing, by its name.
func (b *batch) before(ctx context.Context, tx *sql.Tx, good []*stored) (map[string][]happened, error) {
	things := make(map[string][]happened, len(good))
	var names []string
	for _, e := range good {
		if e.entity == "" {
			continue
		}
		if _, named := things[e.entity]; named {
			continue
		}
		things[e.entity] = nil
		if !strings.HasPrefix(e.entity, "contact ") { // of that tells one event alone
			names = append(names, e.entity)
		}
	}
	err := b.in.store.EachOf(ctx, tx, func(scan func(...any) error) error {
		var h happened
		var data string
		err := scan(&h.entity, &h.key, &h.kind, &h.member, &h.at, &data)
		if err == nil {
			err = h.read(data)
		}
		things[h.entity] = append(things[h.entity], h)
		return err
	}, `SELECT entity, id, kind, member_id, at, `+store.Opened("events.data")+` FROM events WHERE entity IN? AND entity <> ''`, names)
	return things, err
}

// project works out again what the batch's events tell of, from all events of it, and
// returns whose records that changed.
func (b *batch) project(ctx context.Context, tx *sql.Tx, things map[string][]happened) (map[member.ID]bool, error) {
	touched := map[member.ID]bool{}
	news := make(map[string]bool, len(b.fresh))
	for _, e := range b.fresh {
		if e.entity == "" {
			continue
		}
		if !news[e.entity] {
			news[e.entity] = true
			for i := range things[e.entity] {
				h := &things[e.entity][i]
				touched[h.member] = true
				if b.matters(h.kind) {
					b.label[h.member] = true
				}
			}
		}
		things[e.entity] = append(things[e.entity], happened{e.entity, e.key, e.Kind, e.owner, e.At.UnixMilli(), e.facts})
	}
	p := projection{store: b.in.store}
	for _, name := range slices.Sorted(maps.Keys(news)) {
		events := things[name]
		slices.SortFunc(events, func(x, y happened) int { return cmp.Or(cmp.Compare(x.at, y.at), cmp.Compare(x.key, y.key)) })
		p.add(name, events)
	}
	return touched, p.write(ctx, tx)
}

// projection is rows to be written.
type projection struct {
	store                                           *store.Store
	orders                                          []order
	stages                                          []stage
	orderRows, lineRows, coupons, tickets, contacts [][]any
}

func (p *projection) add(name string, events []happened) {
	kind, id, _ := strings.Cut(name, " ")
	switch kind {
	case "order":
		p.orders = append(p.orders, foldOrder(events))
		return
	case "stage":
		p.stages = append(p.stages, foldStage(events))
		return
	case "coupon":
		c := foldCoupon(events)
		p.coupons = append(p.coupons, []any{c.code, string(c.member), c.name, c.nameEN, c.off, c.least, c.category, c.expires, c.used})
		return
	case "ticket":
		t := foldTicket(id, events)
		p.tickets = append(p.tickets, []any{t.number, string(t.member), Complaint, p.store.SealAt("tickets.text", t.number, t.text), t.created, t.resolved})
	}
	c := foldContact(name, events)
	at := c.At.UnixMilli()
	if c.Summary != nil {
		c.Summary = new(p.store.SealAt("interactions.summary", store.ContactRow(at, c.Channel, c.Call, c.entity), *c.Summary))
	}
	p.contacts = append(p.contacts, []any{string(c.member), at, c.Channel, c.Call, c.Intent, c.Outcome, c.Complaint, c.Rating, c.Summary, c.entity})
}

func (p *projection) write(ctx context.Context, tx *sql.Tx) error {
	if err := p.writeOrders(ctx, tx); err != nil {
		return err
	}
	for _, s := range p.stages {
		if s.name == "" { // nothing but transitions from where the member was not
			continue
		}
		_, err := tx.ExecContext(ctx, `UPDATE members SET stage = $2 WHERE id = $1 AND (stage IS NULL OR stage <> $3)`, string(s.member), s.name, StageMember)
		if err != nil {
			return err
		}
	}
	err := p.store.Insert(ctx, tx, `coupons (code, member_id, name_zh, name_en, off, min_spend, category, expires_at, used_at)`,
		` ON CONFLICT (code) DO UPDATE SET member_id = excluded.member_id, name_zh = excluded.name_zh, name_en = excluded.name_en, off = excluded.off,
		min_spend = excluded.min_spend, category = excluded.category, expires_at = excluded.expires_at, used_at = excluded.used_at`, p.coupons)
	if err == nil {
		err = p.store.Insert(ctx, tx, `tickets (number, member_id, kind, text, created_at, resolved_at)`,
			` ON CONFLICT (number) DO UPDATE SET text = excluded.text, created_at = excluded.created_at, resolved_at = excluded.resolved_at`, p.tickets)
	}
	if err == nil {
		err = p.store.Insert(ctx, tx, `interactions (member_id, at, channel, call, intent, outcome, complaint, rating, summary, event)`,
			` ON CONFLICT (event) DO UPDATE SET member_id = excluded.member_id, at = excluded.at, channel = excluded.channel, call = excluded.call,
			intent = excluded.intent, outcome = excluded.outcome, complaint = excluded.complaint, rating = excluded.rating, summary = excluded.summary`, p.contacts)
	}
	return err
}

// writeOrders writes the orders and their lines. A return of an order that no event
// has told of changes the status of one that is there, and is kept for one that is not.
func (p *projection) writeOrders(ctx context.Context, tx *sql.Tx) error {
	var relined []string
	for i := range p.orders {
		o := &p.orders[i]
		if !o.real {
			if o.status == "returned" {
				if _, err := tx.ExecContext(ctx, `UPDATE orders SET status = $2 WHERE number = $1`, o.number, o.status); err != nil {
					return err
				}
			}
			continue
		}
		var total int64
		if o.total != nil {
			total = *o.total
		}
		p.orderRows = append(p.orderRows, []any{o.number, string(o.member), o.status, o.placed, o.eta, o.delivered, o.coupon, total})
		if o.linesKnown {
			relined = append(relined, o.number)
		}
		for _, l := range o.lines {
			p.lineRows = append(p.lineRows, []any{o.number, l.Product, l.count(), l.Price, l.Name, l.Category})
		}
	}
	err := p.store.Insert(ctx, tx, `orders (number, member_id, status, placed_at, eta, delivered_at, coupon, total)`,
		` ON CONFLICT (number) DO UPDATE SET member_id = excluded.member_id, status = excluded.status, placed_at = excluded.placed_at, eta = excluded.eta,
		delivered_at = excluded.delivered_at, coupon = excluded.coupon, total = excluded.total`, p.orderRows)
	if err == nil && len(relined) > 0 {
		err = p.store.EachOf(ctx, tx, func(scan func(...any) error) error {
			var number string
			return scan(&number)
		}, `DELETE FROM order_items WHERE order_number IN? RETURNING order_number`, relined)
	}
	if err == nil {
		err = p.store.Insert(ctx, tx, `order_items (order_number, product_id, quantity, price, name, category)`, ``, p.lineRows)
	}
	return err
}
