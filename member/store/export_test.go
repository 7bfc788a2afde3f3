package store

import (
	"context"
	"database/sql"
	"time"

	"huike/member"
	"huike/member/vault"
)

// Exec runs a statement that the package itself never would.
func Exec(ctx context.Context, s *Store, statement string) error {
	return s.Change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, statement)
		return err
	})
}

// SetSettle sets how long a rekeying waits for other processes.
func SetSettle(s *Store, settle time.Duration) { s.settle = settle }

// LoadIn is Load with one question after the other.
func LoadIn(ctx context.Context, s *Store, tx *sql.Tx, id member.ID) (*member.Profile, error) {
	return s.load(ctx, tx, id)
}

// AskTexts asks several questions at once, each with one argument, and returns the texts
// that are answered.
func AskTexts(ctx context.Context, s *Store, questions []string, arg string) ([]string, error) {
	var all []question
	var got []string
	for _, text := range questions {
		all = append(all, question{row: func(scan func(...any) error) error {
			var text *string
			err := scan(&text)
			if text == nil {
				text = new(string)
			}
			got = append(got, *text)
			return err
		}, text: text, args: []any{arg}})
	}
	return got, s.ask(ctx, all)
}

// Copied takes what COPY wrote apart, in pieces.
func Copied(row func(columns [][]byte) error, pieces ...string) error {
	c := &copied{row: row, vault: &vault.Vault{}}
	for _, piece := range pieces {
		if _, err := c.Write([]byte(piece)); err != nil {
			return err
		}
	}
	return nil
}

// Plans returns how Postgres would answer what a profile is asked for with.
func Plans(ctx context.Context, s *Store, id member.ID) (plans []string, err error) {
	_, all, _ := s.profile(id)
	for _, q := range all {
		plan := ""
		err := Each(ctx, s.read, func(scan func(...any) error) error {
			var line string
			err := scan(&line)
			plan += line + "\n"
			return err
		}, "EXPLAIN "+q.text, q.args...)
		if err != nil {
			return nil, err
		}
		plans = append(plans, plan)
	}
	return plans, nil
}
