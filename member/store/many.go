package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"huike/member"
)

// EachOf is [Each] for a query in which "IN?" stands for a list of texts: "WHERE id IN?".
// It asks once for all of them, or in SQLite for some at a time; of no texts it asks nothing.
// Other arguments the query cannot have.
func (s *Store) EachOf(ctx context.Context, q Querier, row func(scan func(...any) error) error, query string, texts []string) error {
	if len(texts) == 0 {
		return nil
	}
	if s.dialect.arrays {
		// not = ANY: the planner would look for each of the texts among the commonest values
		return Each(ctx, q, row, strings.ReplaceAll(query, "IN?", "IN (SELECT * FROM unnest($1::text[]))"), texts)
	}
	for part := range slices.Chunk(texts, s.dialect.params) {
		args := make([]any, len(part))
		for i, text := range part {
			args[i] = text
		}
		if err := Each(ctx, q, row, strings.ReplaceAll(query, "IN?", "IN "+places(1, len(args))), args...); err != nil {
			return err
		}
	}
	return nil
}

// EachIn is [Store.EachOf] for rows of equal width in place of texts: "WHERE (kind, value)
// IN?". Values are as for [Store.Insert].
func (s *Store) EachIn(ctx context.Context, q Querier, row func(scan func(...any) error) error, query string, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	if s.dialect.arrays {
		from, args, err := unnest(rows)
		if err != nil {
			return err
		}
		return Each(ctx, q, row, strings.ReplaceAll(query, "IN?", "IN (SELECT * FROM "+from+")"), args...)
	}
	for part := range slices.Chunk(rows, max(1, s.dialect.params/len(rows[0]))) {
		if err := Each(ctx, q, row, strings.ReplaceAll(query, "IN?", "IN (VALUES "+places(len(part), len(part[0]))+")"), slices.Concat(part...)...); err != nil {
			return err
		}
	}
	return nil
}

// Insert writes rows of equal width: "INSERT INTO " + into, the rows, and after, which may
// be a conflict clause. A value is a string, bool, int, int64 or []byte, or a pointer to one
// of the first four where it may be null. Rows go as one array for each column, so that a statement is
// the same however many they are, or in SQLite some rows at a time.
func (s *Store) Insert(ctx context.Context, tx *sql.Tx, into, after string, rows [][]any) error {
	return s.InsertEach(ctx, tx, nil, into, after, rows)
}

// InsertEach is Insert with a RETURNING clause in after, whose rows go to row.
func (s *Store) InsertEach(ctx context.Context, tx *sql.Tx, row func(scan func(...any) error) error, into, after string, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	do := func(statement string, args []any) error {
		if row != nil {
			return Each(ctx, tx, row, statement, args...)
		}
		_, err := tx.ExecContext(ctx, statement, args...)
		return err
	}
	if s.dialect.arrays {
		from, args, err := unnest(rows)
		if err != nil {
			return fmt.Errorf("insert into %s: %w", into, err)
		}
		return do("INSERT INTO "+into+" SELECT * FROM "+from+after, args)
	}
	for part := range slices.Chunk(rows, max(1, s.dialect.params/len(rows[0]))) {
		if err := do("INSERT INTO "+into+" VALUES "+places(len(part), len(part[0]))+after, slices.Concat(part...)); err != nil {
			return err
		}
	}
	return nil
}

// places writes placeholders of rows: ($1, $2), ($3, $4).
func places(rows, width int) string {
	var b strings.Builder
	for i := range rows * width {
		switch {
		case i == 0:
			b.WriteString("($")
		case i%width == 0:
			b.WriteString("), ($")
		default:
			b.WriteString(", $")
		}
		b.WriteString(strconv.Itoa(i + 1))
	}
	b.WriteByte(')')
	return b.String()
}

// unnest turns rows into one array for each column.
func unnest(rows [][]any) (from string, args []any, err error) {
	var b strings.Builder
	for j := range rows[0] {
		arg, of, err := column(rows, j)
		if err != nil {
			return "", nil, err
		}
		b.WriteString(map[bool]string{true: "unnest($", false: ", $"}[j == 0])
		b.WriteString(strconv.Itoa(j + 1))
		b.WriteString("::" + of + "[]")
		args = append(args, arg)
	}
	b.WriteByte(')')
	return b.String(), args, nil
}

func column(rows [][]any, j int) (arg any, of string, err error) {
	switch rows[0][j].(type) {
	case string:
		arg, err = values[string](rows, j)
		return arg, "text", err
	case *string:
		arg, err = values[*string](rows, j)
		return arg, "text", err
	case bool:
		arg, err = values[bool](rows, j)
		return arg, "boolean", err
	case int64:
		arg, err = values[int64](rows, j)
		return arg, "bigint", err
	case *int64:
		arg, err = values[*int64](rows, j)
		return arg, "bigint", err
	case int:
		arg, err = values[int](rows, j)
		return arg, "bigint", err
	case *int:
		arg, err = values[*int](rows, j)
		return arg, "bigint", err
	case []byte:
		arg, err = values[[]byte](rows, j)
		return arg, "bytea", err
	}
	return nil, "", fmt.Errorf("column %d holds a %T; want a string, bool, int, int64 or []byte, or a pointer to one of the first four", j+1, rows[0][j])
}

func values[T any](rows [][]any, j int) ([]T, error) {
	all := make([]T, len(rows))
	for i, row := range rows {
		value, is := row[j].(T)
		if !is {
			return nil, fmt.Errorf("column %d holds a %T in row %d and a %T in the first", j+1, row[j], i+1, all[i])
		}
		all[i] = value
	}
	return all, nil
}

// TouchAll is [Touch] for several members whose tags the caller has looked after: they get
// new versions, which it returns. Who is not there has none.
func (s *Store) TouchAll(ctx context.Context, tx *sql.Tx, ids []member.ID, now time.Time) (map[member.ID]int64, error) {
	versions := make(map[member.ID]int64, len(ids))
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = string(id)
	}
	row := func(scan func(...any) error) error {
		var id member.ID
		var version int64
		err := scan(&id, &version)
		versions[id] = version
		return err
	}
	if s.dialect.arrays { // a statement that is the same each time
		err := Each(ctx, tx, row, `UPDATE members SET version = version + 1, updated_at = $2 WHERE id IN (SELECT * FROM unnest($1::text[])) RETURNING id, version`,
			texts, stamp(now))
		return versions, err
	}
	err := s.EachOf(ctx, tx, row, fmt.Sprintf(`UPDATE members SET version = version + 1, updated_at = %d WHERE id IN? RETURNING id, version`, stamp(now)), texts)
	return versions, err
}
