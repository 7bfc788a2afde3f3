package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"huike/member"
	"huike/member/vault"
)

// sealedTable is a table with columns that are kept sealed.
type sealedTable struct {
	name     string
	key      string // its first key
	number   bool   // which is one
	row      string // the expression that names a row, if it is not the key
	columns  []string
	searched []string // columns that are found by their value
}

// sealedTables are all places where something personal is kept, but for the handles.
func sealedTables() []sealedTable {
	return []sealedTable{
		{name: "members", key: "id", columns: []string{"family", "given", "family_en", "given_en", "birth", "address"}},
		{name: "interactions", key: "id", number: true, row: `CAST(at AS TEXT) || ' ' || channel || ' ' || call || ' ' || COALESCE(event, '')`, columns: []string{"summary"}},
		{name: "events", key: "id", columns: []string{"data"}},
		{name: "dead_letters", key: "id", number: true, row: `CAST(at AS TEXT) || ' ' || source || ' ' || event_id || ' ' || kind`, columns: []string{"body"}},
		{name: "tickets", key: "number", columns: []string{"text"}},
		{name: "callbacks", key: "number", columns: []string{"wanted", "reason"}, searched: []string{"phone"}},
		{name: "bookings", key: "number", searched: []string{"phone"}},
		{name: "referrals", key: "code", searched: []string{"phone"}},
		{name: "merges", key: "id", number: true, row: `CAST(at AS TEXT) || ' ' || kept || ' ' || gone`, columns: []string{"moved"}},
		{name: "orders", key: "number", columns: []string{"address"}},
		{name: "facts", key: "id", columns: []string{"value"}},
		{name: "voiceprints", key: "id", columns: []string{"print"}},
		{name: "done", key: "key", columns: []string{"result"}},
	}
}

const sweepRows = 500 // in a transaction, so that nobody waits long

// sweep seals what is under no key or under an older one, and returns how many rows it
// changed. What others write meanwhile is not written over.
func (s *Store) sweep(ctx context.Context, progress func(done, of int64)) (int64, error) {
	w := &sweeper{store: s, progress: progress, refused: map[string]error{}}
	for _, t := range sealedTables() {
		var n int64
		err := s.read.QueryRowContext(ctx, `SELECT COUNT(*) FROM `+t.name+` WHERE `+t.stale(s.vault)).Scan(&n)
		if err != nil {
			return 0, err
		}
		w.of += n
	}
	var n int64
	if err := s.read.QueryRowContext(ctx, `SELECT COUNT(*) FROM handles WHERE value NOT LIKE '`+vault.Searched+`%'`).Scan(&n); err != nil {
		return 0, err
	}
	w.of += n
	if n > 0 {
		if err := w.handles(ctx); err != nil {
			return w.done, fmt.Errorf("seal the handles: %w", err)
		}
	}
	for _, t := range sealedTables() {
		if err := w.table(ctx, t); err != nil {
			return w.done, fmt.Errorf("seal table %s: %w", t.name, err)
		}
	}
	return w.done, w.left()
}

const toldRefused = 5 // by name

// left tells of what was refused.
func (w *sweeper) left() error {
	names := slices.Sorted(maps.Keys(w.refused))
	var errs []error
	for _, name := range names[:min(len(names), toldRefused)] {
		errs = append(errs, w.refused[name])
	}
	if n := len(names) - toldRefused; n > 0 {
		errs = append(errs, fmt.Errorf("and %d more values", n))
	}
	return errors.Join(errs...)
}

// stale is which rows of the table have something to be sealed.
func (t sealedTable) stale(v *vault.Vault) string {
	var some []string
	for _, c := range t.columns {
		some = append(some, `(`+c+` <> '' AND `+c+` NOT LIKE '`+v.Current()+`%')`)
	}
	for _, c := range t.searched {
		some = append(some, `(`+c+` <> '' AND `+c+` NOT LIKE '`+vault.Searched+`%')`)
	}
	return `(` + strings.Join(some, ` OR `) + `)`
}

// sweeper is one walk over the store.
type sweeper struct {
	store    *Store
	progress func(done, of int64)
	done, of int64
	refused  map[string]error // values that are not opened where they stand, by what they tell
}

func (w *sweeper) tell(rows int) {
	w.done += int64(rows)
	if w.progress != nil {
		w.progress(w.done, max(w.of, w.done))
	}
}

