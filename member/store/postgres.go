package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"huike/member/vault"
)

const (
	writers     = 8                // connections that write
	idleTime    = 5 * time.Minute  // after which a connection is given back
	dialTimeout = 5 * time.Second  // unless the address says connect_timeout
	oldest      = 30 * time.Minute // a connection is made anew, as a proxy may want
)

// Classes and codes of SQLSTATE, Postgres' appendix A.
const (
	serializationFailure = "40001"
	deadlockDetected     = "40P01"
	classData            = "22" // a value that no column holds
	classConstraint      = "23"
	adminShutdown        = "57P01" // the server ends this connection
	crashShutdown        = "57P02"
	invalidCatalog       = "3D000" // no such database
	invalidPassword      = "28P01"
)

// database is a Postgres database.
type database struct{ config *pgx.ConnConfig }

func parsePostgres(text string) (address, error) {
	config, err := pgx.ParseConfig(text)
	if err != nil {
		return nil, errAddress // err may hold the password
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = dialTimeout
	}
	config.RuntimeParams["timezone"] = "UTC"
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "huike"
	}
	return database{config}, nil
}

// String names host, port and database.
func (d database) String() string {
	return "postgres://" + net.JoinHostPort(d.config.Host, strconv.Itoa(int(d.config.Port))) + "/" + d.config.Database
}

func (d database) connect(s *Store) error {
	s.dialect = dialect{
		goose: goose.DialectPostgres, folder: "postgres",
		reading: &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true},
		writing: &sql.TxOptions{Isolation: sql.LevelSerializable},
		met:     postgresMet, lost: postgresLost, unusable: postgresUnusable, params: 16384, arrays: true, several: true,
		tables: `SELECT table_name::text, column_name::text FROM information_schema.columns WHERE table_schema = current_schema()
			ORDER BY table_name, ordinal_position`,
	}
	s.write = d.open(s.vault, writers, writing())
	s.read = d.open(s.vault, readers, reading())
	s.side = d.open(s.vault, 1, reading())
	return nil
}

// reading is how a connection that reads is set: a transaction sees one state, even if
// nobody began it.
func reading() map[string]string {
	return map[string]string{"default_transaction_read_only": "on", "default_transaction_isolation": "repeatable read"}
}

// writing is how a connection that writes is set. Changes go by keys, some hundred at a
// time, and each statement is planned once for a connection: key by key through the
// indexes, since a table that was empty then may have a million rows by now.
func writing() map[string]string {
	return map[string]string{
		"default_transaction_read_only": "off", "plan_cache_mode": "force_generic_plan", "jit": "off",
		"enable_seqscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off",
	}
}

func (d database) open(v *vault.Vault, connections int, settings map[string]string) *sql.DB {
	config := d.config.Copy()
	maps.Copy(config.RuntimeParams, settings)
	db := sql.OpenDB(v.Connector(pipelined{stdlib.GetConnector(*config)}))
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	db.SetConnMaxIdleTime(idleTime)
	db.SetConnMaxLifetime(oldest)
	return db
}

// explain says what to do about a database that cannot be reached.
func (d database) explain(err error) error {
	var connect *pgconn.ConnectError
	switch {
	case postgresCode(err) == invalidCatalog:
		return fmt.Errorf("the database is not there; make it with: createdb -h %s -p %d %s", d.config.Host, d.config.Port, d.config.Database)
	case postgresCode(err) == invalidPassword:
		return fmt.Errorf("user or password is refused; user %s", d.config.User)
	case errors.As(err, &connect):
		return fmt.Errorf("nobody answers: start Postgres there, or name another with --store: %w", err)
	}
	return err
}

// sessionLock lets one process at a time bring the tables up to date.
func sessionLock() (lock.SessionLocker, error) { return lock.NewPostgresSessionLocker() }

func postgresCode(err error) string {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return ""
	}
	return e.Code
}

func postgresMet(err error) bool {
	code := postgresCode(err)
	return code == serializationFailure || code == deadlockDetected
}

// postgresLost reports whether the connection was dead before anything was committed
// on it, as all that were open are after a restart of the server. One that cannot be
// made at all is not meant: there is no other to try.
func postgresLost(err error) bool {
	var connect *pgconn.ConnectError
	if err == nil || errors.As(err, &connect) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	if _, commit := errors.AsType[*commitError](err); commit {
		return pgconn.SafeToRetry(err)
	}
	var network net.Error
	code := postgresCode(err)
	return pgconn.SafeToRetry(err) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, net.ErrClosed) || errors.As(err, &network) || code == adminShutdown || code == crashShutdown
}

func postgresUnusable(err error) bool {
	code := postgresCode(err)
	return len(code) == 5 && (code[:2] == classData || code[:2] == classConstraint)
}
