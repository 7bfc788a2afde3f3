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

// Why a voice print is not kept, or not told.
var (
	// ErrVoiceConsentOld says that the member's word on being known by voice is known only
	// from an old copy, and may have changed: nothing follows from it, not even that there
	// is no print.
	ErrVoiceConsentOld = errors.New("the consent to being known by voice is known only from an old copy; try again when the store answers")
	// ErrVoiceprintKept says that the member has a print by that model, which no other
	// takes the place of before it is deleted.
	ErrVoiceprintKept = errors.New("there is a voice print by that model; delete it first: huike member voiceprint ID --drop")
)

// fieldVoice is what the audit rows of voice prints name as their field.
const fieldVoice = "voiceprint"

// voiceprints keeps them: a [Store] that can.
type voiceprints interface {
	// Voiceprint returns the newest of a model, or ErrNoVoiceprint.
	Voiceprint(ctx context.Context, id ID, model string) (Voiceprint, error)
	// KeepVoiceprint puts one in the place of those by other models, or returns
	// ErrVoiceprintKept where there is one by its own.
	KeepVoiceprint(ctx context.Context, id ID, v Voiceprint) (version int64, err error)
	// DropVoiceprints deletes all, and tells how many there were.
	DropVoiceprints(ctx context.Context, id ID) (n, version int64, err error)
}

// Voiceprint returns how the member sounds, by a model, to the robot that speaks with the
// member and to nobody else; [ErrNoVoiceprint] where there is none or no consent,
// [ErrVoiceConsentOld] where nobody knows. Each read leaves an audit row.
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

// KeepVoiceprint keeps how the member sounds, in the place of what other models made;
// [ErrVoiceprintKept] where there is a print by the same one.
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
	if quality == outdated {
		return nil, row, d.miss(row, fmt.Errorf("voice print of member %s: %w", id, ErrVoiceConsentOld))
	}
	if !e.profile.Allows(PurposeVoice) {
		return nil, row, ErrNoVoiceprint
	}
	return keeper, row, nil
}
