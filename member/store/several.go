package store

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// question is one of several that are asked at once.
type question struct {
	row  func(scan func(...any) error) error // called for each row of the answer, with what reads its columns
	then func()                              // after the last of them, if not nil
	text string
	args []any
}

// askIn asks one question after the other in a transaction.
func askIn(ctx context.Context, tx *sql.Tx, all []question) error {
	for i := range all {
		if err := Each(ctx, tx, all[i].row, all[i].text, all[i].args...); err != nil {
			return err
		}
		if all[i].then != nil {
			all[i].then()
		}
	}
	return nil
}

// ask asks all questions in one state of the store. In Postgres they go there together and
// their answers come back together, so that ten cost one way and not ten.
func (s *Store) ask(ctx context.Context, all []question) error {
	if !s.dialect.several {
		return within(ctx, s.read, s.dialect.reading, func(tx *sql.Tx) error { return askIn(ctx, tx, all) })
	}
	rows, err := s.read.QueryContext(ctx, "several questions", all)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for i := range all {
		if i > 0 && !rows.NextResultSet() {
			return cmp.Or(rows.Err(), io.ErrUnexpectedEOF)
		}
		for rows.Next() {
			if err := all[i].row(rows.Scan); err != nil {
				return err
			}
		}
		if err := rows.Err(); err != nil {
			return err
		}
		if all[i].then != nil {
			all[i].then()
		}
	}
	return rows.Close()
}

// pipelined makes connections that can be asked several questions at once.
type pipelined struct{ driver.Connector }

// Connect opens a connection.
func (p pipelined) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := p.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	one, is := c.(*stdlib.Conn)
	if !is {
		return nil, fmt.Errorf("a connection to Postgres is a %T; want a *stdlib.Conn", c)
	}
	return &pipe{one}, nil
}

// pipe is a connection to which a query may be a list of questions. They are one
// transaction, of the isolation that the connection begins with: Postgres ends one that
// nobody began where the sender says Sync, which is after the last of them.
type pipe struct{ *stdlib.Conn }

// QueryContext asks. The answers of several are as many result sets.
func (p *pipe) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if len(args) != 1 {
		return p.Conn.QueryContext(ctx, query, args)
	}
	all, several := args[0].Value.([]question)
	if !several {
		return p.Conn.QueryContext(ctx, query, args)
	}
	if p.Conn.Conn().IsClosed() {
		return nil, driver.ErrBadConn
	}
	batch := &pgx.Batch{}
	for i := range all {
		batch.Queue(all[i].text, all[i].args...)
	}
	a := &answers{of: p.Conn.Conn().SendBatch(ctx, batch), left: len(all)}
	if err := a.NextResultSet(); err != nil {
		_ = a.of.Close()
		if pgconn.SafeToRetry(err) {
			return nil, driver.ErrBadConn
		}
		return nil, err
	}
	return a, nil
}

// answers are what comes back for several questions.
type answers struct {
	of   pgx.BatchResults
	rows pgx.Rows // of the one that is being read
	left int      // how many come after it
}

// Columns names the columns of the answer that is being read.
func (a *answers) Columns() []string {
	names := make([]string, len(a.rows.FieldDescriptions()))
	for i, field := range a.rows.FieldDescriptions() {
		names[i] = field.Name
	}
	return names
}

// Close reads what is left.
func (a *answers) Close() error {
	a.rows.Close()
	return a.of.Close()
}

// Next reads a row, or is [io.EOF] at the answer's end.
func (a *answers) Next(dest []driver.Value) error {
	if !a.rows.Next() {
		return cmp.Or(a.rows.Err(), io.EOF)
	}
	values, err := a.rows.Values()
	if err != nil {
		return err
	}
	for i, value := range values {
		if dest[i], err = plainValue(value); err != nil {
			return err
		}
	}
	return nil
}

// plainValue turns what pgx made of a value into one that database/sql knows.
func plainValue(value any) (driver.Value, error) {
	switch value := value.(type) {
	case driver.Valuer: // such as a sum, which Postgres makes a numeric
		return value.Value()
	case int32:
		return int64(value), nil
	case int16:
		return int64(value), nil
	default:
		return value, nil
	}
}

// HasNextResultSet reports whether there is another answer.
func (a *answers) HasNextResultSet() bool { return a.left > 0 }

// NextResultSet goes on to the next answer.
func (a *answers) NextResultSet() (err error) {
	if a.rows != nil {
		a.rows.Close()
	}
	a.left--
	a.rows, err = a.of.Query()
	return err
}
