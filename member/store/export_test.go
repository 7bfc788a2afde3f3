package store

import (
	"context"
	"database/sql"
	"time"
)

// Exec runs a statement that the package itself never would.
func Exec(ctx context.Context, s *Store, statement string) error {
	return s.Change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, statement)
		return err
	})
}

// SetSettle sets how long a rekeying waits for other processes.
func SetSettle(s *Store, settle time.Duration) { s.settle = settle }
