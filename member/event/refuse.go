package event

import (
	"context"
	"database/sql"
)

// Bury puts what is no event at all into the dead letters: a row of which none could be
// made. The reason must repeat nothing of it.
func (in *Inbox) Bury(ctx context.Context, source, reason string, body []byte) error {
	b := &batch{in: in, now: in.cfg.Now()}
	one := b.bury(&Event{Source: source, raw: body}, reason)
	return in.store.Change(ctx, func(tx *sql.Tx) error { return writeLetters(ctx, tx, in.store, []letter{one}) })
}
