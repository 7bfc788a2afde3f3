package tag_test

import (
	"strings"
	"testing"

	"huike/member"
	"huike/member/store/storetest"
	"huike/member/tag"
)

func TestPredicatesThatMultiplyAreRefused(t *testing.T) {
	for when, fine := range map[string]bool{
		`let a = 1..1000; all(a, all(a, all(a, true)))`:                      false,
		`any(orders, any(1..1000, # > 5))`:                                   false,
		`any(1..1000, count(orders, "90d") > #)`:                             false,
		`any(orders, any(items, any(events, true)))`:                         false,
		`any(orders, any(filter(items, .price > 5), true))`:                  true,
		`any(filter(orders, .total > 5), any(items, .price > 5))`:            true,
		`any(["a", "b"], has(#)) and count(filter(orders, true), "90d") > 1`: true,
		`any(orders, count(filter(items, .category == "a"), "90d") > 1)`:     true,
	} {
		_, err := tag.Parse("t.yaml", []byte("tags:\n  - name: t\n    when: |\n      "+when+"\n"))
		if refused := err != nil && strings.Contains(err.Error(), "predicate stands in another"); refused == fine || fine && err != nil {
			t.Errorf("%s: %v", when, err)
		}
	}
}

func TestATrialEndsBetweenMembers(t *testing.T) {
	sh := open(t, storetest.Open(t, "sqlite"), once)
	for _, id := range []member.ID{"m_2", "m_3"} {
		if err := sh.Create(t.Context(), &member.Profile{ID: id}); err != nil {
			t.Fatal(err)
		}
	}
	r, err := tag.Parse("r", []byte(`tags: [{name: idle, when: 'count(orders, "all") == 0'}]`))
	if err != nil {
		t.Fatal(err)
	}
	got, err := sh.Try(t.Context(), r, func(seen int) bool { return seen == 2 })
	if err != nil || got.Of != 3 || got.Seen != 2 || got.Tags[0].Then != 2 {
		t.Errorf("%+v %v", got, err)
	}
}
