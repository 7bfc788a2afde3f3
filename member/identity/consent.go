package identity

import (
	"context"
	"database/sql"
	"time"

	"huike/member"
)

// noticeMerge stands for the notice in a consent that a merge wrote.
const noticeMerge = "merge"

// refusals returns the purposes that one of the two has refused or withdrawn, by their
// last word on it. Whatever the other has said, and whenever, one no is a no until the
// person says yes again.
func refusals(ctx context.Context, tx *sql.Tx, keep, gone member.ID) ([]string, error) {
	return column(ctx, tx, `SELECT DISTINCT purpose FROM consents c WHERE member_id IN ($1, $2) AND NOT given
		AND id = (SELECT MAX(id) FROM consents WHERE member_id = c.member_id AND purpose = c.purpose) ORDER BY purpose`, keep, gone)
}

// withhold writes the refusals as the last word of the member who goes on, where the last
// word would else be the other record's yes.
func withhold(ctx context.Context, tx *sql.Tx, keep member.ID, purposes []string, what *moved) error {
	for _, purpose := range purposes {
		written, err := column(ctx, tx, `INSERT INTO consents (member_id, purpose, given, at, notice)
			SELECT member_id, purpose, NOT given, CAST($3 AS BIGINT), CAST($4 AS TEXT) FROM consents WHERE member_id = $1 AND purpose = $2 AND given
			AND id = (SELECT MAX(id) FROM consents WHERE member_id = $1 AND purpose = $2)
			RETURNING CAST(id AS TEXT)`, keep, purpose, time.Now().UnixMilli(), noticeMerge)
		if err != nil {
			return err
		}
		what.Withdrawn = append(what.Withdrawn, written...)
		if purpose != string(member.PurposeVoice) {
			continue
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM voiceprints WHERE member_id = $1`, keep); err != nil {
			return err
		}
	}
	return nil
}
