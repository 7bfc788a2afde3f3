package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"huike/member"
	"huike/member/audit"
)

const auditColumns = `at, member_id, reader, role, purpose, call, action, fields, outcome`

// AppendAudit writes all rows or none, each sealed onto the chain of those before it.
func (s *Store) AppendAudit(ctx context.Context, rows []audit.Row) error {
	return s.Change(ctx, func(tx *sql.Tx) error { return s.appendAudit(ctx, tx, rows) })
}

func (s *Store) appendAudit(ctx context.Context, tx *sql.Tx, rows []audit.Row) error {
	head, err := readHead(ctx, tx, `UPDATE audit_head SET seq = seq RETURNING seq, seal`) // others wait
	if err != nil {
		return err
	}
	values := make([][]any, len(rows))
	for i := range rows {
		r := &rows[i]
		head = head.Next(r)
		values[i] = []any{stamp(r.At), r.Member, r.Reader, r.Role, r.Purpose, r.Call, r.Action, r.Fields, r.Outcome, head.Seq, slices.Clone(head.Seal[:])}
	}
	if err := s.Insert(ctx, tx, `audit (`+auditColumns+`, seq, seal)`, ``, values); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE audit_head SET seq = $1, seal = $2`, head.Seq, head.Seal[:])
	return err
}

func auditHead(ctx context.Context, tx *sql.Tx) (audit.Head, error) {
	return readHead(ctx, tx, `SELECT seq, seal FROM audit_head`)
}

func readHead(ctx context.Context, tx *sql.Tx, query string) (audit.Head, error) {
	var head audit.Head
	var seal []byte
	if err := tx.QueryRowContext(ctx, query).Scan(&head.Seq, &seal); err != nil {
		return head, fmt.Errorf("the audit trail's head: %w", err)
	}
	copy(head.Seal[:], seal)
	return head, nil
}

// AuditHead returns the end of the audit trail, to be kept somewhere else.
func (s *Store) AuditHead(ctx context.Context) (audit.Head, error) {
	var head audit.Head
	err := s.View(ctx, func(tx *sql.Tx) (err error) {
		head, err = auditHead(ctx, tx)
		return err
	})
	return head, err
}

// AuditCheck is what came of checking the trail.
type AuditCheck struct {
	Head     audit.Head // the last row that is as it was written
	Unsealed int64      // rows from before the trail was a chain
}

// CheckAudit checks every sealed row of the trail in one state of the store, and that
// it goes through the head kept elsewhere, if one is given. An error wraps one of the
// audit package's. progress, if not nil, is told each row's number.
func (s *Store) CheckAudit(ctx context.Context, through *audit.Head, progress func(seq, of int64)) (AuditCheck, error) {
	var out AuditCheck
	err := s.View(ctx, func(tx *sql.Tx) error {
		head, err := auditHead(ctx, tx)
		if err != nil {
			return err
		}
		if err = tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM audit WHERE seq IS NULL`).Scan(&out.Unsealed); err != nil {
			return err
		}
		var check audit.Checker
		if through != nil {
			check.Through(*through)
		}
		found := checkRows(ctx, tx, &check, func(seq int64) {
			if progress != nil {
				progress(seq, head.Seq)
			}
		})
		var ended error
		out.Head, ended = check.End(head)
		if found != nil {
			return found
		}
		return ended
	})
	return out, err
}

func checkRows(ctx context.Context, tx *sql.Tx, check *audit.Checker, progress func(seq int64)) error {
	rows, err := tx.QueryContext(ctx, `SELECT seq, seal, `+auditColumns+` FROM audit WHERE seq IS NOT NULL ORDER BY seq`)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var row audit.Sealed
		var at int64
		var seal []byte
		r := &row.Row
		if err := rows.Scan(&row.Seq, &seal, &at, &r.Member, &r.Reader, &r.Role, &r.Purpose, &r.Call, &r.Action, &r.Fields, &r.Outcome); err != nil {
			return err
		}
		r.At = time.UnixMilli(at)
		copy(row.Seal[:], seal)
		if err := check.Add(&row); err != nil {
			return err
		}
		progress(row.Seq)
	}
	return rows.Err()
}

// AuditQuery asks for rows of the trail. Empty fields ask for nothing.
type AuditQuery struct {
	Member       member.ID
	Reader, Call string
	Action       string
	From, To     time.Time // To is not included
	Before       int64     // only rows with a smaller number; 0: from the newest
	Limit        int       // rows; 100 if 0
}

// AuditRow is a row of the trail with its number, which grows with each row.
type AuditRow struct {
	Number int64
	audit.Row
}

var errSpan = errors.New("the audit query's end is not after its beginning")

// FindAudit returns the rows that a query asks for, newest first.
func (s *Store) FindAudit(ctx context.Context, q AuditQuery) ([]audit.Row, error) {
	numbered, err := s.AuditRows(ctx, q)
	if err != nil {
		return nil, err
	}
	var found []audit.Row
	for i := range numbered {
		found = append(found, numbered[i].Row)
	}
	return found, nil
}

// AuditRows is FindAudit with the rows' numbers: the page after it is asked for with the
// last one as Before.
func (s *Store) AuditRows(ctx context.Context, q AuditQuery) ([]AuditRow, error) {
	if !q.From.IsZero() && !q.To.IsZero() && !q.To.After(q.From) {
		return nil, errSpan
	}
	if q.Limit <= 0 {
		q.Limit = 100
	}
	from, to := int64(0), int64(1<<62)
	if !q.From.IsZero() {
		from = stamp(q.From)
	}
	if !q.To.IsZero() {
		to = stamp(q.To)
	}
	if q.Before <= 0 {
		q.Before = 1 << 62
	}
	var found []AuditRow
	err := Each(ctx, s.read, func(scan func(...any) error) error {
		var r AuditRow
		var at int64
		err := scan(&r.Number, &at, &r.Member, &r.Reader, &r.Role, &r.Purpose, &r.Call, &r.Action, &r.Fields, &r.Outcome)
		r.At = s.when(at)
		found = append(found, r)
		return err
	}, `SELECT id, `+auditColumns+` FROM audit WHERE ($1 = '' OR member_id = $1) AND ($2 = '' OR reader = $2)
		AND ($3 = '' OR call = $3) AND ($4 = '' OR action = $4) AND at >= $5 AND at < $6 AND id < $8 ORDER BY id DESC LIMIT $7`,
		q.Member, q.Reader, q.Call, q.Action, from, to, q.Limit, q.Before)
	return found, err
}
