package vault

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"strings"
)

type rawKey struct{}

// Raw returns a context whose queries, through a [Connector], give sealed texts as they
// are kept.
func Raw(ctx context.Context) context.Context { return context.WithValue(ctx, rawKey{}, true) }

// Connector returns a connector whose connections open every text that a query gives by
// [Placed], if it is sealed for its place, and those that are sealed for none. What is written is not sealed by it.
func (v *Vault) Connector(inner driver.Connector) driver.Connector { return connector{inner, v} }

// Inner returns the connection that a [Connector]'s is made of, and any other as it is. What
// it gives is not opened: [Vault.OpenBytes] does.
func Inner(c any) any {
	if c, is := c.(*conn); is {
		return c.Conn
	}
	return c
}

// OpenBytes returns what a sealed text holds, and any other text, or one whose key is not
// there, as it is. What [Placed] gave and is not sealed for its place is an error.
func (v *Vault) OpenBytes(text []byte) ([]byte, error) {
	if len(text) > len(mark) && string(text[:len(mark)]) == mark {
		plain, err := v.placed(string(text))
		return []byte(plain), err
	}
	if len(text) > len(prefix) && string(text[:len(prefix)]) == prefix {
		if plain, was := v.Open(string(text)); was {
			return []byte(plain), nil
		}
	}
	return text, nil
}

type connector struct {
	driver.Connector
	vault *Vault
}

func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	inner, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &conn{inner, c.vault}, nil
}

// conn passes everything on, and opens what comes back.
type conn struct {
	driver.Conn
	vault *Vault
}

func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	q, ok := c.Conn.(driver.QueryerContext)
	if !ok {
		return nil, driver.ErrSkip
	}
	found, err := q.QueryContext(ctx, query, args)
	return c.vault.rows(ctx, found, err)
}

func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if e, ok := c.Conn.(driver.ExecerContext); ok {
		return e.ExecContext(ctx, query, args)
	}
	return nil, driver.ErrSkip
}

func (c *conn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	p, ok := c.Conn.(driver.ConnPrepareContext)
	if !ok {
		return nil, errors.New("the driver prepares no statements with a context")
	}
	s, err := p.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	return &stmt{s, c.vault}, nil
}

func (c *conn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	b, ok := c.Conn.(driver.ConnBeginTx)
	if !ok {
		return nil, errors.New("the driver begins no transactions with options")
	}
	return b.BeginTx(ctx, opts)
}

func (c *conn) Ping(ctx context.Context) error {
	if p, ok := c.Conn.(driver.Pinger); ok {
		return p.Ping(ctx)
	}
	return nil
}

func (c *conn) ResetSession(ctx context.Context) error {
	if r, ok := c.Conn.(driver.SessionResetter); ok {
		return r.ResetSession(ctx)
	}
	return nil
}

func (c *conn) IsValid() bool {
	v, ok := c.Conn.(driver.Validator)
	return !ok || v.IsValid()
}

func (c *conn) CheckNamedValue(value *driver.NamedValue) error {
	if n, ok := c.Conn.(driver.NamedValueChecker); ok {
		return n.CheckNamedValue(value)
	}
	return driver.ErrSkip
}

// stmt is a prepared statement.
type stmt struct {
	driver.Stmt
	vault *Vault
}

func (s *stmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	q, ok := s.Stmt.(driver.StmtQueryContext)
	if !ok {
		return nil, errors.New("the driver asks no prepared statement with a context")
	}
	found, err := q.QueryContext(ctx, args)
	return s.vault.rows(ctx, found, err)
}

func (s *stmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	e, ok := s.Stmt.(driver.StmtExecContext)
	if !ok {
		return nil, errors.New("the driver runs no prepared statement with a context")
	}
	return e.ExecContext(ctx, args)
}

func (s *stmt) CheckNamedValue(value *driver.NamedValue) error {
	if n, ok := s.Stmt.(driver.NamedValueChecker); ok {
		return n.CheckNamedValue(value)
	}
	return driver.ErrSkip
}

func (v *Vault) rows(ctx context.Context, found driver.Rows, err error) (driver.Rows, error) {
	if err != nil || ctx.Value(rawKey{}) != nil {
		return found, err
	}
	return &rows{found, v}, nil
}

// rows is an answer whose texts are opened.
type rows struct {
	driver.Rows
	vault *Vault
}

// HasNextResultSet reports whether another answer follows.
func (r *rows) HasNextResultSet() bool {
	several, ok := r.Rows.(driver.RowsNextResultSet)
	return ok && several.HasNextResultSet()
}

// NextResultSet goes on to the next answer, or is [io.EOF] where there is none.
func (r *rows) NextResultSet() error {
	if several, ok := r.Rows.(driver.RowsNextResultSet); ok {
		return several.NextResultSet()
	}
	return io.EOF
}

func (r *rows) Next(dest []driver.Value) error {
	if err := r.Rows.Next(dest); err != nil {
		return err
	}
	for i, value := range dest {
		switch value := value.(type) {
		case string:
			switch {
			case strings.HasPrefix(value, mark):
				plain, err := r.vault.placed(value)
				if err != nil {
					return err
				}
				dest[i] = plain
			case strings.HasPrefix(value, prefix):
				dest[i], _ = r.vault.Open(value)
			}
		case []byte:
			opened, err := r.vault.OpenBytes(value)
			if err != nil {
				return err
			}
			dest[i] = opened
		}
	}
	return nil
}
