package store_test

import (
	"database/sql"
	"testing"

	"huike/member"
	"huike/member/store"
	"huike/member/store/storetest"
)

// What events write has no foreign keys in Postgres: a trigger takes it along.
func TestWhatBelongsToAMemberGoesWithIt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		t.Helper()
		for _, id := range []member.ID{"m_1", "m_2"} {
			if err := s.Create(t.Context(), &member.Profile{ID: id}); err != nil {
				t.Fatal(err)
			}
		}
		tables := []string{"events", "interactions", "orders", "order_items", "tags", "tag_history", "tag_due"}
		err := s.Change(t.Context(), func(tx *sql.Tx) error {
			for _, id := range []string{"m_1", "m_2"} {
				for _, insert := range []string{
					`INSERT INTO events (id, member_id, kind, at) VALUES ('e' || $1, $1, 'visit', 1)`,
					`INSERT INTO interactions (member_id, at, channel) VALUES ($1, 1, 'phone')`,
					`INSERT INTO orders (number, member_id, status, placed_at, total) VALUES ('o' || $1, $1, 'placed', 1, 1)`,
					`INSERT INTO order_items (order_number, product_id, price) VALUES ('o' || $1, 'p', 1)`,
					`INSERT INTO tags (member_id, name, source, at) VALUES ($1, 'vip', 'agent', 1)`,
					`INSERT INTO tag_history (member_id, name, change, source, at) VALUES ($1, 'vip', 'added', 'agent', 1)`,
				} {
					if _, err := tx.ExecContext(t.Context(), insert, id); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		err = s.Change(t.Context(), func(tx *sql.Tx) error {
			_, err := tx.ExecContext(t.Context(), `DELETE FROM members WHERE id = 'm_1'`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		err = s.View(t.Context(), func(tx *sql.Tx) error {
			for _, table := range tables {
				var n int
				if err := tx.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM `+table).Scan(&n); err != nil {
					return err
				}
				if n != 1 {
					t.Errorf("%s has %d rows; want the other member's one", table, n)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
