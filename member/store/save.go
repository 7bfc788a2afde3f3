package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"huike/member"
)

// Save writes the profile's basic data, handles, consent and tags if nobody has
// changed the member since p was loaded.
func (s *Store) Save(ctx context.Context, p *member.Profile) (int64, error) {
	version := p.Version + 1
	err := s.Change(ctx, func(tx *sql.Tx) error {
		was, err := s.load(ctx, tx, p.ID)
		if err != nil {
			return err
		}
		if was.Version != p.Version {
			return member.ErrConflict
		}
		return s.writeParts(ctx, tx, was, p, version)
	})
	if err != nil {
		return 0, fmt.Errorf("save member %s: %w", p.ID, err)
	}
	return version, nil
}

// Create adds a member with what Save would write, as version 1.
func (s *Store) Create(ctx context.Context, p *member.Profile) error {
	err := s.Change(ctx, func(tx *sql.Tx) error { return s.CreateIn(ctx, tx, p) })
	if err != nil {
		return fmt.Errorf("create member %s: %w", p.ID, err)
	}
	return nil
}

// CreateIn is Create inside a transaction of [Store.Change].
func (s *Store) CreateIn(ctx context.Context, tx *sql.Tx, p *member.Profile) error {
	if err := s.admit(ctx, tx, p); err != nil {
		return err
	}
	now := stamp(time.Now())
	_, err := tx.ExecContext(ctx, `INSERT INTO members (id, version, created_at, updated_at) VALUES ($1, 1, $2, $2)`, p.ID, now)
	if err != nil {
		return err
	}
	for i := range p.Facts {
		n := member.Note{Key: string(p.ID) + "/" + p.Facts[i].Name, At: p.Facts[i].At, Fact: &p.Facts[i]}
		if err := s.note(ctx, tx, p.ID, &n); err != nil {
			return err
		}
	}
	return s.writeParts(ctx, tx, &member.Profile{ID: p.ID}, p, 1)
}

// writeParts writes what differs between the two.
func (s *Store) writeParts(ctx context.Context, tx *sql.Tx, was, p *member.Profile, version int64) error {
	var name member.Name
	if p.Basic.Name != nil {
		name = *p.Basic.Name
	}
	b := p.Basic
	id := string(p.ID)
	var birth *string
	if b.BirthYear != nil {
		birth = null(s.SealAt("members.birth", id, strconv.Itoa(*b.BirthYear)))
	}
	now := stamp(time.Now())
	_, err := tx.ExecContext(ctx, `UPDATE members SET version = $2, family = $3, given = $4, family_en = $5, given_en = $6,
		gender = $7, birth = $8, channel = $9, tier = $10, lang = $11, stage = $12, account = $13, shop = $14, partner = $15,
		updated_at = $16 WHERE id = $1`,
		p.ID, version, null(s.SealAt("members.family", id, name.Family)), null(s.SealAt("members.given", id, name.Given)),
		null(s.SealAt("members.family_en", id, name.FamilyEN)), null(s.SealAt("members.given_en", id, name.GivenEN)),
		b.Gender, birth, b.Channel, b.Tier, b.Lang, b.Stage, b.Account, b.Shop, b.Partner, now)
	if err == nil && (was.Basic.Name == nil || *was.Basic.Name != name) {
		err = s.indexName(ctx, tx, p.ID, name)
	}
	if err == nil {
		err = s.writeHandles(ctx, tx, was, p, now)
	}
	if err == nil {
		err = s.writeConsent(ctx, tx, was, p)
	}
	if err == nil {
		err = s.writeTags(ctx, tx, p)
	}
	if err == nil {
		err = due(ctx, tx, p.ID)
	}
	return err
}

