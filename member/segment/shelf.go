package segment

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
	"unicode"

	"huike/member"
	"huike/member/store"
)

// Saved is a segment that was given a name.
type Saved struct {
	ID      string    `json:"id"`
	Version int64     `json:"version"` // one more with each change
	Name    string    `json:"name"`
	Segment string    `json:"segment"` // the expression
	Author  string    `json:"author"`  // who changed it last
	At      time.Time `json:"at"`
	Days    []Day     `json:"days"` // how many it had, the newest first

	Fail   string    `json:"fail,omitempty"` // why it could not be counted the last time
	failed time.Time // when that was
}

// Day is how many members a segment had on a day, when it was last counted.
type Day struct {
	Count

	Day string    `json:"day"` // of the shop, 2006-01-02
	At  time.Time `json:"at"`
}

// Errors of saved segments.
var (
	ErrName    = errors.New("want a name of 1 to 64 bytes without control characters, gaps at its ends or a telephone number")
	ErrTaken   = errors.New("another segment has this name")
	ErrNone    = errors.New("no segment is saved by this id or name")
	ErrChanged = errors.New("the segment was changed by somebody else meanwhile")
)

// Shelf keeps the segments of a store that have names. It is safe from any goroutine.
type Shelf struct {
	Store *store.Store
	Now   func() time.Time // nil is the machine's clock

	mu    sync.Mutex
	fails map[string]failure // by id; a process that starts counts again
}

// failure is why a version of a segment could not be counted.
type failure struct {
	version int64
	why     string
	at      time.Time
}

func (s *Shelf) now() time.Time {
	if s.Now != nil {
		return s.Now().In(s.Store.Place())
	}
	return time.Now().In(s.Store.Place())
}

const longestName = 64 // bytes

func checkName(name string) error {
	if name == "" || len(name) > longestName || strings.TrimSpace(name) != name || member.Mask(name) != name ||
		strings.ContainsFunc(name, func(r rune) bool { return unicode.IsControl(r) || r == unicode.ReplacementChar }) {
		return ErrName
	}
	return nil
}

