package store

import (
	"context"
	"database/sql"
)

// Querier asks the database: a [sql.Tx] of [Store.View] or [Store.Change].
type Querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Each calls row for each row of the answer, with a function that reads its columns. The
// first error of either ends it and is returned.
func Each(ctx context.Context, q Querier, row func(scan func(...any) error) error, query string, args ...any) error {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}
