package store

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"huike/member"
)

// openedName reads the four parts of a name.
func openedName() string {
	return Opened("members.family", "members.given", "members.family_en", "members.given_en")
}

// NameHash returns what a name is found by in the table member_names: a keyed hash of it,
// in small letters.
func (s *Store) NameHash(name string) string {
	sum := s.vault.Hash("name\x00" + strings.ToLower(strings.Join(strings.Fields(name), " ")))
	return hex.EncodeToString(sum[:16])
}

// Named returns the members who have a name, in the order of their ids and after one of
// them: the surname, the given name or both, in Chinese or in Latin letters of either
// case and order. It finds whole names and no parts, so that a search reads no more
// people than were meant.
func (s *Store) Named(ctx context.Context, name string, after member.ID, limit int) ([]member.ID, error) {
	ids := []member.ID{}
	err := Each(ctx, s.read, func(scan func(...any) error) error {
		var id member.ID
		err := scan(&id)
		ids = append(ids, id)
		return err
	}, `SELECT member_id FROM member_names WHERE hash = $1 AND member_id > $2 ORDER BY member_id LIMIT $3`, s.NameHash(name), after, limit)
	if err != nil {
		return nil, fmt.Errorf("find members by name: %w", err)
	}
	return ids, nil
}

// IndexName has a member found by the name that the record has now. Whoever writes a name
// calls it in the same transaction.
func (s *Store) IndexName(ctx context.Context, tx *sql.Tx, id member.ID) error {
	var family, given, familyEN, givenEN *string
	err := tx.QueryRowContext(ctx, `SELECT `+openedName()+` FROM members WHERE id = $1`, id).Scan(&family, &given, &familyEN, &givenEN)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.indexName(ctx, tx, id, member.Name{Family: text(family), Given: text(given), FamilyEN: text(familyEN), GivenEN: text(givenEN)})
}

func (s *Store) indexName(ctx context.Context, tx *sql.Tx, id member.ID, n member.Name) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM member_names WHERE member_id = $1`, id); err != nil {
		return err
	}
	var hashes []string
	for _, name := range []string{n.Family, n.Given, n.Family + n.Given, n.FamilyEN, n.GivenEN, n.GivenEN + " " + n.FamilyEN, n.FamilyEN + " " + n.GivenEN} {
		if hash := s.NameHash(name); strings.TrimSpace(name) != "" && !slices.Contains(hashes, hash) {
			hashes = append(hashes, hash)
		}
	}
	for _, hash := range hashes {
		if _, err := tx.ExecContext(ctx, `INSERT INTO member_names (hash, member_id) VALUES ($1, $2)`, hash, id); err != nil {
			return err
		}
	}
	return nil
}
