package store

import (
	"context"
	"database/sql"

	"huike/member"
	"huike/member/audit"
)

// AppendAudit writes all rows or none.
func (s *Store) AppendAudit(ctx context.Context, rows []audit.Row) error {
	return s.Change(ctx, func(tx *sql.Tx) error { return appendAudit(ctx, tx, rows) })
}

func appendAudit(ctx context.Context, tx *sql.Tx, rows []audit.Row) error {
	add, err := tx.PrepareContext(ctx, `INSERT INTO audit (at, member_id, reader, role, purpose, call, action, fields, outcome)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`)
	if err != nil {
		return err
	}
	defer func() { _ = add.Close() }()
	for _, r := range rows {
		if _, err := add.ExecContext(ctx, stamp(r.At), r.Member, r.Reader, r.Role, r.Purpose, r.Call, r.Action, r.Fields, r.Outcome); err != nil {
			return err
		}
	}
	return nil
}

// Audit returns the last rows about a member, newest first; an empty id means all
// members. limit is a number of rows.
func (s *Store) Audit(ctx context.Context, id member.ID, limit int) ([]audit.Row, error) {
	var found []audit.Row
	err := each(ctx, s.read, func(scan scanner) error {
		var r audit.Row
		var at int64
		err := scan(&at, &r.Member, &r.Reader, &r.Role, &r.Purpose, &r.Call, &r.Action, &r.Fields, &r.Outcome)
		r.At = s.when(at)
		found = append(found, r)
		return err
	}, `SELECT at, member_id, reader, role, purpose, call, action, fields, outcome FROM audit
		WHERE $1 = '' OR member_id = $1 ORDER BY id DESC LIMIT $2`, id, limit)
	return found, err
}
