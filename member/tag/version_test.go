package tag_test

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"huike/member"
	"huike/member/store"
	"huike/member/store/storetest"
	"huike/member/tag"
)

const once, twice = `tags: [{name: buyer, when: 'count(orders, "all") >= 1'}]`, `tags: [{name: buyer, when: 'count(orders, "all") >= 2'}]`

// TestSavedRulesHoldInEveryProcess saves rules by one keeper and derives by another, which
// nobody has told.
func TestSavedRulesHoldInEveryProcess(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		t.Helper()
		sh := open(t, s, `tags: []`)
		other, err := tag.New(s, tag.Config{})
		if err != nil {
			t.Fatal(err)
		}
		sh.buy("a", 100, 0, "")
		if v, err := other.Save(t.Context(), 0, []byte(once), "li", tag.FromPage); err != nil || v.Number != 1 || v.Tags != 1 {
			t.Fatal(v, err)
		}
		sh.sweep(0)
		sh.want("by the other's rules", "[buyer]")

		if _, err := sh.Keeper.Save(t.Context(), 0, []byte(twice), "wang", tag.FromPage); !errors.Is(err, tag.ErrSaved) {
			t.Errorf("who has not seen version 1 may replace it: %v", err)
		}
		if _, err := sh.Keeper.Save(t.Context(), 1, []byte(twice), "wang", tag.FromPage); err != nil {
			t.Fatal(err)
		}
		if _, err := other.Sweep(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		sh.want("by the newer rules", "")
		if _, err := other.Back(t.Context(), 2, 1, "li"); err != nil {
			t.Fatal(err)
		}
		sh.buy("a", 100, 0, "") // an event is enough
		sh.want("back to the first", "[buyer]")

		versionsAre(t, sh)
	})
}

// TestAnEventIsHeldToRulesOfWhichTheProcessHasNotHeard sends events to a keeper whose own
// rules look at none of them.
func TestAnEventIsHeldToRulesOfWhichTheProcessHasNotHeard(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		t.Helper()
		sh := open(t, s, `tags: []`)
		other, err := tag.New(s, tag.Config{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := other.Save(t.Context(), 0, []byte(once), "li", tag.FromPage); err != nil {
			t.Fatal(err)
		}
		if _, err := other.Sweep(t.Context(), nil); err != nil { // so that nobody is due
			t.Fatal(err)
		}
		sh.buy("a", 100, 0, "")
		sh.want("by the other's rules", "[buyer]")
	})
}

func versionsAre(t *testing.T, sh *shop) {
	t.Helper()
	all, err := sh.Versions(t.Context(), 0, 2)
	if err != nil || len(all) != 2 || all[0].Number != 3 || all[0].Origin != "back to 1" || all[0].Author != "li" || all[0].Tags != 1 || all[0].Text != "" {
		t.Errorf("%+v %v", all, err)
	}
	now, err := sh.InForce(t.Context())
	if err != nil || now.Number != 3 || now.Text != once {
		t.Errorf("%+v %v", now, err)
	}
	if _, err := sh.Version(t.Context(), 9); !errors.Is(err, tag.ErrVersion) {
		t.Error(err)
	}
}

// TestAFileOfRulesIsAVersion has a person change what came from a file: the file holds
// again when it is changed, and not before.
func TestAFileOfRulesIsAVersion(t *testing.T) {
	s := storetest.Open(t, "sqlite")
	file := filepath.Join(t.TempDir(), "tags.yaml")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(once)
	begin := func() *tag.Keeper { // as a server that starts
		t.Helper()
		k, err := tag.New(s, tag.Config{File: file, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		if err := k.Open(t.Context()); err != nil {
			t.Fatal(err)
		}
		return k
	}
	want := func(k *tag.Keeper, number int, text string) {
		t.Helper()
		if v, err := k.InForce(t.Context()); err != nil || v.Number != number || v.Text != text {
			t.Errorf("%+v %v", v, err)
		}
	}
	want(begin(), 1, once)
	k := begin()
	want(k, 1, once)
	if _, err := k.Save(t.Context(), 1, []byte(twice), "li", tag.FromPage); err != nil {
		t.Fatal(err)
	}
	want(begin(), 2, twice)
	write(once + "\n# more")
	want(begin(), 3, once+"\n# more")
}

func TestRulesAreTriedBeforeTheyHold(t *testing.T) {
	sh := open(t, storetest.Open(t, "sqlite"), once+"\ntiers: [{name: gold, when: 'sum(orders, \"total\", \"all\") > 5000'}, {name: standard}]")
	for _, id := range []member.ID{"m_2", "m_3"} {
		if err := sh.Create(t.Context(), &member.Profile{ID: id}); err != nil {
			t.Fatal(err)
		}
	}
	sh.buy("a", 100, 0, "")
	sh.sweep(0)
	r, err := tag.Parse("r", []byte(`tags:
  - {name: lost, when: 'count(orders, "all") == 0'}
  - {name: 'likes {}', value: 'most(items, "category", "all", 1)'}
tiers: [{name: gold, when: 'sum(orders, "total", "all") >= 100'}, {name: standard}]`))
	if err != nil {
		t.Fatal(err)
	}
	got, err := sh.Try(t.Context(), r, func(int) bool { return false })
	if err != nil || got.Of != 3 || got.Seen != 3 {
		t.Fatalf("%+v %v", got, err)
	}
	want := []tag.Effect{{Name: "lost", Then: 2, Gain: 2}, {Name: "likes {}", Then: 1, Gain: 1}, {Name: "buyer", Now: 1, Lose: 1, Gone: true}}
	for i, one := range want {
		if i >= len(got.Tags) || got.Tags[i] != one {
			t.Errorf("%+v, want %+v", got.Tags, want)
		}
	}
	if got.Tiers[0] != (tag.Effect{Name: "gold", Then: 1, Gain: 1}) || got.Tiers[1] != (tag.Effect{Name: "standard", Now: 3, Then: 2, Lose: 1}) {
		t.Errorf("%+v", got.Tiers)
	}
	sh.want("nothing has changed", "(standard)[buyer]")
}

func TestAllFaultsOfRulesAreTold(t *testing.T) {
	_, err := tag.Parse("r.yaml", []byte("tags:\n  - {name: a, when: 'count('}\n  - {name: b}\ntiers:\n  - {name: c, rights: {discount: 200}}\n"))
	faults, ok := errors.AsType[*tag.Faults](err)
	if !ok || len(faults.All) != 3 || faults.All[0].Line != 2 || faults.All[1].Line != 3 || faults.All[2].Line != 5 || faults.All[2].ZH == "" {
		t.Errorf("%+v", err)
	}
}
