package store_test

import (
	"database/sql"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"huike/member"
	"huike/member/store"
	"huike/member/store/storetest"
)

func TestAddressesThatAreRefused(t *testing.T) {
	const secret = "hunter2"
	for name, test := range map[string]struct{ address, want string }{
		"no name at all":            {"", "want the path"},
		"another protocol":          {"mysql://u:" + secret + "@h/db", "want the path"},
		"no database":               {"postgres://u:" + secret + "@h:5432", "want the path"},
		"a sign in the password":    {"postgres://u:" + secret + "/%zz@h:5432/db", "written %40"},
		"a port that is none":       {"postgres://u:" + secret + "@h:port/db", "want the path"},
		"a parameter that is wrong": {"postgres://u:" + secret + "@h/db?sslmode=perhaps", "want the path"},
		"no slashes":                {"postgres:u:" + secret + "@h/db", "want the path"},
	} {
		t.Run(name, func(t *testing.T) {
			err := store.Check(test.address)
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), secret) {
				t.Errorf("got %v", err)
			}
			if _, opened := store.Open(t.Context(), test.address, store.Config{}); opened == nil {
				t.Error("it was opened")
			}
		})
	}
	if err := store.Check("postgresql://u:" + secret + "@h:5432/db?sslmode=disable"); err != nil {
		t.Error(err)
	}
}

func TestADatabaseThatCannotBeReached(t *testing.T) {
	there := storetest.Address(t, "postgres")
	for name, test := range map[string]struct{ address, want string }{
		"nobody listens":          {"postgres://u:hunter2@127.0.0.1:1/db?sslmode=disable", "start Postgres there"},
		"the database is missing": {strings.Replace(strings.Replace(there, "huike@", "huike:hunter2@", 1), "/t", "/missing", 1), "createdb -h"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := store.Open(t.Context(), test.address, store.Config{})
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestOpenedByManyAtOnce(t *testing.T) {
	address := storetest.Address(t, "postgres")
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			s, err := store.Open(t.Context(), address, store.Config{})
			if err != nil {
				t.Error(err)
				return
			}
			s.Close()
		})
	}
	wg.Wait()
}

// Two changes that each read what the other writes: run side by side, one of them must
// see what the other did.
func TestChangesAreAsIfOneByOne(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		t.Helper()
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				err := s.Change(t.Context(), func(tx *sql.Tx) error {
					var n int
					if err := tx.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM stores`).Scan(&n); err != nil {
						return err
					}
					_, err := tx.ExecContext(t.Context(), `INSERT INTO stores (id, rank, name_zh, name_en, address_zh, address_en, hours_zh, hours_en, phone)
						VALUES ($1, $2, '', '', '', '', '', '', '')`, string(rune('a'+n)), n)
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	})
}

func TestReadersWriteNothing(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		t.Helper()
		err := s.View(t.Context(), func(tx *sql.Tx) error {
			_, err := tx.ExecContext(t.Context(), `UPDATE members SET tier = 'gold'`)
			return err
		})
		if err == nil {
			t.Error("a view changed the store")
		}
	})
}

func TestWhatCanNeverBeKeptIsToldApart(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		t.Helper()
		twice := s.Create(t.Context(), &member.Profile{ID: "m_zhang_li"})
		if twice == nil || !s.Unusable(twice) {
			t.Errorf("the same member twice: %v", twice)
		}
		if s.Unusable(nil) || s.Unusable(errors.New("gone")) {
			t.Error("a store that is gone may come back")
		}
	})
}

func TestPostgresRestarted(t *testing.T) {
	s := filled(t, "postgres")
	before := load(t, s, "m_zhang_li")
	together := func() { // each on a connection of its own
		var at sync.WaitGroup
		at.Add(6)
		var wg sync.WaitGroup
		for range 6 {
			wg.Go(func() {
				met := false
				err := s.Change(t.Context(), func(tx *sql.Tx) error {
					if !met {
						met = true
						at.Done()
						at.Wait()
					}
					_, err := tx.ExecContext(t.Context(), `SELECT 1`)
					return err
				})
				if err != nil {
					t.Error(err)
				}
				if !met {
					at.Done()
				}
			})
		}
		wg.Wait()
	}
	together()
	storetest.Restart(t, func() {
		if _, err := s.Load(t.Context(), "m_zhang_li"); err == nil {
			t.Error("a stopped server answered")
		}
	})
	after := load(t, s, "m_zhang_li") // the first one after it
	if after.Version != before.Version {
		t.Errorf("version %d became %d", before.Version, after.Version)
	}
	together()
	if _, err := s.Record(t.Context(), "m_zhang_li", member.Interaction{At: time.Now(), Channel: "web"}); err != nil {
		t.Error(err)
	}
}
