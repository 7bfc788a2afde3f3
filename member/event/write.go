package event

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"huike/member"
	"huike/member/store"
)

func joined(words []string) string { return strings.Join(words, ",") }

// values writes placeholders of rows: ($1, $2), ($3, $4).
func values(rows, width int) string {
	var b strings.Builder
	for i := range rows * width {
		switch {
		case i%width != 0:
			b.WriteString(", ")
		case i > 0:
			b.WriteString("), (")
		default:
			b.WriteByte('(')
		}
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(i + 1))
	}
	b.WriteByte(')')
	return b.String()
}

// insertRows writes rows of equal width in one statement.
func insertRows(ctx context.Context, tx *sql.Tx, params int, into, after string, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	for part := range slices.Chunk(rows, max(1, params/len(rows[0]))) {
		_, err := tx.ExecContext(ctx, "INSERT INTO "+into+" VALUES "+values(len(part), len(part[0]))+after, slices.Concat(part...)...) //nolint:gosec // nothing but placeholders is put together
		if err != nil {
			return err
		}
	}
	return nil
}

// query calls row for each row that a statement finds; IN? stands for the list's
// placeholders.
func query(ctx context.Context, tx *sql.Tx, statement string, args []any, row func(scan func(...any) error) error) error {
	if len(args) == 0 {
		return nil
	}
	return store.Each(ctx, tx, row, strings.ReplaceAll(statement, "IN?", "IN "+values(1, len(args))), args...)
}

// people reads who has the handles and whether the ids are members', for the batch.
func (b *batch) people(ctx context.Context, tx *sql.Tx) error {
	b.owners, b.there = map[member.Handle][]member.ID{}, map[member.ID]bool{}
	var handles, ids []any
	asked := map[member.Handle]bool{}
	for _, it := range b.items {
		switch e := it.event; {
		case it.err != nil:
		case e.Member != "":
			ids = append(ids, string(e.Member))
		case !asked[e.Handle]:
			asked[e.Handle] = true
			handles = append(handles, e.Handle.Kind, e.Handle.Value)
		}
	}
	err := query(ctx, tx, `SELECT id FROM members WHERE id IN?`, ids, func(scan func(...any) error) error {
		var id member.ID
		err := scan(&id)
		b.there[id] = true
		return err
	})
	if err != nil || len(handles) == 0 {
		return err
	}
	pairs := `SELECT kind, value, member_id FROM handles WHERE (kind, value) IN (VALUES ` + values(len(handles)/2, 2) + `) ORDER BY added_at, member_id` //nolint:gosec // placeholders alone
	return query(ctx, tx, pairs, handles, func(scan func(...any) error) error {
		var h member.Handle
		var id member.ID
		err := scan(&h.Kind, &h.Value, &id)
		b.owners[h] = append(b.owners[h], id)
		return err
	})
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
			e.Handle.Kind, e.Handle.Value, id, now)
	}
	return id, err
}

// insert adds the events that are new, tells duplicates from those that only use a
// name again, and returns the latter.
func (b *batch) insert(ctx context.Context, tx *sql.Tx, good, doubles []*stored) (misused []*stored, err error) {
	fresh := map[string]bool{}
	const width = 14
	for part := range slices.Chunk(good, max(1, b.in.store.Params()/width)) {
		args := make([]any, 0, width*len(part))
		for _, e := range part {
			f := &e.facts
			args = append(args, e.key(), string(e.owner), e.Kind, f.Product, f.Brand, e.At.UnixMilli(), e.entity, string(e.data),
				e.mark(), b.now.UnixMilli(), f.Removed, f.Store, f.Zone, int64(f.Seconds*1000))
		}
		err := query(ctx, tx, `INSERT INTO events (id, member_id, kind, product_id, brand, at, entity, data, mark, received_at, removed, store_id, zone, lasted)
			VALUES `+values(len(part), width)+` ON CONFLICT (id) DO NOTHING RETURNING id`, args, func(scan func(...any) error) error {
			var key string
			err := scan(&key)
			fresh[key] = true
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	var known []*stored
	for _, e := range good {
		if fresh[e.key()] {
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
	var keys []any
	for _, e := range known {
		keys = append(keys, e.key())
	}
	err = query(ctx, tx, `SELECT id, mark FROM events WHERE id IN?`, keys, func(scan func(...any) error) error {
		var key, mark string
		err := scan(&key, &mark)
		marks[key] = mark
		return err
	})
	for _, e := range known {
		b.out[e.at] = Outcome{ID: e.ID, Status: Duplicate}
		if marks[e.key()] != e.mark() {
			b.out[e.at] = Outcome{ID: e.ID, Status: Refused, Reason: "id was used before by this source for another event; want one id for each"}
			misused = append(misused, e)
		}
	}
	return misused, err
}

// touchAll gives members new versions.
func touchAll(ctx context.Context, tx *sql.Tx, ids []member.ID, now time.Time) (map[member.ID]int64, error) {
	versions := make(map[member.ID]int64, len(ids))
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = string(id)
	}
	statement := fmt.Sprintf(`UPDATE members SET version = version + 1, updated_at = %d WHERE id IN? RETURNING id, version`, now.UnixMilli())
	err := query(ctx, tx, statement, args, func(scan func(...any) error) error {
		var id member.ID
		var version int64
		err := scan(&id, &version)
		versions[id] = version
		return err
	})
	return versions, err
}
