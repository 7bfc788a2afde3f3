package event

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"huike/member/store"
)

// Dead is an event that could not be used. What it said is kept and not listed: it may
// be personal.
type Dead struct {
	Number int64     `json:"number"`
	At     time.Time `json:"at"` // when it was refused
	Source string    `json:"source"`
	ID     string    `json:"id"`
	Kind   string    `json:"type"`
	Reason string    `json:"reason"`
}

type letter struct {
	Dead
	body []byte
}

func (b *batch) bury(e *Event, reason string) letter {
	return letter{Dead{At: b.now, Source: clean(e.Source), ID: clean(e.ID), Kind: clean(e.Kind), Reason: reason}, e.raw}
}

func writeLetters(ctx context.Context, tx *sql.Tx, s *store.Store, dead []letter) error {
	rows := make([][]any, len(dead))
	for i, d := range dead {
		at := d.At.UnixMilli()
		body := s.SealAt("dead_letters.body", store.LetterRow(at, d.Source, d.ID, d.Kind), printable(d.body))
		rows[i] = []any{at, d.Source, d.ID, d.Kind, d.Reason, body}
	}
	return s.Insert(ctx, tx, `dead_letters (at, source, event_id, kind, reason, body)`, ``, rows)
}

// printable is the body as a text that every database holds.
func printable(body []byte) string {
	return strings.ReplaceAll(strings.ToValidUTF8(string(body), "\uFFFD"), "\x00", "\uFFFD")
}

// Dead returns the dead letters after a number, the oldest first.
func (in *Inbox) Dead(ctx context.Context, after int64, limit int) ([]Dead, error) {
	found := []Dead{}
	err := in.store.View(ctx, func(tx *sql.Tx) error {
		return store.Each(ctx, tx, func(scan func(...any) error) error {
			var d Dead
			var at int64
			err := scan(&d.Number, &at, &d.Source, &d.ID, &d.Kind, &d.Reason)
			d.At = time.UnixMilli(at).In(in.store.Place())
			found = append(found, d)
			return err
		}, `SELECT id, at, source, event_id, kind, reason FROM dead_letters WHERE id > $1 ORDER BY id LIMIT $2`, after, limit)
	})
	return found, err
}

// Retry takes a dead letter again, after what was wrong has been put right: a schema
// added, a member registered. It leaves the list if it can be used now; else it stands
// at the list's end with the new reason. A number that is not there is sql.ErrNoRows.
func (in *Inbox) Retry(ctx context.Context, number int64) (Outcome, error) {
	var body string
	err := in.store.View(ctx, func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT `+store.Opened("dead_letters.body")+` FROM dead_letters WHERE id = $1`, number).Scan(&body)
	})
	if err != nil {
		return Outcome{}, err
	}
	out, err := in.Take(ctx, [][]byte{[]byte(body)})
	if err != nil {
		return Outcome{}, err
	}
	return out[0], in.Drop(ctx, number)
}

// Drop forgets a dead letter. Again is no error.
func (in *Inbox) Drop(ctx context.Context, number int64) error {
	return in.store.Change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM dead_letters WHERE id = $1`, number)
		return err
	})
}
