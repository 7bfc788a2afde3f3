// Package identity makes one person of many handles: it finds who may be the same,
// merges two records when a rule or a person says so, and takes a merge back exactly.
//
// A phone number or a device that two people share never merges them: only an account,
// a card, an openid or an e-mail address says by itself who somebody is. Everything else
// adds up to a score, and what the score does not settle waits for a person.
//
// It starts no goroutine.
package identity

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"huike/member"
	"huike/member/audit"
	"huike/member/store"
)

// The errors that a caller acts on.
var (
	// ErrConflict says that both members have been used as two people (two names, two
	// cards of one kind): a person must decide, with force.
	ErrConflict = errors.New("the two records contradict each other; a person must decide")
	// ErrSame says that a member cannot be merged into itself.
	ErrSame = errors.New("both are the same member")
	// ErrUndone says that there is no such merge, or that it has been taken back.
	ErrUndone = errors.New("no such merge, or taken back already")
	// ErrLater says that a later merge moved the same records: take that back first.
	ErrLater = errors.New("a later merge holds these records; take that one back first")
)

// Members is told of what changed behind a profile; [member.Directory] is one.
type Members interface {
	Changed(ctx context.Context, id member.ID, version int64)
}

// Config shapes a [Desk]. Zero values work.
type Config struct {
	Members Members      // told after each change; nil tells nobody
	Trail   member.Trail // takes the audit rows; nil keeps none, which is for tests
}

// Desk is where records are brought together. It is safe from any goroutine and from
// several processes.
type Desk struct {
	store *store.Store
	cfg   Config
}

// New returns a desk on the store.
func New(s *store.Store, cfg Config) *Desk { return &Desk{s, cfg} }

// Merge is one merge to be done.
type Merge struct {
	Keep, Gone member.ID // Gone's records become Keep's
	Author     string    // who decides: an agent's id, or the rule's name
	Reason     string    // in words that name nobody
	Force      bool      // a person has looked at the contradiction
}

// table is one whose rows belong to a member and are moved by a merge.
type table struct {
	name, key string
	number    bool // the key is a number
}

func owned() []table {
	return []table{
		{"consents", "id", true},
		{"interactions", "id", true},
		{"events", "id", false},
		{"points", "id", true},
		{"orders", "number", false},
		{"coupons", "code", false},
		{"tickets", "number", false},
		{"callbacks", "number", false},
		{"payment_methods", "id", false},
		{"bookings", "number", false},
		{"referrals", "code", false},
		{"tag_history", "id", true},
		{"facts", "id", false},
		{"refusals", "id", false},
		{"voiceprints", "id", false},
	}
}

// moved is what a merge has to remember to be taken back.
type moved struct {
	Rows    map[string][]string `json:"rows"`    // table -> names of the rows that were Gone's
	Handles [][3]string         `json:"handles"` // kind, value, added_at
	Shared  [][2]string         `json:"shared"`  // handles that both had
	Tags    []json.RawMessage   `json:"tags"`    // rows of tags that were Gone's
	Added   []string            `json:"added"`   // names of tags that Keep did not have

	Withdrawn []string    `json:"withdrawn,omitempty"` // ids of consents that the merge itself wrote
	Stage     *stageMoved `json:"stage,omitempty"`     // nil: Keep's stayed
}

// Merge makes one member of two and returns the merge's number. Orders, contacts, events,
// points, coupons, complaints, consents and handles of both are the kept one's from then
// on; the other's own data stay with the other, who has no handle any more.
func (d *Desk) Merge(ctx context.Context, m Merge) (number int64, err error) {
	if m.Keep == m.Gone {
		return 0, ErrSame
	}
	if err := d.trace(m.Author, "merge", m.Keep, m.Gone); err != nil {
		return 0, err
	}
	var versions map[member.ID]int64
	err = d.store.Change(ctx, func(tx *sql.Tx) error {
		var err error
		if versions, err = touch(ctx, tx, m.Keep, m.Gone); err != nil {
			return err
		}
		if !m.Force {
			if err := contradicts(ctx, tx, m.Keep, m.Gone); err != nil {
				return err
			}
		}
		what, err := move(ctx, tx, m.Keep, m.Gone)
		if err != nil {
			return err
		}
		text, err := json.Marshal(what)
		if err != nil {
			return err
		}
		now := time.Now().UnixMilli()
		return tx.QueryRowContext(ctx, `INSERT INTO merges (at, kept, gone, author, reason, moved) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id`,
			now, m.Keep, m.Gone, m.Author, m.Reason, d.store.SealAt("merges.moved", store.MergeRow(now, m.Keep, m.Gone), string(text))).Scan(&number)
	})
	if err != nil {
		return 0, fmt.Errorf("merge member %s into %s: %w", m.Gone, m.Keep, err)
	}
	d.tell(ctx, versions)
	return number, nil
}

// Undo takes a merge back: every row goes to whom it belonged to before, and what has
// come since stays with the member who went on.
func (d *Desk) Undo(ctx context.Context, number int64, author string) error {
	var versions map[member.ID]int64
	err := d.store.Change(ctx, func(tx *sql.Tx) error {
		var kept, gone member.ID
		var text string
		var at int64
		err := tx.QueryRowContext(ctx, `UPDATE merges SET undone_at = $2 WHERE id = $1 AND undone_at IS NULL RETURNING kept, gone, `+store.Opened("merges.moved")+`, at`,
			number, time.Now().UnixMilli()).Scan(&kept, &gone, &text, &at)
		if errors.Is(err, sql.ErrNoRows) {
			return ErrUndone
		}
		if err != nil {
			return err
		}
		var later int
		err = tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM merges WHERE id > $1 AND undone_at IS NULL AND gone = $2`, number, kept).Scan(&later)
		if err == nil && later > 0 {
			return ErrLater
		}
		if err != nil {
			return err
		}
		var what moved
		if err := json.Unmarshal([]byte(text), &what); err != nil {
			return err
		}
		if err := moveBack(ctx, tx, d.store.Search, kept, gone, &what); err != nil {
			return err
		}
		if err := stageBack(ctx, tx, kept, gone, time.UnixMilli(at), &what); err != nil {
			return err
		}
		if err := decide(ctx, tx, kept, gone, "two people", author); err != nil { // or the next look at their handles would merge them again
			return err
		}
		if err := d.trace(author, "unmerge", kept, gone); err != nil {
			return err
		}
		versions, err = touch(ctx, tx, kept, gone)
		return err
	})
	if err != nil {
		return fmt.Errorf("undo merge %d: %w", number, err)
	}
	d.tell(ctx, versions)
	return nil
}

func touch(ctx context.Context, tx *sql.Tx, ids ...member.ID) (map[member.ID]int64, error) {
	versions := map[member.ID]int64{}
	for _, id := range ids {
		version, err := store.Touch(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		versions[id] = version
	}
	return versions, nil
}

func (d *Desk) tell(ctx context.Context, versions map[member.ID]int64) {
	if d.cfg.Members == nil {
		return
	}
	for id, version := range versions {
		d.cfg.Members.Changed(ctx, id, version)
	}
}

func (d *Desk) trace(author, action string, ids ...member.ID) error {
	if d.cfg.Trail == nil {
		return nil
	}
	for _, id := range ids {
		err := d.cfg.Trail.Append(audit.Row{
			At: time.Now(), Member: string(id), Reader: author, Role: string(member.RoleSystem),
			Purpose: string(member.PurposeService), Action: audit.Update, Fields: action, Outcome: audit.OK,
		})
		if err != nil {
			return member.ErrUntraced
		}
	}
	return nil
}
