package store

import (
	"context"
	"fmt"
	"strings"

	"huike/member"
)

// Named returns the members who have a name, in the order of their ids and after one of
// them: the surname, the given name or both, in Chinese or in Latin letters of either
// case and order. It finds whole names and no parts, so that a search reads no more
// people than were meant.
func (s *Store) Named(ctx context.Context, name string, after member.ID, limit int) ([]member.ID, error) {
	name = strings.ToLower(strings.Join(strings.Fields(name), " "))
	ids := []member.ID{}
	err := Each(ctx, s.read, func(scan func(...any) error) error {
		var id member.ID
		err := scan(&id)
		ids = append(ids, id)
		return err
	}, `SELECT id FROM members WHERE id > $2 AND (family = $1 OR given = $1 OR COALESCE(family, '') || COALESCE(given, '') = $1
		OR LOWER(family_en) = $1 OR LOWER(given_en) = $1
		OR LOWER(given_en) || ' ' || LOWER(family_en) = $1 OR LOWER(family_en) || ' ' || LOWER(given_en) = $1) ORDER BY id LIMIT $3`, name, after, limit)
	if err != nil {
		return nil, fmt.Errorf("find members by name: %w", err)
	}
	return ids, nil
}
