package store

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"

	"huike/member"
)

// Note keeps what a conversation has shown of a member; a note whose key is there
// already is left out.
func (s *Store) Note(ctx context.Context, id member.ID, notes []member.Note) (int64, error) {
	var version int64
	err := s.Change(ctx, func(tx *sql.Tx) error {
		var err error
		if version, err = Touch(ctx, tx, id); err != nil {
			return err
		}
		for i := range notes {
			if err := s.note(ctx, tx, id, &notes[i]); err != nil {
				return err
			}
		}
		return due(ctx, tx, id)
	})
	if err != nil {
		return 0, fmt.Errorf("note of member %s: %w", id, err)
	}
	return version, nil
}

func (s *Store) note(ctx context.Context, tx *sql.Tx, id member.ID, n *member.Note) error {
	at := stamp(n.At)
	var err error
	switch {
	case n.Fact != nil:
		f := n.Fact
		_, err = tx.ExecContext(ctx, `INSERT INTO facts (id, member_id, name, kind, value, source, call, at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO NOTHING`, n.Key, id, f.Name, f.Kind, s.SealAt("facts.value", n.Key, f.Value), f.Source, n.Call, at)
		if year, bad := strconv.Atoi(f.Value); err == nil && bad == nil && f.Name == member.FactBirthYear {
			_, err = tx.ExecContext(ctx, `UPDATE members SET birth = $2 WHERE id = $1 AND birth IS NULL`, id, s.SealAt("members.birth", string(id), strconv.Itoa(year)))
		}
	case n.Refusal != nil:
		_, err = tx.ExecContext(ctx, `INSERT INTO refusals (id, member_id, kind, name, at) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (id) DO NOTHING`, n.Key, id, n.Refusal.Kind, n.Refusal.Name, at)
	case n.Interest != nil:
		_, err = tx.ExecContext(ctx, `INSERT INTO events (id, member_id, kind, product_id, brand, at, received_at)
			VALUES ($1, $2, 'browse', $3, COALESCE((SELECT brand FROM products WHERE id = $3), ''), $4, $4) ON CONFLICT (id) DO NOTHING`,
			n.Key, id, n.Interest.Product, at)
	}
	return err
}

// askFacts takes the newest fact of each name.
func (s *Store) askFacts(p *member.Profile) question {
	return question{row: func(scan func(...any) error) error {
		var f member.Fact
		var at int64
		if err := scan(&f.Name, &f.Kind, &f.Value, &f.Source, &at); err != nil {
			return err
		}
		f.At = s.when(at)
		if _, newer := p.Fact(f.Name); !newer {
			p.Facts = append(p.Facts, f)
		}
		return nil
	}, text: `SELECT name, kind, ` + Opened("facts.value") + `, source, at FROM facts WHERE member_id = $1 ORDER BY name, at DESC, id DESC`, args: []any{p.ID}}
}

// askRefusals takes the newest refusal of each kind and name.
func (s *Store) askRefusals(p *member.Profile) question {
	return question{row: func(scan func(...any) error) error {
		var r member.Refusal
		var at int64
		err := scan(&r.Kind, &r.Name, &at)
		r.At = s.when(at)
		p.Refusals = append(p.Refusals, r)
		return err
	}, text: `SELECT kind, name, MAX(at) FROM refusals WHERE member_id = $1 GROUP BY kind, name ORDER BY kind, name`, args: []any{p.ID}}
}
