package tag_test

import (
	"fmt"
	"strings"
	"testing"

	"huike/member/store"
	"huike/member/store/storetest"
	"huike/member/tag"
)

func TestRulesThatAreNone(t *testing.T) {
	for name, test := range map[string]struct{ rules, want string }{
		"no YAML":              {"\t", "r.yaml: "},
		"an unknown key":       {"tags:\n  - {name: a, wen: x}", "r.yaml:2: field wen not found"},
		"nothing to look at":   {"tags:\n  - {name: a}", `r.yaml:2: tag "a": it has neither`},
		"no name":              {"tags:\n  - {when: 'true'}", `r.yaml:2: tag "": want 1 to 64 bytes`},
		"twice":                {"tags:\n  - {name: a, when: 'true'}\n  - {name: a, when: 'true'}", `r.yaml:3: tag "a": it stands twice`},
		"no expression":        {"tags:\n  - name: a\n    when: 'count('", `r.yaml:3: tag "a": "count("`},
		"an unknown list":      {"tags:\n  - name: a\n    when: 'count(order, \"1d\") > 0'", `there is no "order" here`},
		"an unknown field":     {"tags:\n  - name: a\n    when: 'count(filter(items, .colour == \"red\"), \"1d\") > 0'", `colour`},
		"an unknown window":    {"tags:\n  - name: a\n    when: 'count(items, \"9 days\") > 0'", `r.yaml:3: tag "a": "count(items, \"9 days\") > 0": count: window "9 days": want a number and h, d or w`},
		"a window worked out":  {"tags:\n  - name: a\n    when: 'count(items, tier) > 0'", `want its window as a text`},
		"a sum of texts":       {"tags:\n  - name: a\n    when: 'sum(items, \"brand\", \"1d\") > 0'", `want one of list, price, quantity`},
		"no yes or no":         {"tags:\n  - name: a\n    when: 'count(items, \"1d\")'", `it gives a number where true or false is wanted`},
		"a clock of its own":   {"tags:\n  - name: a\n    when: 'now().Hour() > 8'", `now`},
		"a value without {}":   {"tags:\n  - {name: a, value: 'tier'}", `want {} in its name`},
		"a tier after the end": {"tiers:\n  - {name: a}\n  - {name: b, when: 'true'}", `r.yaml:2: tier "a": want a when on every tier but the last`},
		"too great a discount": {"tiers:\n  - name: a\n    rights: {discount: 101}", `r.yaml:3: tier "a": discount 101: want percent`},
		"priority":             {"tiers:\n  - name: a\n    rights: {priority: 10}", `priority 10: want 0 to 9`},
	} {
		if _, err := tag.Parse("r.yaml", []byte(test.rules)); err == nil || !strings.HasPrefix(err.Error(), "r.yaml") || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

const tiers = `tiers:
  - {name: gold, when: 'sum(orders, "total", "365d") >= 5000', rights: {discount: 10, priority: 5, greeting: {zh: 尊敬的贵宾, en: Welcome back}}}
  - {name: growing, when: 'sum(orders, "total", "365d") >= 1000 and count(orders, "90d") >= 2', rights: {discount: 5, priority: 3}}
  - {name: silent, when: 'last(orders) >= 180', rights: {priority: 1, benefits: [comeback_coupon]}}
  - {name: standard}
`

func TestTiersAtTheirBounds(t *testing.T) {
	for name, test := range map[string]struct {
		spent []int
		days  int // since the last order
		want  string
	}{
		"just enough":               {[]int{5000}, 0, "(gold)"},
		"one hundredth too few":     {[]int{4999}, 0, "(standard)"},
		"two orders":                {[]int{500, 500}, 0, "(growing)"},
		"two orders, a bit less":    {[]int{500, 499}, 0, "(standard)"},
		"179 days":                  {[]int{10}, 179, "(standard)"},
		"180 days":                  {[]int{10}, 180, "(silent)"},
		"gold though 180 days":      {[]int{5000}, 180, "(gold)"},
		"the year is over":          {[]int{5000}, 365, "(silent)"},
		"the year is not over":      {[]int{5000}, 364, "(gold)"},
		"two, but one 90 days old":  {[]int{500, 500}, 90, "(standard)"},
		"two, and nobody is 90 old": {[]int{500, 500}, 89, "(growing)"},
	} {
		t.Run(name, func(t *testing.T) {
			sh := open(t, storetest.Open(t, "sqlite"), tiers)
			for _, spent := range test.spent {
				sh.buy("a", spent, 0, "")
			}
			for range test.days {
				sh.sweep(day)
			}
			sh.want("then", test.want)
		})
	}
}

func TestATierComesAndGoesWithItsRights(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		t.Helper()
		sh := open(t, s, tiers)
		sh.sweep(0)
		sh.want("nothing bought", "(silent)")
		sh.buy("a", 5000, 0, "")
		sh.want("5000 spent", "(gold)")
		sh.take("return", 0, `{"order":"A0"}`)
		sh.want("given back", "(silent)")
		all, err := sh.History(t.Context(), "m_1", 10)
		got := ""
		for _, c := range all {
			got += c.Source + " " + c.Change + " " + c.Name + "; "
		}
		if err != nil || got != "tier added silent; tier removed gold; tier added gold; tier removed silent; tier added silent; " {
			t.Errorf("%s, %v", got, err)
		}
	})
	r, err := tag.Parse("t", []byte(tiers))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"gold":     "10 5 尊敬的贵宾 []",
		"growing":  "5 3  []",
		"silent":   "0 1  [comeback_coupon]",
		"standard": "0 0  []",
	} {
		if g, known := r.Rights(name); !known || fmt.Sprint(g.Discount, " ", g.Priority, " ", g.Greeting["zh"], " ", g.Benefits) != want {
			t.Errorf("%s: %+v", name, g)
		}
	}
	if _, known := r.Rights("platinum"); known || len(r.Tiers()) != 4 {
		t.Error("a tier that nobody has written")
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(tiers))
	f.Add([]byte(`tags: [{name: a, when: 'most(items, "brand", "3w", 2) == ""'}]`))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := tag.Parse("r.yaml", text)
		if err != nil && !strings.HasPrefix(err.Error(), "r.yaml") {
			t.Error(err)
		}
		if err == nil && r == nil {
			t.Error("neither rules nor an error")
		}
	})
}

func Example() {
	rules, err := tag.Parse("tags.yaml", []byte(`tags:
  - {name: 母婴潜在客户, when: 'count(filter(items, .category == "母婴"), "90d") >= 3'}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(rules.Tags())
	// Output: [母婴潜在客户]
}
