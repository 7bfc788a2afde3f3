package tag

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"huike/member/store"
)

// Where a version of the rules is from, beside "back to" and a number.
const (
	FromFile = "file"
	FromPage = "page" // written by a person, on a page or by a command
)

// Version is the rules as they were saved once. The newest are in force.
type Version struct {
	Number int       `json:"number"` // from 1
	At     time.Time `json:"at"`
	Author string    `json:"author"` // a person, or the file's name
	Origin string    `json:"origin"`
	Tags   int       `json:"tags"` // how many rules of tags it has
	Tiers  int       `json:"tiers"`
	Text   string    `json:"text,omitempty"` // YAML
}

// Errors of versions.
var (
	ErrSaved   = errors.New("the rules were saved by somebody else meanwhile")
	ErrVersion = errors.New("the rules have no such version")
)

// Save puts rules in force as a new version, in all processes on this store, if the newest
// is still the one with the number was; else it is [ErrSaved]. Rules that are none are
// [*Faults].
func (k *Keeper) Save(ctx context.Context, was int, text []byte, author, origin string) (Version, error) {
	r, err := Parse("rules", text)
	if err != nil {
		return Version{}, err
	}
	v, err := k.save(ctx, r, author, origin, func(tx *sql.Tx) (bool, error) {
		newest, err := newestOf(ctx, tx)
		if err == nil && newest != was {
			err = ErrSaved
		}
		return true, err
	})
	if err != nil {
		return Version{}, fmt.Errorf("save rules of tags: %w", err)
	}
	return v, nil
}

// Back saves the rules of an earlier version as the newest, as [Keeper.Save] does.
func (k *Keeper) Back(ctx context.Context, was, to int, author string) (Version, error) {
	old, err := k.Version(ctx, to)
	if err != nil {
		return Version{}, err
	}
	return k.Save(ctx, was, []byte(old.Text), author, fmt.Sprintf("back to %d", to))
}

// save writes a version if may says so.
func (k *Keeper) save(ctx context.Context, r *Rules, author, origin string, may func(*sql.Tx) (bool, error)) (v Version, err error) {
	err = k.store.Change(ctx, func(tx *sql.Tx) error {
		v = Version{}
		yes, err := may(tx)
		if err != nil || !yes {
			return err
		}
		newest, err := newestOf(ctx, tx)
		if err != nil {
			return err
		}
		now := k.cfg.Now()
		v = Version{Number: newest + 1, At: now, Author: author, Origin: origin, Tags: len(r.tags), Tiers: len(r.tiers), Text: r.text}
		if _, err = tx.ExecContext(ctx, `INSERT INTO tag_rule_versions (number, at, author, origin, mark, text) VALUES ($1, $2, $3, $4, $5, $6)`,
			v.Number, now.UnixMilli(), author, origin, r.mark, r.text); err != nil {
			return err
		}
		return hold(ctx, tx, r)
	})
	if err == nil && v.Number > 0 {
		err = k.CatchUp(ctx)
	}
	return v, err
}

// saveFile saves rules that a file has, and reports whether they were others than the
// last that were a file's.
func (k *Keeper) saveFile(ctx context.Context, r *Rules, name string) (bool, error) {
	v, err := k.save(ctx, r, name, FromFile, func(tx *sql.Tx) (bool, error) {
		var mark string
		err := tx.QueryRowContext(ctx, `SELECT mark FROM tag_rule_versions WHERE origin = $1 ORDER BY number DESC LIMIT 1`, FromFile).Scan(&mark)
		if errors.Is(err, sql.ErrNoRows) {
			err = nil
		}
		return mark != r.mark, err
	})
	return v.Number > 0, err
}

