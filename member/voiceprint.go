package member

import (
	"context"
	"errors"
	"fmt"
	"time"

	"huike/member/audit"
)

// Voiceprint is how a member sounds, as some model made it. It is kept only with consent
// to [PurposeVoice], and goes when that is withdrawn.
type Voiceprint struct {
	Model  string        // what made it: another model can do nothing with it
	Text   string        // the print itself; sealed where it is kept
	Speech time.Duration // it was made of
	Call   string        // in which that was said
	At     time.Time
}

// String hides the print.
func (v Voiceprint) String() string { return "voice print by " + v.Model }

// GoString hides the print.
func (v Voiceprint) GoString() string { return v.String() }

// ErrNoVoiceprint says that a member has no voice print by a model, or has not agreed to
// being known by voice: the two look alike.
var ErrNoVoiceprint = errors.New("no voice print")

// fieldVoice is what the audit rows of voice prints name as their field.
const fieldVoice = "voiceprint"

// voiceprints keeps them: a [Store] that can.
type voiceprints interface {
	// Voiceprint returns the newest of a model, or ErrNoVoiceprint.
	Voiceprint(ctx context.Context, id ID, model string) (Voiceprint, error)
	// KeepVoiceprint puts one in the place of all that there were.
	KeepVoiceprint(ctx context.Context, id ID, v Voiceprint) (version int64, err error)
	// DropVoiceprints deletes all, and tells how many there were.
	DropVoiceprints(ctx context.Context, id ID) (n, version int64, err error)
}

// Voiceprint returns how the member sounds, by a model, to the robot that speaks with the
// member and to nobody else; [ErrNoVoiceprint] where there is none or no consent. Each
// read leaves an audit row.
func (d *Directory) Voiceprint(ctx context.Context, id ID, access Access, model string) (Voiceprint, error) {
	keeper, row, err := d.voices(ctx, id, access, audit.Get)
	if err != nil {
		return Voiceprint{}, err
	}
	if err := d.trace(row); err != nil {
		return Voiceprint{}, err
	}
	v, err := keeper.Voiceprint(ctx, id, model)
	if err != nil && !errors.Is(err, ErrNoVoiceprint) {
		return v, d.miss(row, fmt.Errorf("voice print of member %s: %w", id, err))
	}
	return v, err
}

// KeepVoiceprint keeps how the member sounds, in the place of what there was.
func (d *Directory) KeepVoiceprint(ctx context.Context, id ID, access Access, v Voiceprint) error {
	keeper, row, err := d.voices(ctx, id, access, audit.Record)
	if err != nil {
		return err
	}
	if err := d.trace(row); err != nil {
		return err
	}
	version, err := keeper.KeepVoiceprint(ctx, id, v)
	if err != nil {
		return d.miss(row, fmt.Errorf("voice print of member %s: %w", id, err))
	}
	d.Changed(ctx, id, version)
	return nil
}

// voices checks that the access may deal with a member's voice print, and that the member
// agrees to it now.
func (d *Directory) voices(ctx context.Context, id ID, access Access, action string) (voiceprints, audit.Row, error) {
	access.Purpose = PurposeVoice
	row := access.row(time.Now(), id, action)
	row.Fields = fieldVoice
	keeper, ok := d.store.(voiceprints)
	if !ok {
		return nil, row, ErrNoVoiceprint
	}
	if access.Role != RoleRobot || access.narrow() {
		return nil, row, d.deny(row)
	}
	e, quality, err := d.get(ctx, id)
	if err != nil {
		return nil, row, d.miss(row, err)
	}
	if quality == outdated || !e.profile.Allows(PurposeVoice) { // an old copy's consent may be what has changed
		return nil, row, ErrNoVoiceprint
	}
	return keeper, row, nil
}
