package privacy

import (
	"context"
	"database/sql"
	"encoding/json"
	"log/slog"
	"time"

	"huike/member"
	"huike/member/store"
)

const (
	watchEvery = 2 * time.Second
	watchBack  = 30 * 24 * time.Hour // what a server that was off for so long still catches up on
)

// Watch lets go of members whom other processes erase (the command line, another server),
// within two seconds and without Redis, until ctx ends. It begins with the erasures of the
// last 30 days, which a server that was off has missed. It returns nil.
func (d *Desk) Watch(ctx context.Context, log *slog.Logger) error {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	var last int64
	for failed := false; ; {
		through, err := d.catchUp(ctx, last)
		if err != nil && !failed && ctx.Err() == nil {
			log.Warn("erasures of other processes are not carried out here yet", "error", err)
		}
		failed, last = err != nil, through
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// catchUp carries out the erasures after a number, and returns the last one that it did.
func (d *Desk) catchUp(ctx context.Context, after int64) (through int64, err error) {
	type done struct {
		number int64
		id     member.ID
		calls  []string
	}
	var found []done
	err = d.store.View(ctx, func(tx *sql.Tx) error {
		found = nil
		return store.Each(ctx, tx, func(scan func(...any) error) error {
			var one done
			var text string
			if err := scan(&one.number, &one.id, &text); err != nil {
				return err
			}
			found = append(found, one)
			return json.Unmarshal([]byte(text), &found[len(found)-1].calls)
		}, `SELECT id, person, calls FROM erasures WHERE id > $1 AND at > $2 ORDER BY id`, after, d.cfg.Now().Add(-watchBack).UnixMilli())
	})
	if err != nil {
		return after, err
	}
	for _, one := range found {
		if err := d.letGo(ctx, one.id, nil, one.calls); err != nil {
			return after, err
		}
		after = one.number
	}
	return after, nil
}