func (s *Store) writeHandles(ctx context.Context, tx *sql.Tx, was, p *member.Profile, now int64) error {
	for _, h := range without(was.Handles, p.Handles) {
		if _, err := tx.ExecContext(ctx, `DELETE FROM handles WHERE kind = $1 AND value = $2 AND member_id = $3`, h.Kind, s.Search(h.Value), p.ID); err != nil {
			return err
		}
	}
	for i, h := range without(p.Handles, was.Handles) {
		if _, err := tx.ExecContext(ctx, `INSERT INTO handles (kind, value, member_id, added_at) VALUES ($1, $2, $3, $4)`,
			h.Kind, s.Search(h.Value), p.ID, now+int64(i)); err != nil {
			return err
		}
	}
	return nil
}

// writeConsent adds a row for each word that is new; the earlier ones stay.
func (s *Store) writeConsent(ctx context.Context, tx *sql.Tx, was, p *member.Profile) error {
	for _, g := range p.Consent {
		if slices.ContainsFunc(was.Consent, func(w member.Grant) bool {
			return w.Purpose == g.Purpose && w.Given == g.Given && w.Notice == g.Notice && stamp(w.At) == stamp(g.At)
		}) {
			continue
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO consents (member_id, purpose, given, at, notice) VALUES ($1, $2, $3, $4, $5)`,
			p.ID, g.Purpose, g.Given, stamp(g.At), g.Notice); err != nil {
			return err
		}
		if g.Purpose == member.PurposeVoice && !g.Given {
			if _, err := dropVoiceprints(ctx, tx, p.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Store) writeTags(ctx context.Context, tx *sql.Tx, p *member.Profile) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM tags WHERE member_id = $1`, p.ID); err != nil {
		return err
	}
	for _, t := range p.Tags {
		var until *int64
		if t.Until != nil {
			ms := stamp(*t.Until)
			until = &ms
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO tags (member_id, name, source, author, at, until) VALUES ($1, $2, $3, $4, $5, $6)`,
			p.ID, t.Name, t.Source, t.Author, stamp(t.At), until); err != nil {
			return err
		}
	}
	return nil
}

// ErrNoTime is returned for a contact that does not say when it was: it would stand
// last in a history that is read by time.
var ErrNoTime = errors.New("the contact has no time")

// Record adds a contact to the member's history.
func (s *Store) Record(ctx context.Context, id member.ID, in member.Interaction) (int64, error) {
	if in.At.IsZero() {
		return 0, fmt.Errorf("record a contact of member %s: %w", id, ErrNoTime)
	}
	var version int64
	err := s.Change(ctx, func(tx *sql.Tx) error {
		var err error
		if version, err = Touch(ctx, tx, id); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO interactions (member_id, at, channel, call, intent, outcome, complaint, rating, summary)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			id, stamp(in.At), in.Channel, in.Call, in.Intent, in.Outcome, in.Complaint, in.Rating,
			s.sealNull("interactions.summary", ContactRow(stamp(in.At), in.Channel, in.Call, ""), in.Summary))
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("record a contact of member %s: %w", id, err)
	}
	return version, nil
}

// Touch gives the member a new version. Whoever changes anything that a profile
// shows calls it in the same transaction.
func Touch(ctx context.Context, tx *sql.Tx, id member.ID) (version int64, err error) {
	err = tx.QueryRowContext(ctx, `UPDATE members SET version = version + 1, updated_at = $2 WHERE id = $1 RETURNING version`,
		id, stamp(time.Now())).Scan(&version)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, member.ErrUnknown
	}
	if err == nil {
		err = due(ctx, tx, id)
	}
	return version, err
}

// due has the member's tags looked at again at once.
func due(ctx context.Context, tx *sql.Tx, id member.ID) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO tag_due (member_id, at) VALUES ($1, 0) ON CONFLICT (member_id) DO UPDATE SET at = 0`, id)
	return err
}

// without returns what stands in list and not in other.
func without(list, other []member.Handle) []member.Handle {
	return slices.DeleteFunc(slices.Clone(list), func(h member.Handle) bool { return slices.Contains(other, h) })
}

func null(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
