// Package store is the system of record of members and of the shop's own books, in
// one SQLite file. Its statements are written so that Postgres can share them; what
// is SQLite's alone stands in this file and in migrations/.
//
// It starts no goroutine of its own. One connection writes, several read, and none
// waits for another (write-ahead log).
package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

//go:embed migrations/*.sql
var migrations embed.FS

const (
	readers  = 4               // connections that read
	busyWait = 5 * time.Second // for another process that writes
	fileMode = 0o600           // members' data is for the server's user alone
	dirMode  = 0o700
)

// Config shapes a [Store]. Zero values work.
type Config struct {
	Location *time.Location // the shop's, for hours of the day; the machine's own if nil
}

// Store is an open file. It is safe from any goroutine.
type Store struct {
	read, write *sql.DB
	place       *time.Location
}

// Open opens the file at path, or makes it, and brings its tables up to date.
func Open(ctx context.Context, path string, cfg Config) (*Store, error) {
	if cfg.Location == nil {
		cfg.Location = time.Local //nolint:gosmopolitan // the shop stands where the machine stands
	}
	if err := prepare(path); err != nil {
		return nil, fmt.Errorf("member store %s: %w", path, err)
	}
	s := &Store{place: cfg.Location}
	var err error
	if s.write, err = open(path, 1, "_txlock", "immediate"); err == nil {
		err = migrate(ctx, s.write)
	}
	if err == nil {
		s.read, err = open(path, readers, "_pragma", "query_only(1)")
	}
	if err != nil {
		_ = s.Close()
		return nil, fmt.Errorf("member store %s: %w", path, err)
	}
	return s, nil
}

// prepare makes the folder and the file, readable by nobody else.
func prepare(path string) error {
	if path == "" {
		return errors.New("no file is named")
	}
	if err := os.MkdirAll(filepath.Dir(path), dirMode); err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Clean(path), os.O_CREATE|os.O_RDWR, fileMode)
	if err != nil {
		return err
	}
	return f.Close()
}

func open(path string, connections int, key, value string) (*sql.DB, error) {
	q := url.Values{"_pragma": {
		"journal_mode(WAL)", "synchronous(NORMAL)", "foreign_keys(1)",
		fmt.Sprintf("busy_timeout(%d)", busyWait.Milliseconds()),
	}}
	q.Add(key, value)
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Opaque: url.PathEscape(path), RawQuery: q.Encode()}).String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db, nil
}

func migrate(ctx context.Context, db *sql.DB) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	m, err := goose.NewProvider(goose.DialectSQLite3, db, files, goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return err
	}
	_, err = m.Up(ctx)
	return err
}

// Close ends all connections. What was committed is in the file.
func (s *Store) Close() error {
	var errs []error
	for _, db := range []*sql.DB{s.read, s.write} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}

// Ping reports whether the file answers.
func (s *Store) Ping(ctx context.Context) error { return s.read.PingContext(ctx) }

// Place returns the shop's time zone.
func (s *Store) Place() *time.Location { return s.place }

// View runs do in a transaction that sees one state of the file and changes nothing.
func (s *Store) View(ctx context.Context, do func(*sql.Tx) error) error {
	return within(ctx, s.read, do)
}

// Change runs do in the one transaction that writes, and commits it if do returns nil.
func (s *Store) Change(ctx context.Context, do func(*sql.Tx) error) error {
	return within(ctx, s.write, do)
}

func within(ctx context.Context, db *sql.DB, do func(*sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after a commit
	if err := do(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// stamp and when turn times into columns and back.
func stamp(t time.Time) int64 { return t.UnixMilli() }

func (s *Store) when(ms int64) time.Time { return time.UnixMilli(ms).In(s.place) }

func (s *Store) whenNull(ms *int64) *time.Time {
	if ms == nil {
		return nil
	}
	t := s.when(*ms)
	return &t
}
