package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"huike/member"
)

// Known is what a member can be found by. It is personal: who has it keeps it in memory
// and prints none of it.
type Known struct {
	ID       member.ID
	Name     member.Name
	Phone    string // E.164, the first; "" where there is none
	Card     string
	Postcode string
	Born     time.Time // zero where unknown
}

// People returns what all members who have agreed to service can be found by, at most
// most of them; more are an error, so that nobody is looked for among a part.
func (s *Store) People(ctx context.Context, most int) ([]Known, error) {
	var all []Known
	err := s.View(ctx, func(tx *sql.Tx) error {
		return Each(ctx, tx, func(scan func(...any) error) error {
			var k Known
			var family, given, familyEN, givenEN, phone, card, postcode, born *string
			if err := scan(&k.ID, &family, &given, &familyEN, &givenEN, &phone, &card, &postcode, &born); err != nil {
				return err
			}
			k.Name = member.Name{Family: text(family), Given: text(given), FamilyEN: text(familyEN), GivenEN: text(givenEN)}
			k.Phone, k.Card, k.Postcode = text(phone), text(card), text(postcode)
			if day, err := time.Parse(time.DateOnly, text(born)); err == nil {
				k.Born = day
			}
			all = append(all, k)
			return nil
		}, `SELECT id, `+openedName()+`,
			(SELECT MIN(value) FROM handles WHERE member_id = m.id AND kind = 'phone'
				AND added_at = (SELECT MIN(added_at) FROM handles WHERE member_id = m.id AND kind = 'phone')),
			(SELECT MIN(value) FROM handles WHERE member_id = m.id AND kind = 'card'),
			(SELECT `+Opened("facts.value")+` FROM facts WHERE member_id = m.id AND name = 'postcode' ORDER BY at DESC, id DESC LIMIT 1),
			(SELECT `+Opened("facts.value")+` FROM facts WHERE member_id = m.id AND name = 'birthday' ORDER BY at DESC, id DESC LIMIT 1)
			FROM members m WHERE EXISTS (SELECT 1 FROM handles WHERE member_id = m.id)
			AND (SELECT given FROM consents WHERE member_id = m.id AND purpose = 'service' ORDER BY id DESC LIMIT 1) = $2
			ORDER BY id LIMIT $1`, most+1, true)
	})
	if err == nil && len(all) > most {
		err = fmt.Errorf("more than %d members", most)
	}
	if err != nil {
		return nil, fmt.Errorf("people to be found by what they say: %w", err)
	}
	return all, nil
}
