package tag_test

import (
	"database/sql"
	"slices"
	"testing"

	"huike/member/store/storetest"
	"huike/member/tag"
)

func TestAnEventThatNoRuleLooksAtIsNotAskedFor(t *testing.T) {
	s := storetest.Open(t, "sqlite")
	lists := []string{"orders", "items", "contacts", "stage", "visit", "browse"} // the last two are kinds
	for when, want := range map[string][]string{
		`count(contacts, "30d") > 1`:                                                       {"contacts"},
		`count(orders, "30d") > 1 and stage == "member"`:                                   {"orders", "stage"},
		`count(events, "30d") > 1`:                                                         {"visit", "browse"},
		`count(filter(events, .kind == "visit"), "30d") > 1`:                               {"visit"},
		`count(filter(events, "visit" == .kind and .store == "s1"), "30d") > 1`:            {"visit"},
		`count(filter(events, .store == "s1" && .kind in ["visit", "dwell"]), "30d") > 1`:  {"visit"},
		`count(filter(events, .kind == "visit" or .kind == "browse"), "30d") > 1`:          {"visit", "browse"},
		`count(filter(events, .kind == "visit" or .store == "s1"), "30d") > 1`:             {"visit", "browse"},
		`count(filter(events, not (.kind == "visit")), "30d") > 1`:                         {"visit", "browse"},
		`count(filter(events, .kind == "visit'"), "30d") > 1`:                              {"visit", "browse"},
		`share(filter(events, .kind == "visit"), events, "30d") > 0.5`:                     {"visit", "browse"},
		`share(filter(events, .kind == "visit"), filter(events, .zone == ""), "30d") > .5`: {"visit", "browse"},
		`count(filter(items, .kind == "visit"), "30d") > 1`:                                {"items"},
	} {
		rules, err := tag.Parse("t.yaml", []byte("tags:\n  - name: t\n    when: |\n      "+when+"\n"))
		if err != nil {
			t.Fatal(err)
		}
		k, err := tag.New(s, tag.Config{Rules: rules})
		if err != nil {
			t.Fatal(err)
		}
		var looks func(list, kind string) bool
		err = s.View(t.Context(), func(tx *sql.Tx) (err error) {
			looks, err = k.Looks(t.Context(), tx)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for i, name := range lists {
			if i < 4 && looks(name, "") || i >= 4 && looks("events", name) {
				got = append(got, name)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s looks at %v, want %v", when, got, want)
		}
	}
}
