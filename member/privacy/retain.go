package privacy

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"huike/member"
	"huike/member/audit"
	"huike/member/store"
)

// Terms is for how many days each class of data is kept; 0 is for good. Audit rows,
// orders, points and consents are no class: they are kept until the person is erased, and
// audit rows for ever.
type Terms struct {
	Interactions int // contacts and what was said of them
	Events       int // what members did; an order's stay until the last of them is old
	Letters      int // events that could not be used
	Calls        int // journals and recordings
}

// Check returns what is wrong with the terms.
func (t Terms) Check() error {
	for name, days := range map[string]int{"interactions": t.Interactions, "events": t.Events, "dead letters": t.Letters, "calls": t.Calls} {
		if days < 0 {
			return fmt.Errorf("%s are to be kept for %d days: want 1 or more, or 0 for good", name, days)
		}
	}
	return nil
}

// Swept counts what was, or would be, deleted.
type Swept struct {
	Interactions int64 `json:"interactions"`
	Events       int64 `json:"events"`
	Letters      int64 `json:"dead_letters"`
	Calls        int64 `json:"calls"`
}

// KeptCall is a call that is kept.
type KeptCall struct {
	ID    string
	Began time.Time
}

const sweepRows = 2000 // in a transaction, so that nobody waits long for the sweep

// class is one kind of row; old is which of them have had their time, by $1.
type class struct {
	days              int
	table, owner, old string
	count             *int64
}

// Retain deletes what is older than its term, in steps; a dry run counts it alone. calls
// are the kept ones. An error comes with what was deleted before it.
func (d *Desk) Retain(ctx context.Context, terms Terms, calls []KeptCall, dry bool) (Swept, error) {
	var out Swept
	if err := terms.Check(); err != nil {
		return out, err
	}
	if !dry {
		if err := d.trace(ctx, actionRetain, "all", audit.OK, ""); err != nil {
			return out, err
		}
	}
	now := d.cfg.Now()
	for _, c := range []class{
		{terms.Interactions, "interactions", "member_id", "at < $1", &out.Interactions},
		{terms.Events, "events", "member_id", `at < $1 AND (entity = '' OR NOT EXISTS
			(SELECT 1 FROM events later WHERE later.entity = events.entity AND later.entity <> '' AND later.at >= $1))`, &out.Events},
		{terms.Letters, "dead_letters", "''", "at < $1", &out.Letters},
	} {
		if c.days == 0 {
			continue
		}
		if err := d.sweep(ctx, c, now.AddDate(0, 0, -c.days), dry); err != nil {
			return out, fmt.Errorf("sweep %s: %w", c.table, err)
		}
	}
	for _, call := range calls {
		if terms.Calls == 0 || !call.Began.Before(now.AddDate(0, 0, -terms.Calls)) {
			continue
		}
		if !dry && d.cfg.Calls != nil {
			if err := d.cfg.Calls.Delete(ctx, call.ID); err != nil {
				return out, fmt.Errorf("sweep calls: %w", err)
			}
		}
		out.Calls++
	}
	return out, nil
}

func (d *Desk) sweep(ctx context.Context, c class, before time.Time, dry bool) error {
	if dry {
		return d.store.View(ctx, func(tx *sql.Tx) error {
			return tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM `+c.table+` WHERE `+c.old, before.UnixMilli()).Scan(c.count)
		})
	}
	for {
		var gone int64
		var versions map[member.ID]int64
		err := d.store.Change(ctx, func(tx *sql.Tx) (err error) {
			gone, versions, err = c.step(ctx, tx, before)
			return err
		})
		if err != nil {
			return err
		}
		if d.cfg.Changed != nil {
			for id, version := range versions {
				d.cfg.Changed(ctx, id, version)
			}
		}
		if *c.count += gone; gone < sweepRows {
			return nil
		}
	}
}

// step deletes the next rows, and gives the members whose they were new versions.
func (c class) step(ctx context.Context, tx *sql.Tx, before time.Time) (gone int64, versions map[member.ID]int64, err error) {
	versions = map[member.ID]int64{}
	err = store.Each(ctx, tx, func(scan func(...any) error) error {
		var id member.ID
		err := scan(&id)
		versions[id] = 0
		gone++
		return err
	}, `DELETE FROM `+c.table+` WHERE id IN (SELECT id FROM `+c.table+` WHERE `+c.old+` ORDER BY at LIMIT `+fmt.Sprint(sweepRows)+
		`) RETURNING `+c.owner, before.UnixMilli())
	delete(versions, "")
	for id := range versions {
		if err == nil {
			versions[id], err = store.Touch(ctx, tx, id)
		}
	}
	return gone, versions, err
}