func newestOf(ctx context.Context, tx *sql.Tx) (number int, err error) {
	err = tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(number), 0) FROM tag_rule_versions`).Scan(&number)
	return number, err
}

// Open takes the rules of the keeper's file, if it has one and they are new, and then the
// newest of the store. [Keeper.Run] does so too.
func (k *Keeper) Open(ctx context.Context) error {
	if k.cfg.File != "" {
		if err := k.takeFile(ctx); err != nil {
			return err
		}
	}
	return k.CatchUp(ctx)
}

// CatchUp takes the newest rules of the store, and makes every member due who was last
// held to others.
func (k *Keeper) CatchUp(ctx context.Context) error {
	before := k.rules.Load()
	var r *Rules
	err := k.store.View(ctx, func(tx *sql.Tx) (err error) {
		r, err = k.newest(ctx, tx)
		return err
	})
	if err != nil {
		return err
	}
	k.mu.Lock()
	held := k.held == r.mark
	k.mu.Unlock()
	if held && r == before {
		return nil
	}
	if err := k.store.Change(ctx, func(tx *sql.Tx) error { return hold(ctx, tx, r) }); err != nil {
		return err
	}
	k.mu.Lock()
	k.held = r.mark
	k.mu.Unlock()
	return nil
}

// newest returns the rules in force as a transaction sees them.
func (k *Keeper) newest(ctx context.Context, tx *sql.Tx) (*Rules, error) {
	r := k.rules.Load()
	number, err := newestOf(ctx, tx)
	k.mu.Lock()
	refused := k.refused == number
	k.mu.Unlock()
	if err != nil || number == r.version || refused && number > 0 {
		return r, err
	}
	v, err := read(ctx, tx, number)
	if err != nil {
		return nil, err
	}
	saved, err := Parse("rules", []byte(v.Text))
	if err != nil { // of a newer huike
		k.mu.Lock()
		k.refused = number
		k.mu.Unlock()
		k.cfg.Log.Error("saved rules of tags are refused; those in force stay", "version", number, "error", err)
		return r, nil
	}
	saved.version = number
	k.put(saved)
	return saved, nil
}

func read(ctx context.Context, tx *sql.Tx, number int) (v Version, err error) {
	var at int64
	err = tx.QueryRowContext(ctx, `SELECT number, at, author, origin, text FROM tag_rule_versions WHERE number = $1`, number).
		Scan(&v.Number, &at, &v.Author, &v.Origin, &v.Text)
	v.At = time.UnixMilli(at)
	if errors.Is(err, sql.ErrNoRows) {
		err = fmt.Errorf("version %d: %w", number, ErrVersion)
	}
	return v, err
}

// Version returns a version with its text; one that is not there is [ErrVersion].
func (k *Keeper) Version(ctx context.Context, number int) (v Version, err error) {
	err = k.store.View(ctx, func(tx *sql.Tx) (err error) {
		v, err = read(ctx, tx, number)
		return err
	})
	v.At = v.At.In(k.store.Place())
	v.count()
	return v, err
}

// InForce returns the newest version with its text. Where none was saved it has number 0.
func (k *Keeper) InForce(ctx context.Context) (Version, error) {
	if err := k.CatchUp(ctx); err != nil {
		return Version{}, err
	}
	r := k.rules.Load()
	if r.version == 0 {
		return Version{Text: r.text, Tags: len(r.tags), Tiers: len(r.tiers)}, nil
	}
	return k.Version(ctx, r.version)
}

// Versions returns the versions before a number (0: all), the newest first, without their
// texts.
func (k *Keeper) Versions(ctx context.Context, before, limit int) ([]Version, error) {
	all := []Version{}
	err := k.store.View(ctx, func(tx *sql.Tx) error {
		all = all[:0]
		return store.Each(ctx, tx, func(scan func(...any) error) error {
			var v Version
			var at int64
			err := scan(&v.Number, &at, &v.Author, &v.Origin, &v.Text)
			v.At = time.UnixMilli(at).In(k.store.Place())
			v.count()
			v.Text = ""
			all = append(all, v)
			return err
		}, `SELECT number, at, author, origin, text FROM tag_rule_versions WHERE $1 = 0 OR number < $1 ORDER BY number DESC LIMIT $2`, before, limit)
	})
	return all, err
}

// count fills in how many rules the text has.
func (v *Version) count() {
	if r, err := Parse("rules", []byte(v.Text)); err == nil {
		v.Tags, v.Tiers = len(r.tags), len(r.tiers)
	}
}
