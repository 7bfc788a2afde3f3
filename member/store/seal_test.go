package store_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"huike/member"
	"huike/member/event"
	"huike/member/store"
	"huike/member/store/storetest"
	"huike/member/vault"
)

// secret are words of one person, in every place that is sealed.
func secret() []string {
	return []string{"欧阳", "晓雯", "Ouyangsecret", "Xiaowensecret", "13811110001", "xw@secret.example", "a summary that is hers", "hersecretbrand"}
}

// unsealed fills a store that is not sealed with one person and returns its address.
func unsealed(t *testing.T, kind string) string {
	t.Helper()
	address := storetest.Address(t, kind)
	s, err := store.Open(t.Context(), address, store.Config{Location: time.UTC})
	if err != nil {
		t.Fatal(err)
	}
	people(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return address
}

// people writes the person, by the ways that members come in.
func people(t *testing.T, s *store.Store) {
	t.Helper()
	phone, _ := member.Phone("13811110001")
	year, summary := 1987, "a summary that is hers"
	p := &member.Profile{ID: "m_her", Handles: []member.Handle{phone, {Kind: member.HandleEmail, Value: "xw@secret.example"}}}
	p.Basic.Name = &member.Name{Family: "欧阳", Given: "晓雯", FamilyEN: "Ouyangsecret", GivenEN: "Xiaowensecret"}
	p.Basic.BirthYear = &year
	if err := s.Create(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Record(t.Context(), "m_her", member.Interaction{At: time.Now(), Channel: "phone", Summary: &summary}); err != nil {
		t.Fatal(err)
	}
	out, err := event.New(s, event.Config{}).Take(t.Context(), [][]byte{
		[]byte(`{"specversion":"1.0","id":"e1","source":"app","type":"browse","time":"2026-11-20T10:00:00Z","subject":"phone:13811110001","data":{"product":"hersecretbrand"}}`),
		[]byte(`{"specversion":"1.0","id":"e2","source":"app","type":"nothing","time":"2026-11-20T10:00:00Z","subject":"phone:13811110001","data":{"x":"hersecretbrand"}}`),
	})
	if err != nil || out[0].Status != event.Accepted || out[1].Status != event.Refused {
		t.Fatal(out, err)
	}
}

// raw is everything that the store's tables hold, as it is kept.
func raw(t *testing.T, s *store.Store) string {
	t.Helper()
	var b strings.Builder
	ctx := vault.Raw(t.Context())
	err := s.View(t.Context(), func(tx *sql.Tx) error {
		for _, query := range []string{
			`SELECT family || given || family_en || given_en || birth FROM members WHERE family IS NOT NULL`, `SELECT value FROM handles`,
			`SELECT summary FROM interactions WHERE summary IS NOT NULL`, `SELECT data FROM events`, `SELECT body FROM dead_letters`,
		} {
			if err := store.Each(ctx, tx, func(scan func(...any) error) error {
				var text string
				err := scan(&text)
				fmt.Fprintln(&b, text)
				return err
			}, query); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// whole wants the person to be read as they were written.
func whole(t *testing.T, s *store.Store) {
	t.Helper()
	id, err := find(t, s, "138 1111 0001")
	if err != nil || id != "m_her" {
		t.Fatalf("found %s, %v", id, err)
	}
	p := load(t, s, id)
	if p.Basic.Name.Full("zh") != "欧阳晓雯" || p.Basic.Name.GivenEN != "Xiaowensecret" || *p.Basic.BirthYear != 1987 ||
		!slices.Contains(p.Handles, member.Handle{Kind: member.HandleEmail, Value: "xw@secret.example"}) ||
		*p.Interactions[len(p.Interactions)-1].Summary != "a summary that is hers" || !slices.Contains(p.Preference.Browsed, "hersecretbrand") {
		t.Error("the person is not as written")
	}
}

func TestAnOldStoreIsSealedWhenItIsOpened(t *testing.T) {
	for _, kind := range storetest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			address := unsealed(t, kind)
			told := int64(0)
			s, err := store.Open(t.Context(), address, store.Config{
				Location: time.UTC, KMS: storetest.Master(), Progress: func(done, _ int64) { told = done },
			})
			if err != nil {
				t.Fatal(err)
			}
			whole(t, s)
			kept := raw(t, s)
			for _, word := range secret() {
				if word != "hersecretbrand" && strings.Contains(kept, word) {
					t.Errorf("%q is not sealed", word)
				}
			}
			if told == 0 {
				t.Error("no progress was told")
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if kind == "sqlite" {
				noByte(t, filepath.Dir(address), secret()[:7])
			}
			if _, err := store.Open(t.Context(), address, store.Config{}); !errors.Is(err, store.ErrSealed) {
				t.Errorf("without a key: %v", err)
			}
			if _, err := store.Open(t.Context(), address, store.Config{KMS: vault.GenerateMaster()}); !errors.Is(err, vault.ErrMaster) {
				t.Errorf("with another key: %v", err)
			}
			whole(t, storetest.At(t, address))
		})
	}
}

// noByte wants no file of a folder to hold a word.
func noByte(t *testing.T, folder string, words []string) {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(folder, "*"))
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range words {
			if bytes.Contains(text, []byte(word)) {
				t.Errorf("%q is in %s", word, filepath.Base(file))
			}
		}
	}
	if len(files) == 0 {
		t.Error("no files")
	}
}

func TestKeysAreExchangedWhileOthersReadAndWrite(t *testing.T) {
	for _, kind := range storetest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			address := storetest.Address(t, kind)
			s, server := storetest.At(t, address), storetest.At(t, address) // two processes
			people(t, s)
			before := server.Vault().Current()
			store.SetSettle(s, 0)
			ctx, cancel := context.WithCancel(t.Context())
			if _, err := s.Rekey(ctx, func(int64, int64) { cancel() }); err == nil {
				t.Error("a rekeying that was broken off says nothing")
			}
			done, err := s.Rekey(t.Context(), nil)
			if err != nil || done.Key != 2 || done.Sealed == 0 {
				t.Fatalf("%+v, %v", done, err)
			}
			if kept := raw(t, s); strings.Contains(kept, before) || !strings.Contains(kept, s.Vault().Current()) {
				t.Error("something is under the old key")
			}
			whole(t, server) // whose keys are the old ones until now
			if server.Vault().Current() != s.Vault().Current() {
				t.Errorf("the other process seals with %s", server.Vault().Current())
			}
			next := vault.GenerateMaster()
			if err := s.Rewrap(t.Context(), next); err != nil {
				t.Fatal(err)
			}
			whole(t, s)
			whole(t, server)
			if _, err := store.Open(t.Context(), address, store.Config{KMS: storetest.Master()}); !errors.Is(err, vault.ErrMaster) {
				t.Errorf("the old master opens: %v", err)
			}
			again, err := store.Open(t.Context(), address, store.Config{KMS: next})
			if err != nil {
				t.Fatal(err)
			}
			whole(t, again)
			if err := again.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}
