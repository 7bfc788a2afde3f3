package segment_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"huike/member"
	"huike/member/predict/dataset"
	"huike/member/segment"
	"huike/member/store"
	"huike/member/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

const retail = "../../../shared/data/online_retail/baskets.csv.gz"

var now = time.Date(2011, 12, 10, 0, 0, 0, 0, time.UTC)

// person is what the reference knows: a list of purchases, and labels.
type person struct {
	id    string
	times []time.Time
	spent []int64
	tags  []string
	tier  string
}

// customers reads Online Retail, with labels that depend on the number of each.
func customers(t *testing.T) []person {
	t.Helper()
	file, err := os.Open(retail)
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("shared/data/online_retail/baskets.csv.gz is not there")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	all, err := dataset.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	people := []person{{id: "m_idle"}}
	for n, c := range all {
		p := person{id: "m_" + c.ID, tier: []string{"gold", "silver", ""}[n%3]}
		for _, one := range c.Purchases {
			p.times, p.spent = append(p.times, one.At), append(p.spent, one.Money)
		}
		if n%7 == 0 {
			p.tags = append(p.tags, "seventh")
		}
		people = append(people, p)
	}
	slices.SortFunc(people, func(a, b person) int { return strings.Compare(a.id, b.id) })
	return people
}

func fill(t *testing.T, s *store.Store, people []person) {
	t.Helper()
	insert := func(into string, width int, rows [][]any) {
		t.Helper()
		for part := range slices.Chunk(rows, s.Params()/width) {
			var marks []string
			for i := range part {
				var one []string
				for j := range width {
					one = append(one, fmt.Sprint("$", i*width+j+1))
				}
				marks = append(marks, "("+strings.Join(one, ",")+")")
			}
			err := s.Change(t.Context(), func(tx *sql.Tx) error {
				_, err := tx.ExecContext(t.Context(), "INSERT INTO "+into+" VALUES "+strings.Join(marks, ","), slices.Concat(part...)...)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	var members, orders, tags [][]any
	for _, p := range people {
		members = append(members, []any{p.id, 1, p.tier, 0, 0})
		for i := range p.times {
			orders = append(orders, []any{fmt.Sprint(p.id, "-", i), p.id, "paid", p.times[i].UnixMilli(), p.spent[i]})
		}
		for _, name := range p.tags {
			tags = append(tags, []any{p.id, name, "rule", 0})
		}
	}
	orders = append(orders, []any{"back", "m_idle", "returned", now.UnixMilli(), 9_999_999})
	insert("members (id, version, tier, created_at, updated_at)", 5, members)
	insert("orders (number, member_id, status, placed_at, total)", 5, orders)
	insert("tags (member_id, name, source, at)", 4, tags)
}

// scores is the definition, word for word: 1 + ⌊5·lower/n⌋, every pair compared.
func scores(people []person, value func(*person) int64) map[string]int {
	all := map[string]int{}
	for i := range people {
		if len(people[i].times) == 0 {
			continue
		}
		lower, n := 0, 0
		for j := range people {
			if len(people[j].times) > 0 {
				n++
				if value(&people[j]) < value(&people[i]) {
					lower++
				}
			}
		}
		all[people[i].id] = 1 + 5*lower/n
	}
	return all
}

func total(p *person) (sum int64) {
	for _, s := range p.spent {
		sum += s
	}
	return sum
}

func last(p *person) int64 { return p.times[len(p.times)-1].UnixMilli() }

func recency(p *person) int {
	if len(p.times) == 0 {
		return segment.Never
	}
	return int(now.Sub(p.times[len(p.times)-1]) / (24 * time.Hour))
}

func cheap(p *person) bool {
	return len(p.times) == 0 || total(p)/int64(len(p.times)) < 10000
}

func TestScoresAndSegmentsEqualTheReference(t *testing.T) {
	people := customers(t)
	r, f := scores(people, last), scores(people, func(p *person) int64 { return int64(len(p.times)) })
	m := scores(people, total)
	reference := map[string]func(p *person) bool{
		`r >= 4 and f >= 4 and m >= 4`:      func(p *person) bool { return min(r[p.id], f[p.id], m[p.id]) >= 4 },
		`r <= 2 and m == 5`:                 func(p *person) bool { return r[p.id] <= 2 && m[p.id] == 5 },
		`recency > 90 and not (orders < 3)`: func(p *person) bool { return recency(p) > 90 && len(p.times) >= 3 },
		`has("seventh") and tier == "gold"`: func(p *person) bool { return len(p.tags) > 0 && p.tier == "gold" },
		`has("seventh") or spent >= 100000`: func(p *person) bool { return len(p.tags) > 0 || total(p) >= 100000 },
		`orders == 0 or basket < 10000`:     cheap,
		`tier in ["silver", ""] and f == 5`: func(p *person) bool { return p.tier != "gold" && f[p.id] == 5 },
		`false`:                             func(*person) bool { return false },
		`true`:                              func(*person) bool { return true },
	}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		t.Helper()
		fill(t, s, people)
		book, err := segment.Load(t.Context(), s, now, nil)
		if err != nil || book.Len() != len(people) {
			t.Fatal(err)
		}
		for i := range people {
			id := people[i].id
			gotR, gotF, gotM := book.RFM(i)
			if got, want := [3]int{gotR, gotF, gotM}, [3]int{r[id], f[id], m[id]}; got != want {
				t.Fatalf("%s: %v, want %v", id, got, want)
			}
		}
		for text, is := range reference {
			equal(t, book, text, people, is)
		}
	})
}

func equal(t *testing.T, book *segment.Book, text string, people []person, is func(*person) bool) {
	t.Helper()
	one, err := segment.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	var want []int
	for i := range people {
		if is(&people[i]) {
			want = append(want, i)
		}
	}
	if got, count, err := book.Find(t.Context(), one); err != nil || !slices.Equal(got, want) || count.Members != len(want) || count.Of != len(people) {
		t.Errorf("%s: %+v, want %d; %v", text, count, len(want), err)
	}
}

func TestWhoMayBeNamedAndReached(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		t.Helper()
		grant := func(purpose member.Purpose, given bool, day int) member.Grant {
			return member.Grant{Purpose: purpose, Given: given, At: now.AddDate(0, 0, day)}
		}
		for id, grants := range map[string][]member.Grant{
			"m_1": nil,
			"m_2": {grant(member.PurposeProfiling, true, 0)},
			"m_3": {grant(member.PurposeProfiling, true, 0), grant(member.PurposeMarketing, true, 0)},
			"m_4": {grant(member.PurposeProfiling, true, 0), grant(member.PurposeProfiling, false, 1), grant(member.PurposeMarketing, true, 0)},
		} {
			if err := s.Create(t.Context(), &member.Profile{ID: member.ID(id), Consent: grants}); err != nil {
				t.Fatal(err)
			}
		}
		book, err := segment.Load(t.Context(), s, now, nil)
		if err != nil {
			t.Fatal(err)
		}
		all, _ := segment.Parse("orders == 0 and recency > 1000 and gap == 0 and bought('x') == 0")
		if _, count, err := book.Find(t.Context(), all); err != nil || count != (segment.Count{Members: 4, Profiled: 2, Reachable: 1, Of: 4}) {
			t.Error(count, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, _, err := book.Find(ctx, all); !errors.Is(err, context.Canceled) {
			t.Error("gone on after its end:", err)
		}
	})
}

func TestSegmentsThatAreNone(t *testing.T) {
	for _, text := range []string{"", "spend > 1", "orders", "has(1)", "orders >", "now().Hour() > 3", `tier > 3`} {
		if _, err := segment.Parse(text); err == nil || !strings.Contains(err.Error(), "want an expression") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// BenchmarkFind finds a segment among a million members.
func BenchmarkFind(b *testing.B) {
	book := segment.Invented(1_000_000, now)
	s, err := segment.Parse(`r >= 4 and (spent >= 100000 or has("t3")) and bought("c5") > 0`)
	if err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	for b.Loop() {
		if _, n, err := book.Find(b.Context(), s); err != nil || n.Members == 0 || n.Members == n.Of {
			b.Fatal(n, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`r >= 4 and has("x") or bought("y") > 2`)
	f.Fuzz(func(t *testing.T, text string) {
		if s, err := segment.Parse(text); err == nil && s.String() != text {
			t.Error(text)
		}
	})
}

func Example() {
	_, err := segment.Parse(`spent >= 100000 and color == "red"`)
	fmt.Println(strings.Split(err.Error(), ";")[0])
	// Output: segment "spent >= 100000 and color == \"red\"": there is no "color" here, at character 21
}