// Save keeps a new segment, which must be [Parse]d before. A name that another has is
// [ErrTaken].
func (s *Shelf) Save(ctx context.Context, name string, one *Segment, author string) (Saved, error) {
	saved := Saved{ID: "s_" + strings.ToLower(rand.Text()[:12]), Version: 1, Name: name, Segment: one.String(), Author: author, At: s.now(), Days: []Day{}}
	return saved, s.write(ctx, &saved, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO segments (id, version, name, expression, author, changed_at) VALUES ($1, $2, $3, $4, $5, $6)`,
			saved.ID, saved.Version, saved.Name, saved.Segment, saved.Author, saved.At.UnixMilli())
		return err
	})
}

// Change gives a segment another name, another expression or both, if it still has that
// version (0: any); else it is [ErrChanged]. What it counted before under another
// expression is dropped.
func (s *Shelf) Change(ctx context.Context, id string, was int64, name string, one *Segment, author string) (Saved, error) {
	saved := Saved{ID: id, Name: name, Segment: one.String(), Author: author, At: s.now()}
	err := s.write(ctx, &saved, func(tx *sql.Tx) error {
		before, err := s.still(ctx, tx, id, was)
		if err != nil {
			return err
		}
		saved.Version = before.Version + 1
		if before.Segment != saved.Segment {
			if _, err := tx.ExecContext(ctx, `DELETE FROM segment_counts WHERE segment_id = $1`, id); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, `UPDATE segments SET version = $2, name = $3, expression = $4, author = $5, changed_at = $6 WHERE id = $1`,
			id, saved.Version, saved.Name, saved.Segment, saved.Author, saved.At.UnixMilli())
		return err
	})
	if err != nil {
		return Saved{}, err
	}
	return s.Get(ctx, id)
}

// write changes a segment unless another has its name.
func (s *Shelf) write(ctx context.Context, saved *Saved, do func(*sql.Tx) error) error {
	if err := checkName(saved.Name); err != nil {
		return err
	}
	return s.Store.Change(ctx, func(tx *sql.Tx) error {
		other := ""
		err := tx.QueryRowContext(ctx, `SELECT id FROM segments WHERE name = $1`, saved.Name).Scan(&other)
		switch {
		case err == nil && other != saved.ID:
			return ErrTaken
		case err != nil && !errors.Is(err, sql.ErrNoRows):
			return err
		}
		return do(tx)
	})
}

// still reads a segment that must have a version.
func (s *Shelf) still(ctx context.Context, tx *sql.Tx, id string, was int64) (before Saved, err error) {
	err = tx.QueryRowContext(ctx, `SELECT version, expression FROM segments WHERE id = $1`, id).Scan(&before.Version, &before.Segment)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return before, ErrNone
	case err == nil && was != 0 && was != before.Version:
		return before, ErrChanged
	}
	return before, err
}

// Delete forgets a segment and its counts, if it still has that version, as in
// [Shelf.Change].
func (s *Shelf) Delete(ctx context.Context, id string, was int64) error {
	return s.Store.Change(ctx, func(tx *sql.Tx) error {
		_, err := s.still(ctx, tx, id, was)
		for _, statement := range []string{`DELETE FROM segment_counts WHERE segment_id = $1`, `DELETE FROM segments WHERE id = $1`} {
			if err == nil {
				_, err = tx.ExecContext(ctx, statement, id)
			}
		}
		return err
	})
}

// daysKept is how many days of counts are returned.
const daysKept = 366

// All returns the segments by name, each with what it counted.
func (s *Shelf) All(ctx context.Context) ([]Saved, error) { return s.read(ctx, "") }

// Get returns a segment by its id or its name; where there is none it is [ErrNone].
func (s *Shelf) Get(ctx context.Context, id string) (Saved, error) {
	found, err := s.read(ctx, id)
	if err == nil && len(found) == 0 {
		return Saved{}, fmt.Errorf("segment %q: %w", member.Mask(id), ErrNone)
	}
	if err != nil {
		return Saved{}, err
	}
	return found[0], nil
}

func (s *Shelf) read(ctx context.Context, id string) (all []Saved, err error) {
	err = s.Store.View(ctx, func(tx *sql.Tx) error {
		all = []Saved{}
		at := map[string]int{}
		err := store.Each(ctx, tx, func(scan func(...any) error) error {
			one := Saved{Days: []Day{}}
			var ms int64
			err := scan(&one.ID, &one.Version, &one.Name, &one.Segment, &one.Author, &ms)
			one.At = time.UnixMilli(ms).In(s.Store.Place())
			at[one.ID] = len(all)
			all = append(all, one)
			return err
		}, `SELECT id, version, name, expression, author, changed_at FROM segments WHERE $1 = '' OR id = $1 OR name = $1 ORDER BY name`, id)
		if err != nil {
			return err
		}
		return store.Each(ctx, tx, func(scan func(...any) error) error {
			var of string
			var d Day
			var ms int64
			err := scan(&of, &d.Day, &ms, &d.Members, &d.Profiled, &d.Reachable, &d.Of)
			d.At = time.UnixMilli(ms).In(s.Store.Place())
			if i, wanted := at[of]; wanted && len(all[i].Days) < daysKept {
				all[i].Days = append(all[i].Days, d)
			}
			return err
		}, `SELECT segment_id, day, at, members, profiled, reachable, of_all FROM segment_counts ORDER BY segment_id, day DESC`)
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range all {
		if f, known := s.fails[all[i].ID]; known && f.version == all[i].Version {
			all[i].Fail, all[i].failed = f.why, f.at
		}
	}
	return all, err
}

// note keeps why a segment could not be counted; nil: it could.
func (s *Shelf) note(one *Saved, why error, at time.Time) {
	one.Fail, one.failed = "", time.Time{}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.fails, one.ID)
	if why != nil {
		one.Fail, one.failed = why.Error(), at
		if s.fails == nil {
			s.fails = map[string]failure{}
		}
		s.fails[one.ID] = failure{one.Version, one.Fail, at}
	}
}

// Count counts segments in a book, and keeps each count as that day's. One that fails has
// the reason as its Fail, and the others are counted all the same.
func (s *Shelf) Count(ctx context.Context, book *Book, all []Saved) error {
	at := book.At().In(s.Store.Place())
	var rows [][]any
	for i := range all {
		one, err := Parse(all[i].Segment) // another huike may have saved it
		var n Count
		if err == nil {
			_, n, err = book.Find(ctx, one)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		s.note(&all[i], err, at)
		if err != nil {
			continue
		}
		day := Day{Count: n, Day: at.Format(time.DateOnly), At: at}
		if days := all[i].Days; len(days) > 0 && days[0].Day == day.Day {
			days[0] = day
		} else {
			all[i].Days = append([]Day{day}, days...)
		}
		rows = append(rows, []any{all[i].ID, day.Day, at.UnixMilli(), int64(n.Members), int64(n.Profiled), int64(n.Reachable), int64(n.Of)})
	}
	return s.Store.Change(ctx, func(tx *sql.Tx) error {
		for _, row := range rows { // one that was deleted meanwhile is left out
			if _, err := tx.ExecContext(ctx, `INSERT INTO segment_counts (segment_id, day, at, members, profiled, reachable, of_all)
				SELECT id, CAST($2 AS TEXT), CAST($3 AS BIGINT), CAST($4 AS BIGINT), CAST($5 AS BIGINT), CAST($6 AS BIGINT), CAST($7 AS BIGINT) FROM segments WHERE id = $1
				ON CONFLICT (segment_id, day) DO UPDATE SET at = excluded.at, members = excluded.members, profiled = excluded.profiled,
				reachable = excluded.reachable, of_all = excluded.of_all`, row...); err != nil {
				return err
			}
		}
		return nil
	})
}

// Stale returns those whose newest count is older than a length of time, or that have none.
// One that failed within that time is not among them.
func Stale(all []Saved, now time.Time, age time.Duration) []Saved {
	var old []Saved
	for i := range all {
		if now.Sub(all[i].failed) >= age && (len(all[i].Days) == 0 || now.Sub(all[i].Days[0].At) >= age) {
			old = append(old, all[i])
		}
	}
	return old
}
