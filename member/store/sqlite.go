package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite" // the driver "sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"huike/member/vault"
)

const (
	busyWait = 5 * time.Second // for another process that writes
	fileMode = 0o600           // members' data is for the server's user alone
	dirMode  = 0o700
)

// file is the path of a SQLite database.
type file string

func (f file) String() string          { return string(f) }
func (f file) explain(err error) error { return err }

func (f file) connect(s *Store) error {
	s.dialect = dialect{
		goose: goose.DialectSQLite3, folder: "sqlite",
		met: sqliteBusy, lost: func(error) bool { return false }, unusable: sqliteUnusable, params: 200,
		tables: `SELECT t.name, c.name FROM sqlite_master t, pragma_table_info(t.name) c
			WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' ORDER BY t.name, c.cid`,
		checkpoint: `PRAGMA wal_checkpoint(TRUNCATE)`,
	}
	if err := f.prepare(); err != nil {
		return err
	}
	s.write = f.open(s.vault, 1, "_txlock", "immediate")
	s.read = f.open(s.vault, readers, "_pragma", "query_only(1)")
	s.side = f.open(s.vault, 1, "_pragma", "query_only(1)")
	return nil
}

// prepare makes the folder and the file, readable by nobody else.
func (f file) prepare() error {
	if err := os.MkdirAll(filepath.Dir(string(f)), dirMode); err != nil {
		return err
	}
	opened, err := os.OpenFile(filepath.Clean(string(f)), os.O_CREATE|os.O_RDWR, fileMode)
	if err != nil {
		return err
	}
	return opened.Close()
}

func (f file) open(v *vault.Vault, connections int, key, value string) *sql.DB {
	q := url.Values{"_pragma": {
		fmt.Sprintf("busy_timeout(%d)", busyWait.Milliseconds()),
		"journal_mode(WAL)", "synchronous(NORMAL)", "foreign_keys(1)",
	}}
	q.Add(key, value)
	name := (&url.URL{Scheme: "file", Opaque: url.PathEscape(string(f)), RawQuery: q.Encode()}).String()
	db := sql.OpenDB(v.Connector(sqliteConnector(name)))
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db
}

// sqliteConnector is a SQLite database's name for its driver.
type sqliteConnector string

// Connect opens a connection.
func (c sqliteConnector) Connect(context.Context) (driver.Conn, error) {
	return c.Driver().Open(string(c))
}

// Driver returns the driver.
func (c sqliteConnector) Driver() driver.Driver { return &sqlite.Driver{} }

func sqliteCode(err error) int {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return 0
	}
	return e.Code() & 0xff // without its extension
}

// sqliteBusy is never so within one process: its one writer waits for its turn.
func sqliteBusy(err error) bool { return sqliteCode(err) == sqlite3.SQLITE_BUSY }

func sqliteUnusable(err error) bool {
	switch sqliteCode(err) {
	case sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_RANGE:
		return true
	}
	return false
}
