package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// errHeld is of SQLite alone.
var errHeld = errors.New("another process reads the store, and old pages are still in its log; do it again when that has ended")

// Tables returns the names of all tables and, for each, of its columns in order.
func (s *Store) Tables(ctx context.Context, tx *sql.Tx) (map[string][]string, error) {
	tables := map[string][]string{}
	err := Each(ctx, tx, func(scan func(...any) error) error {
		var table, column string
		err := scan(&table, &column)
		tables[table] = append(tables[table], column)
		return err
	}, s.dialect.tables)
	return tables, err
}

// Scrub gives back the room of what was deleted. In SQLite no byte of it is in the
// files afterwards; in Postgres the tables' pages are free to be written over, and the
// server's own log (WAL) and backups end as its operator has set.
func (s *Store) Scrub(ctx context.Context) error {
	what := ""
	if s.dialect.checkpoint == "" { // all tables of the database may be others' too
		var tables map[string][]string
		err := s.View(ctx, func(tx *sql.Tx) (err error) {
			tables, err = s.Tables(ctx, tx)
			return err
		})
		if err != nil {
			return fmt.Errorf("scrub the store: %w", err)
		}
		what = " " + strings.Join(slices.Sorted(maps.Keys(tables)), ", ")
	}
	if _, err := s.write.ExecContext(ctx, `VACUUM`+what); err != nil {
		return fmt.Errorf("scrub the store: %w", err)
	}
	if s.dialect.checkpoint == "" {
		return nil
	}
	var busy, pages, moved int
	if err := s.write.QueryRowContext(ctx, s.dialect.checkpoint).Scan(&busy, &pages, &moved); err != nil {
		return fmt.Errorf("scrub the store: %w", err)
	}
	if busy != 0 {
		return fmt.Errorf("scrub the store: %w", errHeld)
	}
	return nil
}
