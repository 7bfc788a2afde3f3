// Package privacy gives people what the shop knows of them, and takes it away: the
// export of one person, erasure, and the sweep of what is older than it may be.
//
// It goes by the store's own list of tables, so that a table which somebody adds later,
// with a column member_id, is reached without anybody thinking of it. Audit rows hold
// ids alone and stay.
//
// Goroutines: [Desk.Watch], one, lets go of what another process has erased.
package privacy

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"huike/member"
	"huike/member/audit"
	"huike/member/store"
)

// Actions of the audit rows that are left here.
const (
	actionExport = "export"
	actionErase  = "erase"
	actionRetain = "retain"
)

// Calls are the kept calls. A call that is not there is no error.
type Calls interface {
	Delete(ctx context.Context, call string) error
}

// Forgetter lets go of whatever it holds of a member: a copy, a place in a dialog.
type Forgetter interface {
	Forget(ctx context.Context, id member.ID, handles []member.Handle) error
}

// Config shapes a [Desk]. Zero values work.
type Config struct {
	Calls  Calls       // from which calls are deleted; nil: none are kept
	Forget []Forgetter // told of each erasure; [member.Directory] is one
	// Changed is told of members whose rows a sweep has deleted; nil tells nobody.
	Changed func(ctx context.Context, id member.ID, version int64)
	Reader  string // who asks, for the audit rows
	Role    string // as what; empty: operator
	Now     func() time.Time
}

// Desk is where these wishes are met. It is safe from any goroutine.
type Desk struct {
	store *store.Store
	cfg   Config
}

// New returns a desk on the store.
func New(s *store.Store, cfg Config) *Desk {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Desk{s, cfg}
}

// trace leaves audit rows, without which nothing is done.
func (d *Desk) trace(ctx context.Context, action, fields, outcome string, ids ...member.ID) error {
	rows := make([]audit.Row, len(ids))
	for i, id := range ids {
		rows[i] = audit.Row{
			At: d.cfg.Now(), Member: string(id), Reader: d.cfg.Reader, Role: cmp.Or(d.cfg.Role, "operator"), Purpose: "privacy",
			Action: action, Fields: fields, Outcome: outcome,
		}
	}
	if err := d.store.AppendAudit(ctx, rows); err != nil {
		return errors.Join(member.ErrUntraced, err)
	}
	return nil
}

// in writes (column IN ($1, $2)) for ids, and their arguments.
func in(column string, ids []member.ID) (condition string, args []any) {
	marks := make([]string, len(ids))
	for i, id := range ids {
		marks[i] = fmt.Sprintf("$%d", i+1)
		args = append(args, string(id))
	}
	return "(" + column + " IN (" + strings.Join(marks, ", ") + "))", args
}

// person returns the ids that are one person's: the member and all who were merged with
// it and not taken apart again. A member that is not there is [member.ErrUnknown].
func person(ctx context.Context, tx *sql.Tx, id member.ID) ([]member.ID, error) {
	var there int
	if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM members WHERE id = $1`, id).Scan(&there); err != nil {
		return nil, err
	}
	if there == 0 {
		return nil, member.ErrUnknown
	}
	ids := []member.ID{id}
	for i := 0; i < len(ids); i++ {
		err := store.Each(ctx, tx, func(scan func(...any) error) error {
			var other member.ID
			if err := scan(&other); err != nil {
				return err
			}
			if !slices.Contains(ids, other) {
				ids = append(ids, other)
			}
			return nil
		}, `SELECT CASE WHEN kept = $1 THEN gone ELSE kept END FROM merges WHERE undone_at IS NULL AND (kept = $1 OR gone = $1) ORDER BY id`, string(ids[i]))
		if err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// handlesOf reads all handles of one person.
func handlesOf(ctx context.Context, tx *sql.Tx, ids []member.ID) ([]member.Handle, error) {
	where, args := in("member_id", ids)
	var handles []member.Handle
	err := store.Each(ctx, tx, func(scan func(...any) error) error {
		var h member.Handle
		err := scan(&h.Kind, &h.Value)
		handles = append(handles, h)
		return err
	}, `SELECT DISTINCT kind, value FROM handles WHERE `+where+` ORDER BY kind, value`, args...)
	return handles, err
}

// callsOf reads in which calls the person was known, newest first.
func callsOf(ctx context.Context, tx *sql.Tx, ids []member.ID) ([]string, error) {
	where, args := in("member_id", ids)
	calls := []string{}
	err := store.Each(ctx, tx, func(scan func(...any) error) error {
		var call string
		err := scan(&call)
		calls = append(calls, call)
		return err
	}, `SELECT call FROM interactions WHERE call <> '' AND `+where+` UNION SELECT call FROM audit WHERE call <> '' AND `+where+` ORDER BY 1 DESC`, args...)
	return calls, err
}
