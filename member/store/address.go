package store

import (
	"errors"
	"net/url"
	"strings"
)

// address is where a store is: a file, or a Postgres database.
type address interface {
	// connect opens the connections.
	connect(s *Store) error
	// explain adds the way out to an error of the connection.
	explain(err error) error
	// String names the place without its password.
	String() string
}

// errAddress does not repeat what it could not read: a password may stand in it.
var errAddress = errors.New("the store's address cannot be read; want the path of a SQLite file, " +
	"or postgres://user:password@host:5432/database (?sslmode=verify-full for TLS); " +
	"signs such as @ : / # in a password are written %40 %3A %2F %23")

// parse tells the two kinds of address apart.
func parse(text string) (address, error) {
	scheme, rest, isURL := strings.Cut(text, "://")
	switch {
	case text == "":
		return nil, errors.New("no member store is named: want the path of a SQLite file, or postgres://…")
	case !isURL && strings.HasPrefix(text, "postgres:"):
		return nil, errAddress
	case !isURL:
		return file(strings.TrimPrefix(text, "sqlite:")), nil
	case scheme == "sqlite":
		return file(rest), nil
	case scheme != "postgres" && scheme != "postgresql":
		return nil, errAddress
	}
	u, err := url.Parse(text)
	if err != nil || strings.Trim(u.Path, "/") == "" {
		return nil, errAddress
	}
	return parsePostgres(text)
}
