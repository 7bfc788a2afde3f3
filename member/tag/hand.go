package tag

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"huike/member"
	"huike/member/store"
)

// Put puts a tag on a member by hand, and Until ends it (nil: never). A tag that is there
// already gets the new author and time; one of a rule becomes the author's. Who may do so
// is for the caller to decide. It returns the member's new version.
func (k *Keeper) Put(ctx context.Context, id member.ID, name, author string, until *time.Time) (version int64, err error) {
	return k.PutIf(ctx, id, 0, name, author, until)
}

// PutIf is Put if the member still has that version; else it is [member.ErrConflict].
// Version 0 is any.
func (k *Keeper) PutIf(ctx context.Context, id member.ID, was int64, name, author string, until *time.Time) (version int64, err error) {
	if err := checkName(name); err != nil {
		return 0, fmt.Errorf("tag by %s: %w", author, err)
	}
	var end *int64
	if until != nil {
		ms := until.UnixMilli()
		end = &ms
	}
	now := k.cfg.Now()
	return k.byHand(ctx, id, was, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO tags (member_id, name, source, author, at, until) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (member_id, name) DO UPDATE SET source = excluded.source, author = excluded.author, at = excluded.at, until = excluded.until`,
			string(id), name, SourceAgent, author, now.UnixMilli(), end)
		if err == nil {
			err = note(ctx, tx, id, name, "added", author, now)
		}
		return err
	})
}

// Take takes a tag off that was put on by hand, or imported. A rule's tag is [ErrByRule];
// one that is not there is no error.
func (k *Keeper) Take(ctx context.Context, id member.ID, name, author string) (version int64, err error) {
	return k.TakeIf(ctx, id, 0, name, author)
}

// TakeIf is Take if the member still has that version, as in [Keeper.PutIf].
func (k *Keeper) TakeIf(ctx context.Context, id member.ID, was int64, name, author string) (version int64, err error) {
	now := k.cfg.Now()
	return k.byHand(ctx, id, was, func(tx *sql.Tx) error {
		var source string
		err := tx.QueryRowContext(ctx, `SELECT source FROM tags WHERE member_id = $1 AND name = $2`, string(id), name).Scan(&source)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return nil
		case err != nil:
			return err
		case source == SourceRule:
			return ErrByRule
		}
		if _, err = tx.ExecContext(ctx, `DELETE FROM tags WHERE member_id = $1 AND name = $2`, string(id), name); err != nil {
			return err
		}
		return note(ctx, tx, id, name, "removed", author, now)
	})
}

// byHand changes a member's tags and holds the member to the rules at once, as rules may
// ask for what was put on by hand.
func (k *Keeper) byHand(ctx context.Context, id member.ID, was int64, do func(*sql.Tx) error) (version int64, err error) {
	err = k.store.Change(ctx, func(tx *sql.Tx) error {
		if version, err = store.Touch(ctx, tx, id); err != nil {
			return err
		}
		if was != 0 && version != was+1 {
			return member.ErrConflict
		}
		if err := do(tx); err != nil {
			return err
		}
		_, err = k.Derive(ctx, tx, []member.ID{id}, k.cfg.Now())
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("tag member %s: %w", id, err)
	}
	if k.cfg.Members != nil {
		k.cfg.Members.Changed(ctx, id, version)
	}
	return version, nil
}

func note(ctx context.Context, tx *sql.Tx, id member.ID, name, change, author string, now time.Time) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO tag_history (member_id, name, change, source, author, at) VALUES ($1, $2, $3, $4, $5, $6)`,
		string(id), name, change, SourceAgent, author, now.UnixMilli())
	return err
}

// Change is one line of a member's history of tags and tiers.
type Change struct {
	Name     string    `json:"name"`
	Change   string    `json:"change"` // added or removed
	Source   string    `json:"source"` // rule, tier, agent, import
	Author   string    `json:"author,omitempty"`
	At       time.Time `json:"at"`
	Reason   string    `json:"reason,omitempty"` // the rule
	Evidence *Evidence `json:"evidence,omitempty"`
}

// History returns how a member's tags and tiers came and went, the newest first.
func (k *Keeper) History(ctx context.Context, id member.ID, limit int) ([]Change, error) {
	all := []Change{}
	err := k.store.View(ctx, func(tx *sql.Tx) error {
		all = all[:0]
		return store.Each(ctx, tx, func(scan func(...any) error) error {
			var c Change
			var at int64
			var evidence string
			err := scan(&c.Name, &c.Change, &c.Source, &c.Author, &at, &c.Reason, &evidence)
			if err == nil && evidence != "" {
				err = json.Unmarshal([]byte(evidence), &c.Evidence)
			}
			c.At = time.UnixMilli(at).In(k.store.Place())
			all = append(all, c)
			return err
		}, `SELECT name, change, source, author, at, reason, evidence FROM tag_history WHERE member_id = $1 ORDER BY id DESC LIMIT $2`, string(id), limit)
	})
	return all, err
}