// table walks over one table.
func (w *sweeper) table(ctx context.Context, t sealedTable) error {
	after := any("")
	if t.number {
		after = int64(math.MinInt64)
	}
	for {
		rows := 0
		var last any
		err := w.store.Change(ctx, func(tx *sql.Tx) error {
			found, err := w.rows(ctx, tx, t, after)
			if err != nil {
				return err
			}
			rows, last = len(found), after
			for _, row := range found {
				if err := w.row(ctx, tx, t, row); err != nil {
					return err
				}
				last = row.key
			}
			return nil
		})
		if err != nil {
			return err
		}
		w.tell(rows)
		if rows < sweepRows {
			return nil
		}
		after = last
	}
}

// plainRow is a row that has something to be sealed; its values stand in the table's
// columns, then in those that are searched.
type plainRow struct {
	key    any
	row    string // as [Opened] names it
	values []*string
}

func (w *sweeper) rows(ctx context.Context, tx *sql.Tx, t sealedTable, after any) ([]plainRow, error) {
	all := append(append([]string{}, t.columns...), t.searched...)
	var found []plainRow
	err := Each(vault.Raw(ctx), tx, func(scan func(...any) error) error {
		row := plainRow{values: make([]*string, len(all))}
		into := []any{&row.key, &row.row}
		for i := range row.values {
			into = append(into, &row.values[i])
		}
		err := scan(into...)
		found = append(found, row)
		return err
	}, `SELECT `+t.key+`, `+cmp.Or(t.row, t.key)+`, `+strings.Join(all, ", ")+` FROM `+t.name+` WHERE `+t.key+` > $1 AND `+t.stale(w.store.vault)+
		` ORDER BY `+t.key+fmt.Sprint(` LIMIT `, sweepRows), after)
	return found, err
}

// row seals one row, if it is still as it was read. What is not opened at its place stays
// as it is, and is told of when all is done.
func (w *sweeper) row(ctx context.Context, tx *sql.Tx, t sealedTable, row plainRow) error {
	all := append(append([]string{}, t.columns...), t.searched...)
	args := []any{row.key}
	var set, still []string
	for i, c := range all {
		if row.values[i] == nil {
			continue
		}
		sealed, err := w.anew(t, i, row.row, *row.values[i])
		if err != nil {
			w.refused[err.Error()] = err
			continue
		}
		args = append(args, sealed, *row.values[i])
		set = append(set, fmt.Sprintf("%s = $%d", c, len(args)-1))
		still = append(still, fmt.Sprintf("%s = $%d", c, len(args)))
	}
	if len(set) == 0 {
		return nil
	}
	_, err := tx.ExecContext(ctx, `UPDATE `+t.name+` SET `+strings.Join(set, ", ")+` WHERE `+t.key+` = $1 AND `+strings.Join(still, " AND "), args...) //nolint:gosec // the store's own names
	if id, isText := row.key.(string); err == nil && isText && t.name == "members" {
		err = w.store.IndexName(ctx, tx, member.ID(id))
	}
	if errors.Is(err, vault.ErrMoved) { // the name stays searched as it was
		w.refused[err.Error()] = err
		return nil
	}
	return err
}

// anew seals a value of a row's i-th column anew.
func (w *sweeper) anew(t sealedTable, i int, row, value string) (string, error) {
	if i >= len(t.columns) {
		plain, _ := w.store.vault.Open(value)
		return w.store.Search(plain), nil
	}
	column := t.name + "." + t.columns[i]
	plain, err := w.store.vault.OpenAt(column, row, value)
	if err != nil {
		return "", err
	}
	return w.store.SealAt(column, row, plain), nil
}

// handles seals handles, whose value is part of their key.
func (w *sweeper) handles(ctx context.Context) error {
	var last [3]string // kind, value, member
	for {
		var rows [][3]string
		err := w.store.Change(ctx, func(tx *sql.Tx) error {
			rows = nil
			err := Each(vault.Raw(ctx), tx, func(scan func(...any) error) error {
				var row [3]string
				err := scan(&row[0], &row[1], &row[2])
				rows = append(rows, row)
				return err
			}, `SELECT kind, value, member_id FROM handles WHERE (kind, value, member_id) > ($1, $2, $3) AND value NOT LIKE '`+vault.Searched+`%'
				ORDER BY kind, value, member_id`+fmt.Sprint(` LIMIT `, sweepRows), last[0], last[1], last[2])
			for _, row := range rows {
				if err != nil {
					return err
				}
				_, err = tx.ExecContext(ctx, `UPDATE handles SET value = $4 WHERE kind = $1 AND value = $2 AND member_id = $3`,
					row[0], row[1], row[2], w.store.Search(row[1]))
			}
			return err
		})
		if err != nil {
			return err
		}
		w.tell(len(rows))
		if len(rows) < sweepRows {
			return nil
		}
		last = rows[len(rows)-1]
	}
}
