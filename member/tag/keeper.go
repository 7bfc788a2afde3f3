package tag

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"huike/member"
	"huike/member/store"
)

const (
	sweepMembers = 500         // in one transaction
	sweepEvery   = time.Second // how late a tag may be that time alone takes away
)

// Members is told of what changed behind a profile; [member.Directory] is one.
type Members interface {
	Changed(ctx context.Context, id member.ID, version int64)
}

// Config shapes a [Keeper]. Zero values work.
type Config struct {
	Rules   *Rules           // nil: [Default]
	File    string           // where the rules begin; each change of it is saved in the store as a version. Empty: none
	Members Members          // told of every member whose labels a sweep changed; nil tells nobody
	Log     *slog.Logger     // takes a line for rules that were read, refused or failed; nil: none
	Now     func() time.Time // nil is the machine's clock
}

// Keeper keeps the tags and tiers of a store's members. It is safe from any goroutine.
type Keeper struct {
	store *store.Store
	cfg   Config
	rules atomic.Pointer[Rules]

	mu      sync.Mutex
	told    map[string]bool // rules whose failure was logged
	refused int             // the newest version in the store that cannot be read here
	held    string          // the mark of the rules to which all members were last made to be held
}

// New returns a keeper.
func New(s *store.Store, cfg Config) (*Keeper, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	k := &Keeper{store: s, cfg: cfg, told: map[string]bool{}}
	r := cfg.Rules
	var err error
	switch {
	case r != nil:
	case cfg.File != "":
		r, err = Read(cfg.File)
	default:
		r, err = Default()
	}
	if err != nil {
		return nil, err
	}
	k.rules.Store(r)
	return k, nil
}

// Read reads a file of rules; see [Parse].
func Read(path string) (*Rules, error) {
	text, err := os.ReadFile(path) //nolint:gosec // the operator's own file
	if err != nil {
		return nil, fmt.Errorf("rules of tags: %w", err)
	}
	return Parse(filepath.Base(path), text)
}

// Rules returns the rules in force: the newest that were saved in the store; where none
// were, those with which the keeper was made.
func (k *Keeper) Rules() *Rules { return k.rules.Load() }

// failed logs the first failure of a rule. Nothing of a member is in it.
func (k *Keeper) failed(rule string, err error) {
	k.mu.Lock()
	known := k.told[rule]
	k.told[rule] = true
	k.mu.Unlock()
	if !known {
		first, _, _ := strings.Cut(err.Error(), "\n")
		k.cfg.Log.Warn("a rule cannot be worked out; what it labelled stays", "rule", rule, "error", first)
	}
}

// Use puts other rules in force, until others are saved in the store. All members are held
// to them by the sweeps that follow.
func (k *Keeper) Use(ctx context.Context, r *Rules) error {
	k.put(r)
	return k.store.Change(ctx, func(tx *sql.Tx) error { return hold(ctx, tx, r) })
}

// put has what follows go by other rules.
func (k *Keeper) put(r *Rules) {
	k.rules.Store(r)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.told = map[string]bool{}
}

// hold makes every member due, if they were last held to other rules.
func hold(ctx context.Context, tx *sql.Tx, r *Rules) error {
	done, err := tx.ExecContext(ctx, `UPDATE tag_rules SET mark = $1 WHERE mark <> $1`, r.mark)
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); n == 0 {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO tag_due (member_id, at) SELECT id, 0 FROM members WHERE TRUE ON CONFLICT (member_id) DO UPDATE SET at = 0`)
	return err
}

// Run sweeps once a second, takes rules that were saved by others, and the rules' file
// when it changes, until ctx ends. Rules that are refused are logged, and those in force
// stay. A store that does not answer is asked again.
func (k *Keeper) Run(ctx context.Context) error {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	read, down := "", false
	for {
		err := error(nil)
		if now := stamp(k.cfg.File); now != read {
			if err = k.takeFile(ctx); err == nil {
				read = now
			}
		}
		if err == nil {
			err = k.CatchUp(ctx)
		}
		if err == nil {
			_, err = k.Sweep(ctx, nil)
		}
		if err != nil && !down && ctx.Err() == nil {
			k.cfg.Log.Warn("tags wait for the store", "error", err)
		}
		down = err != nil
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// takeFile saves the rules of the file, unless they were the last that came from a file.
// Rules that are refused are logged alone; an error is the store's.
func (k *Keeper) takeFile(ctx context.Context) error {
	r, err := Read(k.cfg.File)
	if err != nil {
		k.cfg.Log.Error("rules of tags are refused; those in force stay", "error", err)
		return nil
	}
	saved, err := k.saveFile(ctx, r, filepath.Base(k.cfg.File))
	if saved {
		k.cfg.Log.Info("rules of tags are read", "tags", len(r.tags), "tiers", len(r.tiers))
	}
	return err
}

// stamp tells a file's versions apart; an unreadable one has none.
func stamp(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return ""
	}
	return info.ModTime().String() + strconv.FormatInt(info.Size(), 10)
}

// Sweep looks again at every member who has come due, and returns how many those were.
// progress is told so after each transaction; it may be nil.
func (k *Keeper) Sweep(ctx context.Context, progress func(members int)) (members int, err error) {
	for {
		now := k.cfg.Now()
		ids, err := k.overdue(ctx, now)
		if err != nil || len(ids) == 0 {
			return members, err
		}
		var versions map[member.ID]int64
		err = k.store.Change(ctx, func(tx *sql.Tx) error {
			changed, err := k.Derive(ctx, tx, ids, now)
			if err != nil {
				return err
			}
			versions, err = k.store.TouchAll(ctx, tx, changed, now)
			return err
		})
		if err != nil {
			return members, fmt.Errorf("sweep tags: %w", err)
		}
		members += len(ids)
		if progress != nil {
			progress(members)
		}
		if k.cfg.Members != nil {
			for id, version := range versions {
				k.cfg.Members.Changed(ctx, id, version)
			}
		}
	}
}

func (k *Keeper) overdue(ctx context.Context, now time.Time) ([]member.ID, error) {
	var ids []member.ID
	err := k.store.View(ctx, func(tx *sql.Tx) error {
		ids = nil
		return store.Each(ctx, tx, func(scan func(...any) error) error {
			var id member.ID
			err := scan(&id)
			ids = append(ids, id)
			return err
		}, `SELECT member_id FROM tag_due WHERE at <= $1 ORDER BY at, member_id LIMIT $2`, now.UnixMilli(), sweepMembers)
	})
	return ids, err
}

// ErrByRule says that a tag is a rule's.
var ErrByRule = errors.New("the tag follows a rule: change the rule, or what it looks at")
