package identity

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"huike/member"
)

const (
	sweepEvery = time.Hour
	sweepBack  = 24 * time.Hour // what the first sweep of a process looks at: files are imported while no server runs
	sweepTwice = time.Minute    // of the time before, looked at again: a change is committed after its time is taken
)

// Sweep checks everyone of whose handles somebody else was given one since then, as
// [Desk.Check] does, whoever had it first going on where two are merged. It returns how
// many matches it found; one that fails keeps no other from being checked.
func (d *Desk) Sweep(ctx context.Context, since time.Time) (found int, err error) {
	var ids []string
	err = d.store.View(ctx, func(tx *sql.Tx) error {
		var err error
		ids, err = column(ctx, tx, `SELECT DISTINCT b.member_id FROM handles a JOIN handles b ON a.kind = b.kind AND a.value = b.value
			WHERE a.added_at >= $1 AND b.added_at <= a.added_at AND a.member_id <> b.member_id ORDER BY b.member_id`, since.UnixMilli())
		return err
	})
	for _, id := range ids {
		matches, failed := d.Check(ctx, member.ID(id))
		if found += len(matches); failed != nil && !errors.Is(failed, member.ErrUnknown) { // merged meanwhile
			err = errors.Join(err, failed)
		}
		if ctx.Err() != nil {
			return found, errors.Join(err, ctx.Err())
		}
	}
	return found, err
}

// SweepHourly sweeps at once and each hour until ctx ends. What fails is told, and looked
// at again with the next.
func (d *Desk) SweepHourly(ctx context.Context, failed func(error)) {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for since := time.Now().Add(-sweepBack); ; {
		began := time.Now()
		if _, err := d.Sweep(ctx, since); err == nil {
			since = began.Add(-sweepTwice)
		} else if ctx.Err() == nil {
			failed(err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
