package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"huike/member"
)

// Voiceprint returns the newest voice print of a model, or [member.ErrNoVoiceprint].
func (s *Store) Voiceprint(ctx context.Context, id member.ID, model string) (member.Voiceprint, error) {
	v := member.Voiceprint{Model: model}
	err := s.View(ctx, func(tx *sql.Tx) error {
		var speech, at int64
		err := tx.QueryRowContext(ctx, `SELECT `+Opened("voiceprints.print")+`, speech_ms, call, at FROM voiceprints WHERE member_id = $1 AND model = $2
			ORDER BY at DESC, id DESC LIMIT 1`, id, model).Scan(&v.Text, &speech, &v.Call, &at)
		v.Speech, v.At = time.Duration(speech)*time.Millisecond, s.when(at)
		return err
	})
	if errors.Is(err, sql.ErrNoRows) {
		return member.Voiceprint{}, member.ErrNoVoiceprint
	}
	return v, err
}

// KeepVoiceprint keeps a voice print in the place of those that other models made of the
// member, if the member agrees to it in the same transaction. One by the same model stays:
// [member.ErrVoiceprintKept].
func (s *Store) KeepVoiceprint(ctx context.Context, id member.ID, v member.Voiceprint) (version int64, err error) {
	err = s.Change(ctx, func(tx *sql.Tx) error {
		if version, err = Touch(ctx, tx, id); err != nil {
			return err
		}
		var given bool
		err := tx.QueryRowContext(ctx, `SELECT given FROM consents WHERE member_id = $1 AND purpose = $2 ORDER BY id DESC LIMIT 1`,
			id, member.PurposeVoice).Scan(&given)
		if errors.Is(err, sql.ErrNoRows) || err == nil && !given {
			return member.ErrNoVoiceprint
		}
		if err == nil {
			err = noneBy(ctx, tx, id, v.Model)
		}
		if err == nil {
			_, err = dropVoiceprints(ctx, tx, id)
		}
		if err == nil {
			key := string(id) + "/" + v.Call + "/" + v.Model
			_, err = tx.ExecContext(ctx, `INSERT INTO voiceprints (id, member_id, model, print, speech_ms, call, at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
				key, id, v.Model, s.SealAt("voiceprints.print", key, v.Text), v.Speech.Milliseconds(), v.Call, stamp(v.At))
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("voice print of member %s: %w", id, err)
	}
	return version, nil
}

// noneBy returns [member.ErrVoiceprintKept] if the member has a print by the model.
func noneBy(ctx context.Context, tx *sql.Tx, id member.ID, model string) error {
	var n int
	err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM voiceprints WHERE member_id = $1 AND model = $2`, id, model).Scan(&n)
	if err == nil && n > 0 {
		return member.ErrVoiceprintKept
	}
	return err
}

// DropVoiceprints deletes the member's voice prints, and tells how many there were.
func (s *Store) DropVoiceprints(ctx context.Context, id member.ID) (n, version int64, err error) {
	err = s.Change(ctx, func(tx *sql.Tx) error {
		if version, err = Touch(ctx, tx, id); err != nil {
			return err
		}
		n, err = dropVoiceprints(ctx, tx, id)
		return err
	})
	if err != nil {
		return 0, 0, fmt.Errorf("voice prints of member %s: %w", id, err)
	}
	return n, version, nil
}

func dropVoiceprints(ctx context.Context, tx *sql.Tx, id member.ID) (int64, error) {
	done, err := tx.ExecContext(ctx, `DELETE FROM voiceprints WHERE member_id = $1`, id)
	if err != nil {
		return 0, err
	}
	return done.RowsAffected()
}

// Voiceprints tells which voice prints a member has, newest first, without the prints
// themselves.
func (s *Store) Voiceprints(ctx context.Context, id member.ID) (all []member.Voiceprint, err error) {
	err = s.View(ctx, func(tx *sql.Tx) error {
		return Each(ctx, tx, func(scan func(...any) error) error {
			var v member.Voiceprint
			var speech, at int64
			err := scan(&v.Model, &speech, &v.Call, &at)
			v.Speech, v.At = time.Duration(speech)*time.Millisecond, s.when(at)
			all = append(all, v)
			return err
		}, `SELECT model, speech_ms, call, at FROM voiceprints WHERE member_id = $1 ORDER BY at DESC, id DESC`, id)
	})
	return all, err
}
