package event

import (
	"context"
	"database/sql"
	"strings"

	"github.com/google/uuid"

	"huike/member"
	"huike/member/store"
)

func joined(words []string) string { return strings.Join(words, ",") }

// people reads who has the handles and whether the ids are members', for the batch.
func (b *batch) people(ctx context.Context, tx *sql.Tx) error {
	b.owners, b.there = map[member.Handle][]member.ID{}, map[member.ID]bool{}
	var handles [][]any
	var ids []string
	asked := map[member.Handle]bool{}
	for _, it := range b.items {
		switch e := it.event; {
		case it.err != nil:
		case e.Member != "" && !b.asked: // touch finds out
		case e.Member != "":
			ids = append(ids, string(e.Member))
		case !asked[e.Handle]:
			asked[e.Handle] = true
			handles = append(handles, []any{e.Handle.Kind, b.in.store.Search(e.Handle.Value)})
		}
	}
	err := b.in.store.EachOf(ctx, tx, func(scan func(...any) error) error {
		var id member.ID
		err := scan(&id)
		b.there[id] = true
		return err
	}, `SELECT id FROM members WHERE id IN?`, ids)
	if err != nil {
		return err
	}
	return b.in.store.EachIn(ctx, tx, func(scan func(...any) error) error {
		var h member.Handle
		var id member.ID
		err := scan(&h.Kind, &h.Value, &id)
		b.owners[h] = append(b.owners[h], id)
		return err
	}, `SELECT kind, value, member_id FROM handles WHERE (kind, value) IN? ORDER BY added_at, member_id`, handles)
}

// StageProspect is the stage of somebody whom the shop knows by events alone (A8).
const StageProspect = "prospect"

// prospect makes a record for somebody whom nobody has heard of before.
func (b *batch) prospect(ctx context.Context, tx *sql.Tx, e *stored) (member.ID, error) {
	erased, err := b.in.store.Erased(ctx, tx, e.Handle)
	if err != nil {
		return "", err
	}
	if !erased.IsZero() {
		e.raw = nil // nothing of it stays
		return "", refuse("the person %s", store.ErrErased)
	}
	id := member.ID("m_" + uuid.NewString())
	now := b.now.UnixMilli()
	_, err = tx.ExecContext(ctx, `INSERT INTO members (id, version, stage, created_at, updated_at) VALUES ($1, 0, $2, $3, $3)`, id, StageProspect, now)
	if err == nil {
		_, err = tx.ExecContext(ctx, `INSERT INTO handles (kind, value, member_id, added_at) VALUES ($1, $2, $3, $4)`,
			e.Handle.Kind, b.in.store.Search(e.Handle.Value), id, now)
	}
	return id, err
}

// insert adds the events that are new, tells duplicates from those that only use a
// name again, and returns the latter.
func (b *batch) insert(ctx context.Context, tx *sql.Tx, good, doubles []*stored) (misused []*stored, err error) {
	fresh := make(map[string]bool, len(good))
	rows := make([][]any, len(good))
	for i, e := range good {
		f := &e.facts
		rows[i] = []any{
			e.key, string(e.owner), e.Kind, f.Product, f.Brand, e.At.UnixMilli(), e.entity, b.in.store.SealAt("events.data", e.key, string(e.data)),
			e.mark, b.now.UnixMilli(), f.Removed, f.Store, f.Zone, int64(f.Seconds * 1000),
		}
	}
	err = b.in.store.InsertEach(ctx, tx, func(scan func(...any) error) error {
		var key string
		err := scan(&key)
		fresh[key] = true
		return err
	}, `events (id, member_id, kind, product_id, brand, at, entity, data, mark, received_at, removed, store_id, zone, lasted)`,
		` ON CONFLICT (id) DO NOTHING RETURNING id`, rows)
	if err != nil {
		return nil, err
	}
	var known []*stored
	for _, e := range good {
		if fresh[e.key] {
			b.fresh = append(b.fresh, e)
			b.out[e.at] = Outcome{ID: e.ID, Status: Accepted}
			continue
		}
		known = append(known, e)
	}
	return b.compare(ctx, tx, append(known, doubles...))
}

func (b *batch) compare(ctx context.Context, tx *sql.Tx, known []*stored) (misused []*stored, err error) {
	marks := map[string]string{}
	var keys []string
	for _, e := range known {
		keys = append(keys, e.key)
	}
	err = b.in.store.EachOf(ctx, tx, func(scan func(...any) error) error {
		var key, mark string
		err := scan(&key, &mark)
		marks[key] = mark
		return err
	}, `SELECT id, mark FROM events WHERE id IN?`, keys)
	for _, e := range known {
		b.out[e.at] = Outcome{ID: e.ID, Status: Duplicate}
		if marks[e.key] != e.mark {
			b.out[e.at] = Outcome{ID: e.ID, Status: Refused, Reason: "id was used before by this source for another event; want one id for each"}
			misused = append(misused, e)
		}
	}
	return misused, err
}
