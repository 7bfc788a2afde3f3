package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"huike/member"
	"huike/member/audit"
	"huike/member/demo"
	"huike/member/store"
	"huike/member/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// each runs a test on a store of each kind with the demonstration data, first loaded
// at noon of a day.
func each(t *testing.T, test func(t *testing.T, s *store.Store)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		t.Helper()
		test(t, fill(t, s))
	})
}

func filled(tb testing.TB, kind string) *store.Store {
	tb.Helper()
	return fill(tb, storetest.Open(tb, kind))
}

func fill(tb testing.TB, s *store.Store) *store.Store {
	tb.Helper()
	if _, err := demo.Load(tb.Context(), s, time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)); err != nil {
		tb.Fatal(err)
	}
	return s
}

func find(tb testing.TB, s *store.Store, number string) (member.ID, error) {
	tb.Helper()
	h, err := member.Phone(number)
	if err != nil {
		tb.Fatal(err)
	}
	return s.Lookup(tb.Context(), h)
}

func load(tb testing.TB, s *store.Store, id member.ID) *member.Profile {
	tb.Helper()
	p, err := s.Load(tb.Context(), id)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func TestOpen(t *testing.T) {
	t.Run("an odd name is the file's own, readable by nobody else", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "new folder", "a b?c%20d#.db")
		storetest.At(t, path)
		info, err := os.Stat(path)
		if err != nil || info.Size() == 0 || info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", info, err)
		}
	})
	t.Run("opened again it holds what it held", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "huike.db")
		s := storetest.At(t, path)
		if err := s.Create(t.Context(), &member.Profile{ID: "m_1"}); err != nil {
			t.Fatal(err)
		}
		s.Close()
		load(t, storetest.At(t, path), "m_1")
	})
	t.Run("a file that is no store is refused by name", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "letter.txt")
		os.WriteFile(path, []byte(strings.Repeat("Dear Sir ", 1000)), 0o600)
		if _, err := store.Open(t.Context(), path, store.Config{}); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("no name is refused", func(t *testing.T) {
		if _, err := store.Open(t.Context(), "", store.Config{}); err == nil {
			t.Error("no error")
		}
	})
}

func TestLookup(t *testing.T) { each(t, lookup) }

func lookup(t *testing.T, s *store.Store) {
	t.Helper()
	if id, err := find(t, s, "138 0000 1234"); id != "m_zhang_li" || err != nil {
		t.Error(id, err)
	}
	if _, err := find(t, s, "13912345678"); !errors.Is(err, member.ErrUnknown) || errors.Is(err, member.ErrShared) {
		t.Error(err)
	}
	if id, err := find(t, s, "13300006677"); !errors.Is(err, member.ErrShared) || id != "" {
		t.Error("a shared phone is one member's:", id, err)
	}
	if _, err := s.Load(t.Context(), "m_nobody"); !errors.Is(err, member.ErrUnknown) {
		t.Error(err)
	}
}

func TestWhatIsDerived(t *testing.T) { each(t, whatIsDerived) }

func whatIsDerived(t *testing.T, s *store.Store) {
	t.Helper()
	p := load(t, s, "m_zhang_li")
	c, pref := p.Consumption, p.Preference
	got := fmt.Sprintf("%d orders, %d spent, %d a basket, hours %d %d %d, %v, last %s; %d points, sensitivity %.2f, unbought %v, brands %v; first %s; newest contact %s of %d",
		c.Orders, c.Spent, *c.Basket, c.Hours[14], c.Hours[20], c.Hours[21], c.Categories, c.Purchase.Product,
		*p.Points, *pref.Sensitivity, pref.Unbought, pref.Brands, p.Basic.FirstPurchase.Format(time.DateTime),
		p.Interactions[0].Intent, len(p.Interactions))
	want := "3 orders, 133500 spent, 44500 a basket, hours 1 1 1, map[bags:1 clothes:2 outdoor:1 shoes:1], last running-shoes; " +
		"1280 points, sensitivity 0.33, unbought [yoga-mat], brands [Tempo Norden]; first 2026-06-14 20:15:00; newest contact points.balance of 2"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := load(t, s, "m_ouyang_jing").Consumption.Purchase.Product; got != "walking-shoes" {
		t.Errorf("a private purchase would be named aloud: %s", got)
	}
	if c := load(t, s, "m_wang_qiang").Complaint; c == nil || c.Ticket != "60042" {
		t.Error("the open complaint is not seen")
	}
	fresh := load(t, s, "m_chen_xiaoyu")
	if fresh.Basic.Gender != nil || fresh.Basic.Tier != nil || fresh.Consumption.Basket != nil || fresh.Consumption.Purchase != nil {
		t.Error("what is unknown is not null")
	}
}

func TestSaveAndLoad(t *testing.T) { each(t, saveAndLoad) }

