// Package store is the system of record of members and of the shop's own books, in
// one SQLite file or in a Postgres database. Its statements are the same for both;
// what is one database's alone stands in sqlite.go, postgres.go and migrations/.
//
// It starts no goroutine of its own. In SQLite one connection writes, several read,
// and none waits for another (write-ahead log). In Postgres every change is
// serializable, and one that met another is done again.
package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/pressly/goose/v3"

	"huike/member/vault"
)

//go:embed migrations
var migrations embed.FS

const (
	readers  = 8  // connections that read
	attempts = 30 // of a change that meets others
)

// Config shapes a [Store]. Zero values work.
type Config struct {
	Location *time.Location // the shop's, for hours of the day; the machine's own if nil
	Key      []byte         // what the hashes of erased handles are made with, from [ReadKey]; without it nobody is erased

	// KMS has the master key that the store is sealed with; nil opens a store that is
	// not sealed. One that is not yet is sealed by Open, which tells Progress, if not nil,
	// how many rows it has looked at.
	KMS      vault.KMS
	Progress func(done, of int64)
}

// Store is an open database. It is safe from any goroutine.
type Store struct {
	read, write *sql.DB
	side        *sql.DB // one connection, that reads keys while the others are all in use
	vault       *vault.Vault
	kms         vault.KMS
	settle      time.Duration
	place       *time.Location
	dialect     dialect
	key         []byte
	where       address

	redone, reconnected atomic.Uint64
}

// Stats counts what was done again since the store was opened.
type Stats struct {
	Redone      uint64 // changes that had met another
	Reconnected uint64 // reads and changes whose connection had turned out to be dead
}

// Stats returns the counts.
func (s *Store) Stats() Stats { return Stats{s.redone.Load(), s.reconnected.Load()} }

// dialect is what the two databases do differently.
type dialect struct {
	goose    goose.Dialect
	folder   string         // of migrations/
	reading  *sql.TxOptions // of a transaction that sees one state
	writing  *sql.TxOptions
	met      func(error) bool // the change met another: do it again
	lost     func(error) bool // the connection was dead: another may live
	unusable func(error) bool // the rows given cannot be kept, however often they are
	params   int
	arrays   bool // an argument may be a list
	several  bool // questions that are asked together are one transaction

	tables     string // the statement that lists tables and their columns
	checkpoint string // and the one that empties a log beside the tables, if there is one
}

// Open opens the store at an address and brings its tables up to date. A path (or
// sqlite:path) is a SQLite file, made if it is not there; a URL such as
// "postgres://user:password@host:5432/huike" is a Postgres database, which must be
// there. Errors name the host and the database, and never the password.
func Open(ctx context.Context, address string, cfg Config) (*Store, error) {
	if cfg.Location == nil {
		cfg.Location = time.Local //nolint:gosmopolitan // the shop stands where the machine stands
	}
	a, err := parse(address)
	if err != nil {
		return nil, err
	}
	s := &Store{place: cfg.Location, key: cfg.Key, where: a, vault: &vault.Vault{}, settle: settle}
	if err = a.connect(s); err == nil {
		err = s.migrate(ctx)
	}
	if err == nil {
		err = s.unlock(ctx, cfg)
	}
	if err != nil {
		_ = s.Close()
		return nil, fmt.Errorf("member store %s: %w", a, a.explain(err))
	}
	return s, nil
}

// Check returns what is wrong with an address, without opening it.
func Check(address string) error {
	_, err := parse(address)
	return err
}

func (s *Store) migrate(ctx context.Context) error {
	files, err := fs.Sub(migrations, "migrations/"+s.dialect.folder)
	if err != nil {
		return err
	}
	// Out of order: a store may have been opened by a build in which a step of another's was missing.
	options := []goose.ProviderOption{goose.WithLogger(goose.NopLogger()), goose.WithAllowOutofOrder(true)}
	if s.dialect.goose == goose.DialectPostgres {
		locker, err := sessionLock()
		if err != nil {
			return err
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	m, err := goose.NewProvider(s.dialect.goose, s.write, files, options...)
	if err != nil {
		return err
	}
	_, err = m.Up(ctx)
	return err
}

// Close ends all connections. What was committed is kept.
func (s *Store) Close() error {
	var errs []error
	for _, db := range []*sql.DB{s.read, s.write, s.side} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error { return s.read.PingContext(ctx) }

// Place returns the shop's time zone.
func (s *Store) Place() *time.Location { return s.place }

// View runs do in a transaction that sees one state of the store and changes nothing.
// In Postgres do is called again when the connection turns out to be dead.
func (s *Store) View(ctx context.Context, do func(*sql.Tx) error) error {
	return s.again(ctx, func() error { return within(ctx, s.read, s.dialect.reading, do) })
}

// again reads once more where the connection turns out to be dead.
func (s *Store) again(ctx context.Context, read func() error) error {
	for n := 1; ; n++ {
		err := read()
		if err == nil || n > readers || !s.dialect.lost(err) || ctx.Err() != nil {
			return plain(err)
		}
		s.reconnected.Add(1)
	}
}

// Change runs do in a transaction that writes, and commits it if do returns nil. What
// it reads is as if no other change ran beside it. In Postgres do is called again,
// from its beginning, when the transaction has met another or its connection turned
// out to be dead: it must not add to what an earlier call left. A connection that dies
// in the commit itself is an error, as nobody knows whether the change was kept.
func (s *Store) Change(ctx context.Context, do func(*sql.Tx) error) error {
	for n := 1; ; n++ {
		err := within(ctx, s.write, s.dialect.writing, do)
		met, lost := s.dialect.met(err) && n < attempts, s.dialect.lost(err) && n <= writers
		switch {
		case err == nil || !met && !lost || ctx.Err() != nil:
			return plain(err)
		case met:
			s.redone.Add(1)
		default:
			s.reconnected.Add(1)
		}
		pause(ctx, time.Duration(rand.IntN(2*n)+1)*time.Millisecond) //nolint:gosec // not a secret
	}
}

// Unusable reports whether a change failed because of what it was to write (a text
// that the database cannot hold, a value out of range), so that trying again is
// useless.
func (s *Store) Unusable(err error) bool { return err != nil && s.dialect.unusable(err) }

// Params returns how many placeholders a statement best has. SQLite looks each of them
// up among all before it.
func (s *Store) Params() int { return s.dialect.params }

func within(ctx context.Context, db *sql.DB, opts *sql.TxOptions, do func(*sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, opts)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after a commit
	if err := do(tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return &commitError{err}
	}
	return nil
}

// commitError is an error of the commit itself.
type commitError struct{ error }

func (e *commitError) Unwrap() error { return e.error }

// plain returns the error that a caller sees.
func plain(err error) error {
	if commit, ok := errors.AsType[*commitError](err); ok {
		return commit.error
	}
	return err
}

// pause waits, or less if ctx ends first.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
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
