package tag

import (
	"context"
	"database/sql"
	"encoding/json"
	"strconv"
	"time"

	"huike/member"
	"huike/member/store"
)

// history is what one member has done, and is labelled with.
type history struct {
	env
	tags []member.Tag
	due  *int64 // as it is kept; nil: not at all
}

// reader reads the histories of several members in one transaction.
type reader struct {
	store *store.Store
	tx    *sql.Tx
	place *time.Location
	need  *need
	from  int64 // ms; nothing before it matters
	all   map[member.ID]*history
	ids   []string
}

// read returns the histories of those of the ids that are members.
func (k *Keeper) read(ctx context.Context, tx *sql.Tx, n *need, ids []member.ID, now time.Time) (map[member.ID]*history, error) {
	r := &reader{store: k.store, tx: tx, place: k.store.Place(), need: n, all: make(map[member.ID]*history, len(ids))}
	if !n.all {
		r.from = now.Add(-n.reach).Truncate(dayLong).UnixMilli() // the same statements all day
	}
	for _, id := range ids {
		r.ids = append(r.ids, string(id))
	}
	steps := []func(context.Context) error{r.members, r.tags}
	for list, step := range map[string]func(context.Context) error{"orders": r.orders, "items": r.items, "events": r.events, "contacts": r.contacts} {
		if n.lists[list] {
			steps = append(steps, step)
		}
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return r.all, nil
}

// each asks for all members; IN? stands for their ids.
func (r *reader) each(ctx context.Context, statement string, row func(scan func(...any) error) error) error {
	return r.store.EachOf(ctx, r.tx, row, statement, r.ids)
}

func (r *reader) members(ctx context.Context) error {
	return r.each(ctx, `SELECT m.id, COALESCE(m.tier, ''), COALESCE(m.stage, ''), COALESCE(m.channel, ''), d.at
		FROM members m LEFT JOIN tag_due d ON d.member_id = m.id WHERE m.id IN?`, func(scan func(...any) error) error {
		var id member.ID
		h := &history{}
		err := scan(&id, &h.Tier, &h.Stage, &h.Channel, &h.due)
		r.all[id] = h
		return err
	})
}

func (r *reader) tags(ctx context.Context) error {
	return r.each(ctx, `SELECT member_id, name, source, author, at, until FROM tags WHERE member_id IN? ORDER BY member_id, name`, func(scan func(...any) error) error {
		var id member.ID
		var t member.Tag
		var at int64
		var until *int64
		err := scan(&id, &t.Name, &t.Source, &t.Author, &at, &until)
		t.At = time.UnixMilli(at)
		if until != nil {
			end := time.UnixMilli(*until)
			t.Until = &end
		}
		r.all[id].tags = append(r.all[id].tags, t)
		return err
	})
}

// since is the condition that leaves out what no window reaches.
func (r *reader) since(column string) string {
	if r.from <= 0 {
		return ""
	}
	return " AND " + column + " > " + strconv.FormatInt(r.from, 10)
}

func (r *reader) orders(ctx context.Context) error {
	return r.each(ctx, `SELECT member_id, number, status, placed_at, coupon, total FROM orders
		WHERE member_id IN? AND status NOT IN ('returned', 'cancelled')`+r.since("placed_at")+` ORDER BY placed_at, number`, func(scan func(...any) error) error {
		var id member.ID
		var at int64
		f := &Fact{Kind: "order"}
		err := scan(&id, &f.ID, &f.Status, &at, &f.Coupon, &f.Total)
		f.when(at, r.place)
		r.all[id].Orders = append(r.all[id].Orders, f)
		return err
	})
}

func (r *reader) items(ctx context.Context) error {
	return r.each(ctx, `SELECT o.member_id, o.number, o.status, o.placed_at, o.coupon, i.product_id, i.quantity, i.price,
		COALESCE(p.category, i.category), COALESCE(p.brand, ''), COALESCE(p.price, 0)
		FROM orders o JOIN order_items i ON i.order_number = o.number LEFT JOIN products p ON p.id = i.product_id
		WHERE o.member_id IN? AND o.status NOT IN ('returned', 'cancelled')`+r.since("o.placed_at")+` ORDER BY o.placed_at, o.number, i.product_id`, func(scan func(...any) error) error {
		var id member.ID
		var at int64
		f := &Fact{Kind: "item"}
		err := scan(&id, &f.ID, &f.Status, &at, &f.Coupon, &f.Product, &f.Quantity, &f.Price, &f.Category, &f.Brand, &f.List)
		f.when(at, r.place)
		r.all[id].Items = append(r.all[id].Items, f)
		return err
	})
}

func (r *reader) events(ctx context.Context) error {
	data := "''" // what nobody looks at is not opened
	if r.need.data {
		data = "e.data"
	}
	return r.each(ctx, `SELECT e.member_id, e.id, e.kind, e.at, e.product_id, COALESCE(p.category, ''),
		CASE WHEN e.brand <> '' THEN e.brand ELSE COALESCE(p.brand, '') END, e.store_id, COALESCE(s.name_zh, e.store_id), e.zone, e.lasted, e.removed, `+data+`
		FROM events e LEFT JOIN products p ON p.id = e.product_id LEFT JOIN stores s ON s.id = e.store_id
		WHERE e.member_id IN?`+r.since("e.at")+r.need.among("e.kind")+` ORDER BY e.at, e.id`, func(scan func(...any) error) error {
		var id member.ID
		var at, lasted int64
		var data string
		f := &Fact{}
		err := scan(&id, &f.ID, &f.Kind, &at, &f.Product, &f.Category, &f.Brand, &f.Store, &f.Place, &f.Zone, &lasted, &f.Removed, &data)
		f.when(at, r.place)
		f.Seconds = float64(lasted) / 1000
		if data != "" {
			_ = json.Unmarshal([]byte(data), &f.Data) // was checked when the event was taken
		}
		r.all[id].Events = append(r.all[id].Events, f)
		return err
	})
}

func (r *reader) contacts(ctx context.Context) error {
	return r.each(ctx, `SELECT member_id, CAST(id AS TEXT), at, channel, intent, outcome, complaint, COALESCE(rating, 0) FROM interactions
		WHERE member_id IN?`+r.since("at")+` ORDER BY at, id`, func(scan func(...any) error) error {
		var id member.ID
		var at int64
		f := &Fact{Kind: "contact"}
		err := scan(&id, &f.ID, &at, &f.Channel, &f.Intent, &f.Outcome, &f.Complaint, &f.Rating)
		f.when(at, r.place)
		r.all[id].Contacts = append(r.all[id].Contacts, f)
		return err
	})
}
