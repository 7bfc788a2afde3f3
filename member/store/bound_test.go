package store_test

import (
	"database/sql"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"huike/member"
	"huike/member/identity"
	"huike/member/privacy"
	"huike/member/store"
	"huike/member/store/storetest"
	"huike/member/vault"
)

// swap exchanges a column of two rows, as somebody who owns the database would.
func swap(t *testing.T, s *store.Store, table, column, key, one, other string) {
	t.Helper()
	ctx := vault.Raw(t.Context())
	err := s.Change(ctx, func(tx *sql.Tx) error {
		var values [2]string
		for i, id := range []string{one, other} {
			if err := tx.QueryRowContext(ctx, `SELECT `+column+` FROM `+table+` WHERE `+key+` = $1`, id).Scan(&values[i]); err != nil {
				return err
			}
		}
		for i, id := range []string{other, one} {
			if _, err := tx.ExecContext(ctx, `UPDATE `+table+` SET `+column+` = $2 WHERE `+key+` = $1`, id, values[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// two adds two members with a name, a birth year and a fact each.
func two(t *testing.T, s *store.Store) {
	t.Helper()
	for i, id := range []member.ID{"m_a", "m_b"} {
		phone, _ := member.Phone([]string{"13811110011", "13811110012"}[i])
		p := &member.Profile{ID: id, Handles: []member.Handle{phone}}
		p.Basic.Name = &member.Name{Family: []string{"赵", "钱"}[i], Given: "一"}
		p.Basic.BirthYear = new(1980 + i)
		p.Facts = []member.Fact{{Name: "pet", Kind: member.KindText, Value: []string{"cat", "dog"}[i], Source: "test", At: time.Now()}}
		if err := s.Create(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWhatWasSealedForOneRowIsRefusedInAnother(t *testing.T) {
	for _, kind := range storetest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			s := storetest.At(t, storetest.Address(t, kind))
			two(t, s)
			for _, c := range []struct{ table, column, key, one, other, named string }{
				{"members", "family", "id", "m_a", "m_b", `members.family of "m_a"`},
				{"members", "birth", "id", "m_a", "m_b", `members.birth of "m_a"`},
				{"facts", "value", "id", "m_a/pet", "m_b/pet", `facts.value of "m_a/pet"`},
			} {
				swap(t, s, c.table, c.column, c.key, c.one, c.other)
				if _, err := s.Load(t.Context(), "m_a"); !errors.Is(err, vault.ErrMoved) || !strings.Contains(err.Error(), c.named) || strings.Contains(err.Error(), "赵") {
					t.Errorf("%s.%s: %v", c.table, c.column, err)
				}
				if _, err := privacy.New(s, privacy.Config{Reader: "test"}).Export(t.Context(), "m_b", true); !errors.Is(err, vault.ErrMoved) {
					t.Errorf("%s.%s is exported: %v", c.table, c.column, err)
				}
				swap(t, s, c.table, c.column, c.key, c.one, c.other)
			}
			err := s.Change(vault.Raw(t.Context()), func(tx *sql.Tx) error { // from one column to another
				_, err := tx.ExecContext(t.Context(), `UPDATE members SET given = family WHERE id = 'm_b'`)
				return err
			})
			if _, moved := s.Load(t.Context(), "m_b"); err != nil || !errors.Is(moved, vault.ErrMoved) || !strings.Contains(moved.Error(), `members.given of "m_b"`) {
				t.Error(err, moved)
			}
			if p := load(t, s, "m_a"); p.Basic.Name.Family != "赵" || *p.Basic.BirthYear != 1980 {
				t.Error("the other is not read as written")
			}
		})
	}
}

func TestAPlainValueInASealedColumnIsRefused(t *testing.T) {
	s := storetest.At(t, storetest.Address(t, "sqlite"))
	two(t, s)
	err := s.Change(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.ExecContext(t.Context(), `UPDATE members SET family = '孙' WHERE id = 'm_a'`)
		return err
	})
	if _, refused := s.Load(t.Context(), "m_a"); err != nil || !errors.Is(refused, vault.ErrMoved) {
		t.Error(err, refused)
	}
	store.SetSettle(s, 0)
	if _, err := s.Rekey(t.Context(), nil); !errors.Is(err, vault.ErrMoved) || !strings.Contains(err.Error(), `members.family of "m_a"`) {
		t.Errorf("rekeying says %v", err)
	}
	if _, err := s.Load(t.Context(), "m_a"); !errors.Is(err, vault.ErrMoved) {
		t.Errorf("after a rekeying: %v", err)
	}
	if p := load(t, s, "m_b"); p.Basic.Name.Family != "钱" {
		t.Error("the other is not read as written")
	}
}

// older returns how many values of a column are not under the newest key.
func older(t *testing.T, s *store.Store, table, column string) (n int) {
	t.Helper()
	ctx := vault.Raw(t.Context())
	if err := s.View(ctx, func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM `+table+` WHERE `+column+` NOT LIKE '`+s.Vault().Current()+`%'`).Scan(&n)
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestARekeyingGoesOnPastANameThatIsNotAtItsPlace(t *testing.T) {
	for _, kind := range storetest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			s := storetest.At(t, storetest.Address(t, kind))
			two(t, s)
			swap(t, s, "members", "family", "id", "m_a", "m_b")
			store.SetSettle(s, 0)
			_, err := s.Rekey(t.Context(), nil)
			if !errors.Is(err, vault.ErrMoved) || strings.Count(err.Error(), `members.family of "m_a"`) != 1 || strings.Count(err.Error(), `members.family of "m_b"`) != 1 {
				t.Errorf("rekeying says %v", err)
			}
			for _, c := range [][2]string{{"members", "given"}, {"members", "birth"}, {"facts", "value"}} {
				if n := older(t, s, c[0], c[1]); n > 0 {
					t.Errorf("%d values of %s.%s are under the old key", n, c[0], c[1])
				}
			}
			swap(t, s, "members", "family", "id", "m_a", "m_b")
			if p := load(t, s, "m_a"); p.Basic.Name.Family != "赵" || p.Basic.Name.Given != "一" {
				t.Error("not read as written once the names are back")
			}
		})
	}
}

// loose makes of a store one from before seals were bound to their rows.
func loose(t *testing.T, s *store.Store) {
	t.Helper()
	ctx := vault.Raw(t.Context())
	err := s.Change(t.Context(), func(tx *sql.Tx) error {
		for id, family := range map[string]string{"m_a": "赵", "m_b": "钱"} {
			if _, err := tx.ExecContext(ctx, `UPDATE members SET family = $2 WHERE id = $1`, id, s.Vault().Seal(family)); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, `UPDATE data_keys SET bound = $1`, false)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestSealsFromBeforeAreReadAndBoundByARekeying(t *testing.T) {
	for _, kind := range storetest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			address := storetest.Address(t, kind)
			before := storetest.At(t, address)
			two(t, before)
			loose(t, before)
			s := storetest.At(t, address)
			if p := load(t, s, "m_a"); p.Basic.Name.Family != "赵" {
				t.Error("a seal from before is not opened")
			}
			store.SetSettle(s, 0)
			if _, err := s.Rekey(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
			if p := load(t, s, "m_a"); p.Basic.Name.Family != "赵" {
				t.Error("not opened after the rekeying")
			}
			swap(t, s, "members", "family", "id", "m_a", "m_b")
			if _, err := s.Load(t.Context(), "m_a"); !errors.Is(err, vault.ErrMoved) {
				t.Errorf("it is not bound: %v", err)
			}
			err := s.Change(t.Context(), func(tx *sql.Tx) error { // one that was kept from before
				_, err := tx.ExecContext(t.Context(), `UPDATE members SET family = $1`, s.Vault().Seal("孙"))
				return err
			})
			if _, refused := storetest.At(t, address).Load(t.Context(), "m_a"); err != nil || !errors.Is(refused, vault.ErrMoved) {
				t.Errorf("what is bound to nothing is taken: %v, %v", err, refused)
			}
		})
	}
}

// TestEveryPlaceIsReadAsItWasWritten goes through the ways in which personal texts come in.
func TestEveryPlaceIsReadAsItWasWritten(t *testing.T) {
	for _, kind := range storetest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			s := storetest.At(t, storetest.Address(t, kind))
			people(t, s)
			two(t, s)
			number, err := identity.New(s, identity.Config{}).Merge(t.Context(), identity.Merge{Keep: "m_a", Gone: "m_b", Author: "test", Force: true})
			if err != nil {
				t.Fatal(err)
			}
			store.SetSettle(s, 0)
			if _, err := s.Rekey(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
			whole(t, s)
			if err := identity.New(s, identity.Config{}).Undo(t.Context(), number, "test"); err != nil {
				t.Error(err)
			}
			doc, err := privacy.New(s, privacy.Config{Reader: "test"}).Export(t.Context(), "m_her", true)
			if err != nil {
				t.Fatal(err)
			}
			text, _ := json.Marshal(doc)
			for _, word := range secret() {
				if !strings.Contains(string(text), word) {
					t.Errorf("%q is not exported", word)
				}
			}
			if strings.Contains(string(text), "hk@") || strings.Contains(string(text), "hk2.") {
				t.Error("something is exported sealed")
			}
		})
	}
}

func TestNoTextOfAPersonIsTakenForAPlace(t *testing.T) {
	s := storetest.At(t, filepath.Join(t.TempDir(), "huike.db"))
	two(t, s)
	tag := "hk@0011223344556677@members.family@3@m_ahk2.1.AAAA"
	if err := s.Change(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.ExecContext(t.Context(), `INSERT INTO tags (member_id, name, source, at) VALUES ('m_a', $1, 'agent', 1)`, tag)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if p := load(t, s, "m_a"); p.Tags[0].Name != tag {
		t.Errorf("read as %q", p.Tags[0].Name)
	}
}
