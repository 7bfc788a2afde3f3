package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"

	"huike/member"
)

const lastInteractions = 10

// Lookup returns the one member who has the handle.
func (s *Store) Lookup(ctx context.Context, h member.Handle) (member.ID, error) {
	var ids []member.ID
	err := Each(ctx, s.read, func(scan func(...any) error) error {
		var id member.ID
		ids = append(ids, id)
		return scan(&ids[len(ids)-1])
	}, `SELECT member_id FROM handles WHERE kind = $1 AND value = $2 LIMIT 2`, h.Kind, s.Search(h.Value))
	switch {
	case err != nil:
		return "", fmt.Errorf("look up a %s: %w", h.Kind, err)
	case len(ids) == 0:
		return "", member.ErrUnknown
	case len(ids) > 1:
		return "", member.ErrShared
	}
	return ids[0], nil
}

// Load returns the whole profile as it is at one moment.
func (s *Store) Load(ctx context.Context, id member.ID) (*member.Profile, error) {
	var p *member.Profile
	err := s.again(ctx, func() (err error) {
		var all []question
		var end func() error
		p, all, end = s.profile(id)
		if err = s.ask(ctx, all); err == nil {
			err = end()
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("load member %s: %w", id, err)
	}
	return p, nil
}

// load is Load in a transaction.
func (s *Store) load(ctx context.Context, tx *sql.Tx, id member.ID) (*member.Profile, error) {
	p, all, end := s.profile(id)
	if err := askIn(ctx, tx, all); err != nil {
		return nil, err
	}
	return p, end()
}

// profile returns an empty profile and the questions whose answers fill it, in this
// order. end, called after the last, says whether there is such a member.
func (s *Store) profile(id member.ID) (p *member.Profile, all []question, end func() error) {
	p = &member.Profile{ID: id}
	known := false
	all = slices.Concat([]question{
		s.askBasic(p, &known), s.askHandles(p), s.askConsent(p), s.askTags(p), s.askInteractions(p),
		s.askPoints(p), s.askFacts(p), s.askRefusals(p), s.askComplaint(p),
	}, s.askDerived(p))
	return p, all, func() error {
		if !known {
			return member.ErrUnknown
		}
		return nil
	}
}

func (s *Store) askBasic(p *member.Profile, known *bool) question {
	return question{row: func(scan func(...any) error) error {
		var family, given, familyEN, givenEN, birth *string
		var updated int64
		b := &p.Basic
		if err := scan(&p.Version, &family, &given, &familyEN, &givenEN, &b.Gender, &birth, &b.Channel, &b.Tier, &b.Lang, &b.Stage,
			&b.Account, &b.Shop, &b.Partner, &updated); err != nil {
			return err
		}
		*known, p.Updated = true, s.when(updated)
		name := member.Name{Family: text(family), Given: text(given), FamilyEN: text(familyEN), GivenEN: text(givenEN)}
		if name != (member.Name{}) {
			b.Name = &name
		}
		if year, err := strconv.Atoi(text(birth)); err == nil {
			b.BirthYear = &year
		}
		return nil
	}, text: `SELECT version, ` + openedName() + `, gender, ` + Opened("members.birth") + `,
		channel, tier, lang, stage, account, shop, partner, updated_at FROM members WHERE id = $1`, args: []any{p.ID}}
}

func (s *Store) askHandles(p *member.Profile) question {
	return question{row: func(scan func(...any) error) error {
		var h member.Handle
		err := scan(&h.Kind, &h.Value)
		p.Handles = append(p.Handles, h)
		return err
	}, text: `SELECT kind, value FROM handles WHERE member_id = $1 ORDER BY added_at, kind, value`, args: []any{p.ID}}
}

func (s *Store) askConsent(p *member.Profile) question {
	return question{row: func(scan func(...any) error) error {
		var g member.Grant
		var at int64
		err := scan(&g.Purpose, &g.Given, &at, &g.Notice)
		g.At = s.when(at)
		p.Consent = append(p.Consent, g)
		return err
	}, text: `SELECT purpose, given, at, notice FROM consents c WHERE member_id = $1
		AND id = (SELECT MAX(id) FROM consents WHERE member_id = c.member_id AND purpose = c.purpose) ORDER BY purpose`, args: []any{p.ID}}
}

func (s *Store) askTags(p *member.Profile) question {
	return question{row: func(scan func(...any) error) error {
		var t member.Tag
		var at int64
		var until *int64
		err := scan(&t.Name, &t.Source, &t.Author, &at, &until)
		t.At, t.Until = s.when(at), s.whenNull(until)
		p.Tags = append(p.Tags, t)
		return err
	}, text: `SELECT name, source, author, at, until FROM tags WHERE member_id = $1 ORDER BY at, name`, args: []any{p.ID}}
}

func (s *Store) askInteractions(p *member.Profile) question {
	return question{row: func(scan func(...any) error) error {
		var in member.Interaction
		var at int64
		err := scan(&at, &in.Channel, &in.Call, &in.Intent, &in.Outcome, &in.Complaint, &in.Rating, &in.Summary)
		in.At = s.when(at)
		p.Interactions = append(p.Interactions, in)
		return err
	}, text: `SELECT at, channel, call, intent, outcome, complaint, rating, ` + Opened("interactions.summary") + ` FROM interactions
		WHERE member_id = $1 ORDER BY at DESC, COALESCE(event, '') DESC, id DESC LIMIT $2`, args: []any{p.ID, lastInteractions}}
}

// askPoints leaves the balance unknown where the ledger has no line.
func (s *Store) askPoints(p *member.Profile) question {
	return question{
		row:  func(scan func(...any) error) error { return scan(&p.Points) },
		text: `SELECT SUM(delta) FROM points WHERE member_id = $1`, args: []any{p.ID},
	}
}

func (s *Store) askComplaint(p *member.Profile) question {
	return question{row: func(scan func(...any) error) error {
		var c member.Complaint
		var at int64
		err := scan(&c.Ticket, &at)
		c.At = s.when(at)
		p.Complaint = &c
		return err
	}, text: `SELECT number, created_at FROM tickets WHERE member_id = $1 AND kind = 'complaint' AND resolved_at IS NULL
		ORDER BY created_at, number LIMIT 1`, args: []any{p.ID}}
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
