package privacy

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"huike/member"
	"huike/member/audit"
	"huike/member/store"
)

// Erased is what an erasure reached.
type Erased struct {
	Members []member.ID      `json:"members"` // more than one where records were merged
	Rows    map[string]int64 `json:"rows"`    // table -> rows that are gone or blanked
	Calls   int              `json:"calls"`   // in which the person was known; kept ones are deleted
	Copies  int              `json:"copies"`  // caches and places in dialogs that were told to let go
	Handles int              `json:"handles"` // whose keyed hashes keep the person from coming back
	Steps   []Step           `json:"steps"`   // what was reached, in order
}

// Erase makes the store forget a person, and everybody who holds a copy. What is left are
// ids in audit rows, and a keyed hash of each handle that keeps the person from being
// brought back without a consent of their own. The store's part is done whole or not at
// all; an error after that says what is left to do, and Erase of the same id does it
// again. A member who is not there and never was is [member.ErrUnknown].
func (d *Desk) Erase(ctx context.Context, id member.ID) (*Erased, error) {
	if err := d.trace(ctx, actionErase, "all", audit.OK, id); err != nil {
		return nil, err
	}
	var e *erasure
	err := d.store.Change(ctx, func(tx *sql.Tx) (err error) {
		e = &erasure{desk: d, tx: tx, rows: map[string]int64{}}
		return e.do(ctx, id)
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("erase member %s: %w", id, err), d.trace(ctx, actionErase, "all", audit.Failed, id))
	}
	done := &Erased{Members: e.ids, Rows: e.rows, Calls: len(e.calls), Copies: len(d.cfg.Forget), Handles: len(e.handles)}
	left := d.reach(ctx, e, done)
	left.step("pages", 0, d.store.Scrub(ctx))
	if err := errors.Join(left.errs...); err != nil {
		return done, fmt.Errorf("member %s is erased from the store; do it again for what is left: %w", id, err)
	}
	return done, nil
}

// letGo drops what is held outside of the store, for who watches.
func (d *Desk) letGo(ctx context.Context, id member.ID, handles []member.Handle, calls []string) error {
	var errs []error
	for _, f := range d.cfg.Forget {
		errs = append(errs, f.Forget(ctx, id, handles))
	}
	for _, call := range calls {
		if d.cfg.Calls != nil {
			errs = append(errs, d.cfg.Calls.Delete(ctx, call))
		}
	}
	return errors.Join(errs...)
}

// erasure is the store's part of one.
type erasure struct {
	desk    *Desk
	tx      *sql.Tx
	ids     []member.ID
	handles []member.Handle
	calls   []string
	rows    map[string]int64
}

func (e *erasure) do(ctx context.Context, id member.ID) error {
	var err error
	e.ids, err = person(ctx, e.tx, id)
	if errors.Is(err, member.ErrUnknown) {
		return e.again(ctx, id)
	}
	if err != nil {
		return err
	}
	if e.handles, err = handlesOf(ctx, e.tx, e.ids); err != nil {
		return err
	}
	if e.calls, err = callsOf(ctx, e.tx, e.ids); err != nil {
		return err
	}
	for _, step := range []func(context.Context) error{e.letters, e.replies, e.phones, e.tables, e.bury} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// again reads what an earlier erasure reached, to finish it.
func (e *erasure) again(ctx context.Context, id member.ID) error {
	err := store.Each(ctx, e.tx, func(scan func(...any) error) error {
		var text string
		if err := scan(&text); err != nil {
			return err
		}
		e.ids = []member.ID{id}
		return json.Unmarshal([]byte(text), &e.calls)
	}, `SELECT calls FROM erasures WHERE person = $1`, string(id))
	if err == nil && len(e.ids) == 0 {
		return member.ErrUnknown
	}
	return err
}

// remove runs a statement and counts its rows as the table's.
func (e *erasure) remove(ctx context.Context, table, statement string, args ...any) error {
	done, err := e.tx.ExecContext(ctx, statement, args...)
	if err != nil {
		return fmt.Errorf("table %s: %w", table, err)
	}
	if n, err := done.RowsAffected(); err == nil && n > 0 {
		e.rows[table] += n
	}
	return nil
}

// letters drops the dead letters that name the person, however the number is written.
func (e *erasure) letters(ctx context.Context) error {
	var mine []int64
	err := store.Each(ctx, e.tx, func(scan func(...any) error) error {
		var id int64
		var event, body string
		err := scan(&id, &event, &body)
		if member.Mentions(event, e.ids, e.handles) || member.Mentions(body, e.ids, e.handles) {
			mine = append(mine, id)
		}
		return err
	}, `SELECT id, event_id, `+store.Opened("dead_letters.body")+` FROM dead_letters`)
	for _, id := range mine {
		if err == nil {
			err = e.remove(ctx, "dead_letters", `DELETE FROM dead_letters WHERE id = $1`, id)
		}
	}
	return err
}

// replies drops what the shop answered to writes in the person's calls; their keys begin
// with the call.
func (e *erasure) replies(ctx context.Context) error {
	for _, call := range e.calls {
		if err := e.remove(ctx, "done", `DELETE FROM done WHERE key >= $1 AND key < $2`, call+"/", call+"0"); err != nil { // 0 comes after /
			return err
		}
	}
	return nil
}

// phones takes the person's numbers out of the rows of others and of nobody.
func (e *erasure) phones(ctx context.Context) error {
	for _, h := range e.handles {
		if h.Kind != member.HandlePhone {
			continue
		}
		for _, s := range [][2]string{
			{"callbacks", `DELETE FROM callbacks WHERE phone = $1`},
			{"bookings", `DELETE FROM bookings WHERE phone = $1 AND member_id IS NULL`},
			{"bookings", `UPDATE bookings SET phone = '' WHERE phone = $1`},
			{"referrals", `UPDATE referrals SET phone = '' WHERE phone = $1`},
		} {
			if err := e.remove(ctx, s[0], s[1], e.desk.store.Search(h.Value)); err != nil {
				return err
			}
		}
	}
	return nil
}

// tables deletes the person's rows of every table but the audit trail.
func (e *erasure) tables(ctx context.Context) error {
	tables, err := e.desk.store.Tables(ctx, e.tx)
	if err != nil {
		return err
	}
	names := slices.Sorted(maps.Keys(tables))
	slices.SortStableFunc(names, func(a, b string) int { return rank(a, tables[a]) - rank(b, tables[b]) })
	for _, table := range names {
		where, args := belongs(table, tables[table], e.ids)
		if where == "" || table == "audit" || table == "erasures" {
			continue
		}
		if err := e.remove(ctx, table, `DELETE FROM `+table+` WHERE `+where, args...); err != nil {
			return err
		}
	}
	return nil
}

// rank puts what refers to others before them.
func rank(table string, columns []string) int {
	switch {
	case table == "members":
		return 3
	case table == "orders":
		return 2
	case slices.Contains(columns, "order_number"):
		return 0
	}
	return 1
}

// bury leaves the tombstones, and the word for all servers.
func (e *erasure) bury(ctx context.Context) error {
	now := e.desk.cfg.Now()
	if err := e.desk.store.Bury(ctx, e.tx, e.handles, now); err != nil {
		return err
	}
	calls, err := json.Marshal(e.calls)
	if err != nil {
		return err
	}
	for _, id := range e.ids {
		if _, err := e.tx.ExecContext(ctx, `INSERT INTO erasures (at, person, calls) VALUES ($1, $2, $3)`, now.UnixMilli(), string(id), string(calls)); err != nil {
			return err
		}
	}
	return nil
}
