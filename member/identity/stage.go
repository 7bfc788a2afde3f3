package identity

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"huike/member"
)

// lifecycle is its stages in their order, as events tell of them (A7).
func lifecycle() []string { return []string{"fan", "intent", "prospect", "member"} }

// stageOf is how events of a member's stage are kept together.
func stageOf(id member.ID) string { return "stage " + string(id) }

// moveStage has the events of gone's stage count as keep's, and keep's stage be the
// farther of both. That somebody is known by events alone says nothing of a member whose
// stage nobody has told.
func moveStage(ctx context.Context, tx *sql.Tx, keep, gone member.ID, what *moved) error {
	var stages [2]sql.NullString
	for i, id := range []member.ID{keep, gone} {
		err := tx.QueryRowContext(ctx, `SELECT stage FROM members WHERE id = $1`, id).Scan(&stages[i])
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
	}
	done, err := tx.ExecContext(ctx, `UPDATE events SET entity = $1 WHERE entity = $2`, stageOf(keep), stageOf(gone))
	if err != nil {
		return err
	}
	told, err := done.RowsAffected()
	if err != nil || !stages[0].Valid && told == 0 {
		return err
	}
	one, other := slices.Index(lifecycle(), stages[0].String), slices.Index(lifecycle(), stages[1].String)
	if other <= one {
		return nil
	}
	what.Stage = &stageMoved{Before: stages[0].String, After: stages[1].String}
	_, err = tx.ExecContext(ctx, `UPDATE members SET stage = $2 WHERE id = $1`, keep, stages[1].String)
	return err
}

// stageMoved is what a merge made of the kept member's stage; "" is none.
type stageMoved struct {
	Before string `json:"before"`
	After  string `json:"after"`
}

// stageBack undoes moveStage. A stage that was told since stays.
func stageBack(ctx context.Context, tx *sql.Tx, kept, gone member.ID, at time.Time, what *moved) error {
	for _, id := range what.Rows["events"] {
		if _, err := tx.ExecContext(ctx, `UPDATE events SET entity = $1 WHERE id = $2 AND entity = $3`, stageOf(gone), id, stageOf(kept)); err != nil {
			return err
		}
	}
	if what.Stage == nil {
		return nil
	}
	_, err := tx.ExecContext(ctx, `UPDATE members SET stage = NULLIF($2, '') WHERE id = $1 AND stage = $3
		AND NOT EXISTS (SELECT 1 FROM events WHERE entity = $4 AND received_at > $5)`,
		kept, what.Stage.Before, what.Stage.After, stageOf(kept), at.UnixMilli())
	return err
}