func saveAndLoad(t *testing.T, s *store.Store) {
	t.Helper()
	p := load(t, s, "m_zhang_li")
	lang, at := "en", time.UnixMilli(1_790_000_000_123).UTC()
	p.Basic.Lang, p.Basic.Name = &lang, &member.Name{Family: "章"}
	p.Handles = append(p.Handles[:1:1], member.Handle{Kind: member.HandleOpenID, Value: "o_1"})
	p.Tags = append(p.Tags, member.Tag{Name: "vip", Source: "agent", Author: "a_7", At: at, Until: &at})
	p.SetConsent(member.Grant{Purpose: member.PurposeMarketing, Given: false, At: at, Notice: "v2"})
	version, err := s.Save(t.Context(), p)
	if err != nil || version != p.Version+1 {
		t.Fatal(version, err)
	}
	got := load(t, s, p.ID)
	if got.Version != version || *got.Basic.Lang != "en" || got.Basic.Name.Family != "章" || got.Allows(member.PurposeMarketing) || !got.Allows(member.PurposeService) {
		t.Error("what was saved is not what is loaded")
	}
	if !slices.Contains(got.Handles, p.Handles[1]) || len(got.Handles) != 2 {
		t.Error("the handles are not what was saved")
	}
	vip := slices.IndexFunc(got.Tags, func(tag member.Tag) bool { return tag.Name == "vip" })
	if len(got.Tags) != 3 || vip < 0 || got.Tags[vip].Author != "a_7" || !got.Tags[vip].Until.Equal(at) {
		t.Error("the tags are not what was saved")
	}
	if _, err := s.Save(t.Context(), p); !errors.Is(err, member.ErrConflict) {
		t.Errorf("an old version was saved: %v", err)
	}
}

func TestConcurrentWritersLoseNothing(t *testing.T) { each(t, concurrentWritersLoseNothing) }

func concurrentWritersLoseNothing(t *testing.T, s *store.Store) {
	t.Helper()
	d := member.NewDirectory(s, nil, member.Config{})
	access := member.Access{Role: member.RoleAgent, Purpose: member.PurposeService}
	var wg sync.WaitGroup
	for i := range 10 {
		wg.Go(func() {
			for {
				err := d.Update(t.Context(), "m_zhang_li", access, func(p *member.Profile) error {
					p.Tags = append(p.Tags, member.Tag{Name: fmt.Sprint("t", i), At: time.Now()})
					return nil
				})
				if !errors.Is(err, member.ErrConflict) {
					if err != nil {
						t.Error(err)
					}
					return
				}
			}
		})
		wg.Go(func() {
			if err := d.Record(t.Context(), "m_zhang_li", access, member.Interaction{At: time.Now(), Channel: "web"}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	p := load(t, s, "m_zhang_li")
	if len(p.Tags) != 12 || len(p.Interactions) != 10 || p.Version != 21 {
		t.Errorf("%d tags, %d contacts, version %d", len(p.Tags), len(p.Interactions), p.Version)
	}
}

func TestAContactWithoutATimeIsRefused(t *testing.T) { each(t, aContactWithoutATimeIsRefused) }

func aContactWithoutATimeIsRefused(t *testing.T, s *store.Store) {
	t.Helper()
	before := load(t, s, "m_zhang_li")
	if _, err := s.Record(t.Context(), "m_zhang_li", member.Interaction{Channel: "web"}); !errors.Is(err, store.ErrNoTime) {
		t.Errorf("got %v", err)
	}
	after := load(t, s, "m_zhang_li")
	if after.Version != before.Version || len(after.Interactions) != len(before.Interactions) {
		t.Errorf("version %d, %d contacts", after.Version, len(after.Interactions))
	}
}

func TestAuditRowsStay(t *testing.T) { each(t, auditRowsStay) }

func auditRowsStay(t *testing.T, s *store.Store) {
	t.Helper()
	rows := []audit.Row{{At: time.UnixMilli(1), Member: "m_1", Action: audit.Get}, {At: time.UnixMilli(2), Member: "m_2", Action: audit.Find, Fields: "identity"}}
	if err := s.AppendAudit(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
	all, err := s.FindAudit(t.Context(), store.AuditQuery{Limit: 10})
	if err != nil || len(all) != 2 || all[0].Member != "m_2" || all[0].Fields != "identity" || !all[0].At.Equal(rows[1].At) {
		t.Error(all, err)
	}
	if one, _ := s.FindAudit(t.Context(), store.AuditQuery{Member: "m_1"}); len(one) != 1 {
		t.Error(one)
	}
	for _, change := range []string{"UPDATE audit SET reader = 'x'", "DELETE FROM audit"} {
		if err := store.Exec(t.Context(), s, change); err == nil {
			t.Errorf("%s was done", change)
		}
	}
}

func BenchmarkLoadCold(b *testing.B) {
	for _, kind := range storetest.Kinds() {
		b.Run(kind, func(b *testing.B) {
			s := filled(b, kind)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.Load(context.WithoutCancel(b.Context()), "m_zhang_li"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkOpenAgain(b *testing.B) {
	path := filepath.Join(b.TempDir(), "huike.db")
	for b.Loop() {
		s, err := store.Open(b.Context(), path, store.Config{})
		if err != nil {
			b.Fatal(err)
		}
		s.Close()
	}
}
