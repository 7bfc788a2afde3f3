package identity

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"time"

	"huike/member"
)

// Points of evidence that two records are one person's, of 100. They are the shop's own
// judgement and not fitted to data. A name, a year and a shared phone together still
// stay below [Sure]: mother and daughter have as much in common.
const (
	Sure       = 100 // merged without a person
	worthALook = 40  // shown to a person

	pointsOwn     = 100 // an account, card, openid or e-mail address: nobody shares it
	pointsPhone   = 40
	pointsDevice  = 25
	pointsName    = 30 // family and given name
	pointsBirth   = 15 // the year
	pointsGender  = 5
	pointsAgainst = 50 // each of name, year and gender that differs
)

// Match is two records that may be one person's.
type Match struct {
	One, Other member.ID
	Score      int      // 0 to 100
	Evidence   []string // what speaks for it, and after "not " what against; names nobody
}

// Score compares two records. It knows nothing of what is unknown: null says neither yes
// nor no.
func Score(a, b *member.Profile) Match {
	m := Match{One: min(a.ID, b.ID), Other: max(a.ID, b.ID)}
	add := func(what string, points int) { m.Score += points; m.Evidence = append(m.Evidence, what) }
	shared(a, b, add)
	compare := func(what string, known, same bool, points int) {
		switch {
		case known && same:
			add(what, points)
		case known:
			add("not "+what, -pointsAgainst)
		}
	}
	x, y := a.Basic, b.Basic
	compare("name", x.Name != nil && y.Name != nil, x.Name != nil && y.Name != nil && *x.Name == *y.Name, pointsName)
	compare("year of birth", x.BirthYear != nil && y.BirthYear != nil, x.BirthYear != nil && y.BirthYear != nil && *x.BirthYear == *y.BirthYear, pointsBirth)
	compare("gender", x.Gender != nil && y.Gender != nil, x.Gender != nil && y.Gender != nil && *x.Gender == *y.Gender, pointsGender)
	m.Score = min(max(m.Score, 0), Sure)
	return m
}

// shared adds the kinds of handle that both have one of.
func shared(a, b *member.Profile, add func(what string, points int)) {
	for _, kind := range []struct {
		name   string
		points int
	}{
		{member.HandleAccount, pointsOwn},
		{member.HandleCard, pointsOwn},
		{member.HandleOpenID, pointsOwn},
		{member.HandleEmail, pointsOwn},
		{member.HandlePhone, pointsPhone},
		{member.HandleDevice, pointsDevice},
	} {
		if slices.ContainsFunc(a.Handles, func(h member.Handle) bool { return h.Kind == kind.name && slices.Contains(b.Handles, h) }) {
			add(kind.name, kind.points)
		}
	}
}

// Check looks for others who may be the member, by shared handles. What is sure and
// contradicts nothing is merged, the member going on; what may be waits for a person.
// What a person has decided once is not asked again.
func (d *Desk) Check(ctx context.Context, id member.ID) ([]Match, error) {
	mine, err := d.store.Load(ctx, id)
	if err != nil {
		return nil, err
	}
	var others []string
	err = d.store.View(ctx, func(tx *sql.Tx) error {
		var err error
		others, err = column(ctx, tx, `SELECT DISTINCT b.member_id FROM handles a JOIN handles b ON a.kind = b.kind AND a.value = b.value
			WHERE a.member_id = $1 AND b.member_id <> $1 AND NOT EXISTS (SELECT 1 FROM matches WHERE decided_at IS NOT NULL
				AND (one = $1 AND other = b.member_id OR one = b.member_id AND other = $1)) ORDER BY b.member_id LIMIT 50`, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	var found []Match
	for _, other := range others {
		theirs, err := d.store.Load(ctx, member.ID(other))
		if err != nil {
			return found, err
		}
		m := Score(mine, theirs)
		if m.Score < worthALook {
			continue
		}
		found = append(found, m)
		if m.Score == Sure {
			_, err = d.Merge(ctx, Merge{Keep: id, Gone: theirs.ID, Author: "rule", Reason: strings.Join(m.Evidence, ", ")})
		}
		if m.Score < Sure || errors.Is(err, ErrConflict) {
			err = d.wait(ctx, m)
		}
		if err != nil {
			return found, err
		}
	}
	return found, nil
}

func (d *Desk) wait(ctx context.Context, m Match) error {
	return d.store.Change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO matches (one, other, score, evidence, at) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (one, other) DO UPDATE SET score = excluded.score, evidence = excluded.evidence`,
			m.One, m.Other, m.Score, strings.Join(m.Evidence, ", "), time.Now().UnixMilli())
		return err
	})
}

// Waiting returns the matches that wait for a person, the surest first.
func (d *Desk) Waiting(ctx context.Context) ([]Match, error) {
	var found []Match
	err := d.store.View(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT one, other, score, evidence FROM matches WHERE decided_at IS NULL ORDER BY score DESC, one, other LIMIT 200`)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var m Match
			var evidence string
			if err := rows.Scan(&m.One, &m.Other, &m.Score, &evidence); err != nil {
				return err
			}
			m.Evidence = strings.Split(evidence, ", ")
			found = append(found, m)
		}
		return rows.Err()
	})
	return found, err
}

// Decide settles a match that waits: the same person, whose records keep then holds, or
// two people for good. It returns the merge's number, 0 where there is none.
func (d *Desk) Decide(ctx context.Context, keep, other member.ID, same bool, author string) (int64, error) {
	decision, number := "two people", int64(0)
	if same {
		decision = "one person"
		var err error
		number, err = d.Merge(ctx, Merge{Keep: keep, Gone: other, Author: author, Reason: "decided by a person", Force: true})
		if err != nil {
			return 0, err
		}
	}
	return number, d.store.Change(ctx, func(tx *sql.Tx) error { return decide(ctx, tx, keep, other, decision, author) })
}

// decide settles for good whether two records are one person's, whether that was asked
// or not.
func decide(ctx context.Context, tx *sql.Tx, a, b member.ID, decision, author string) error {
	now := time.Now().UnixMilli()
	_, err := tx.ExecContext(ctx, `INSERT INTO matches (one, other, score, evidence, at, decided_at, decision, author) VALUES ($1, $2, 0, '', $3, $3, $4, $5)
		ON CONFLICT (one, other) DO UPDATE SET decided_at = excluded.decided_at, decision = excluded.decision, author = excluded.author`,
		min(a, b), max(a, b), now, decision, author)
	return err
}
