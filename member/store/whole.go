package store

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"

	"huike/member/vault"
)

// Whole reads whole tables, in one state of the store.
type Whole struct {
	store *Store
	conn  *sql.Conn
	tx    *sql.Tx
}

// ViewWhole is [Store.View] for readings of whole tables, some million rows: in Postgres
// they come by COPY, at a fraction of what a row costs otherwise.
func (s *Store) ViewWhole(ctx context.Context, do func(*Whole) error) error {
	return s.again(ctx, func() error {
		conn, err := s.read.Conn(ctx)
		if err != nil {
			return err
		}
		defer func() { _ = conn.Close() }()
		tx, err := conn.BeginTx(ctx, s.dialect.reading)
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback() }() // nothing was written
		if s.dialect.several {
			if _, err := tx.ExecContext(ctx, `SET LOCAL jit = off`); err != nil {
				return err
			}
		}
		return do(&Whole{s, conn, tx})
	})
}

// Each calls row for each row of a query that has no arguments, with its columns as texts,
// nil where they are null. They are valid until row returns. Sealed ones are opened. Its first
// error ends the reading and is returned.
//
// The databases write the same texts for whole numbers and texts; a truth is t or f in
// one and 1 or 0 in the other, so ask for a number instead.
func (w *Whole) Each(ctx context.Context, query string, row func(columns [][]byte) error) error {
	if w.store.dialect.several {
		lines := &copied{row: row, vault: w.store.vault}
		err := w.conn.Raw(func(c any) error {
			p, is := vault.Inner(c).(*pipe)
			if !is {
				return fmt.Errorf("a connection is a %T; want Postgres'", c)
			}
			_, err := p.Conn.Conn().PgConn().CopyTo(ctx, lines, `COPY (`+query+`) TO STDOUT`)
			return err
		})
		if lines.err != nil {
			return lines.err
		}
		return err
	}
	rows, err := w.tx.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	names, err := rows.Columns()
	if err != nil {
		return err
	}
	columns, into := make([]sql.RawBytes, len(names)), make([]any, len(names))
	plain := make([][]byte, len(names))
	for i := range columns {
		into[i] = &columns[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		for i := range columns {
			plain[i] = columns[i]
		}
		if err := row(plain); err != nil {
			return err
		}
	}
	return rows.Err()
}

// copied takes apart what COPY writes in its text format
// (https://www.postgresql.org/docs/15/sql-copy.html): a line for each row, tabs between
// its columns, \N for null, and a backslash before what is meant by itself.
type copied struct {
	row     func(columns [][]byte) error
	vault   *vault.Vault
	rest    []byte // of a line that has not ended
	columns [][]byte
	err     error // of row
}

// Write takes the next bytes, which need not end with a line.
func (c *copied) Write(more []byte) (int, error) {
	n := len(more)
	for {
		end := bytes.IndexByte(more, '\n') // one in a column is written as \n
		if end < 0 {
			c.rest = append(c.rest, more...)
			return n, nil
		}
		line := more[:end]
		if len(c.rest) > 0 {
			c.rest = append(c.rest, line...)
			line = c.rest
		}
		if c.err = c.line(line); c.err != nil {
			return 0, c.err
		}
		more, c.rest = more[end+1:], c.rest[:0]
	}
}

func (c *copied) line(line []byte) error {
	c.columns = c.columns[:0]
	for {
		column, rest, more := bytes.Cut(line, []byte{'\t'})
		plain, err := c.plain(column)
		if err != nil {
			return err
		}
		c.columns = append(c.columns, plain)
		if !more {
			return c.row(c.columns)
		}
		line = rest
	}
}

// plain returns a column as it is meant.
func (c *copied) plain(column []byte) ([]byte, error) {
	if string(column) == `\N` {
		return nil, nil
	}
	if bytes.IndexByte(column, '\\') >= 0 {
		column = unescape(column)
	}
	return c.vault.OpenBytes(column)
}

// unescape takes the backslashes out of a column, in place.
func unescape(column []byte) []byte {
	plain := column[:0]
	for i := 0; i < len(column); i++ {
		if column[i] != '\\' || i+1 == len(column) {
			plain = append(plain, column[i])
			continue
		}
		i++
		if at := bytes.IndexByte([]byte("bfnrtv"), column[i]); at >= 0 {
			plain = append(plain, "\b\f\n\r\t\v"[at])
			continue
		}
		plain = append(plain, column[i])
	}
	return plain
}
