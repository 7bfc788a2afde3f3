package identify

import (
	"slices"
	"testing"
	"time"
)

func day(text string) time.Time {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return time.Time{}
	}
	return t
}

// town is a register of 600 members made from lists, whose neighbours differ
// little.
func town() []Record {
	firsts := []string{"Josephine", "Joseph", "Alan", "Ellen", "Graham", "Bethany", "Stephanie", "Sean", "Shaun", "Tracy", "Rhys", "Zoe"}
	lasts := []string{"Hardy", "Harding", "Miles", "Mills", "Lloyd", "Powell", "Paul", "Norman", "Turner", "Gray"}
	var out []Record
	for i := range 600 {
		code := []byte{'A' + byte(i*7%26), 'A' + byte(i*11%26), '0' + byte(i*3%10), ' ', '0' + byte(i*7%10), 'A' + byte(i*5%26), 'A' + byte(i*17%26)}
		born := time.Date(1930+i*13%80, time.Month(1+i*5%12), 1+i*11%28, 0, 0, 0, 0, time.UTC)
		out = append(out, Record{ID: string(code), Code: string(code), First: firsts[i%12], Last: lasts[i/12%10], Born: born})
	}
	return append(out,
		Record{ID: "hardy", Code: "W35 8YR", First: "Josephine", Last: "Hardy", Born: day("1905-06-28")},
		Record{ID: "wang", Code: "8613800001111", First: "小明", Last: "王", Born: day("1990-12-31")},
		Record{ID: "bare", First: "Siân", Last: "O'Brien"})
}

func TestWhatWasSaidFindsTheMember(t *testing.T) {
	register := New(town(), Config{})
	for name, c := range map[string]struct {
		id   string
		said map[Field][]string
	}{
		"letters by their names":            {"hardy", map[Field][]string{Code: {"double you 3 5 8 why are"}, Name: {"Josephine Hardy"}}},
		"a spelling alphabet":               {"hardy", map[Field][]string{Code: {"Whiskey 35 8 Yankee Romeo"}, Name: {"Josephine Hardy"}}},
		"the right one is an alternative":   {"hardy", map[Field][]string{Code: {"w 3 5", "w 5 8 y r", "W35 8yr"}, Name: {"Joseph Hajj", "josefine hardie"}}},
		"a name that is spelled":            {"hardy", map[Field][]string{Born: {"28th of June 1905"}, Name: {"j o s e p h i n e h a r d y"}}},
		"the family name first":             {"hardy", map[Field][]string{Born: {"28th of June 1905"}, Name: {"Hardy Josephine"}}},
		"the month first":                   {"hardy", map[Field][]string{Born: {"June 28th 1905"}, Name: {"Josephine Hardy"}}},
		"the year first":                    {"hardy", map[Field][]string{Born: {"1905 06 28"}, Name: {"Josephine Hardy"}}},
		"digits run together":               {"hardy", map[Field][]string{Born: {"28061 905"}, Name: {"Josephine Hardy"}}},
		"a year in two halves":              {"hardy", map[Field][]string{Born: {"twenty eighth of june nineteen oh five"}, Name: {"Josephine Hardy"}}},
		"a Chinese name by its sound":       {"wang", map[Field][]string{Name: {"王晓鸣"}, Born: {"一九九零年十二月三十一号"}}},
		"a Chinese number":                  {"wang", map[Field][]string{Name: {"王小明"}, Code: {"八六幺三八零零零零幺幺幺幺"}}},
		"an accent and an apostrophe apart": {"bare", map[Field][]string{Name: {"Sian O Brien"}}},
	} {
		t.Run(name, func(t *testing.T) {
			caller := register.Begin()
			for field, heard := range c.said {
				caller.Hear(field, heard)
			}
			best, _ := caller.Candidates(1)
			if best[0].ID != c.id {
				t.Errorf("found %s (%.3f), want %s", best[0].ID, best[0].Posterior, c.id)
			}
			if d := caller.Decide(); len(c.said) > 1 && (d.Action != Accept || d.Candidate.ID != c.id) {
				t.Errorf("decided %v, want to accept %s", d, c.id)
			}
		})
	}
}

func TestOneFieldIsNotEnough(t *testing.T) {
	caller := New(town(), Config{}).Begin()
	caller.Hear(Code, []string{"W35 8YR"})
	if d := caller.Decide(); d.Action != Ask || d.Field != Name || d.Candidate.Posterior < 0.9 {
		t.Errorf("after the code alone: %v, want the name asked for", d)
	}
}

func TestAnotherPersonsCodeIsNotEnough(t *testing.T) {
	caller := New(town(), Config{}).Begin()
	caller.Hear(Code, []string{"W35 8YR"})
	caller.Hear(Name, []string{"Christopher Blackwood"})
	caller.Hear(Born, []string{"3rd of March 1961"})
	if d := caller.Decide(); d.Action != Ask {
		t.Errorf("decided %v, want another question", d)
	}
}

func TestNobodyIsFoundForever(t *testing.T) {
	caller := New(town(), Config{Attempts: 2}).Begin()
	var asked []Field
	for d := caller.Decide(); d.Action != PassOn; d = caller.Decide() {
		if d.Action != Ask || len(asked) > 6 {
			t.Fatalf("decided %v after %v", d, asked)
		}
		asked = append(asked, d.Field)
		caller.Hear(d.Field, nil)
	}
	if want := []Field{Code, Name, Born, Code, Name, Born}; !slices.Equal(asked, want) {
		t.Errorf("asked for %v, want %v", asked, want)
	}
}

func TestWhatFitsNobodyIsAskedAgainFirst(t *testing.T) {
	caller := New(town(), Config{Accept: 0.999999999}).Begin()
	caller.Hear(Code, []string{"W35 8YR"})
	caller.Hear(Name, []string{"download a coupon and pizza"})
	caller.Hear(Born, []string{"28th of June 1905"})
	if d := caller.Decide(); d.Action != Ask || d.Field != Name || d.Attempt != 1 {
		t.Errorf("decided %v, want the name asked for again", d)
	}
}

func TestAnEmptyRegisterKnowsNobody(t *testing.T) {
	caller := New(nil, Config{}).Begin()
	caller.Hear(Code, []string{"W35 8YR"})
	if d := caller.Decide(); d.Action != PassOn {
		t.Errorf("decided %v, want to pass on", d)
	}
	if best, stranger := caller.Candidates(3); len(best) != 0 || stranger != 1 {
		t.Errorf("candidates %v, stranger %g", best, stranger)
	}
}

func FuzzHear(f *testing.F) {
	for _, s := range []string{"w 3 5 8 y r", "double u 2", "28061 905", "二零零一年十二月三号", "July the 4th 1974", "\x00\xff", "double"} {
		f.Add(s, s)
	}
	register := New(town(), Config{})
	f.Fuzz(func(t *testing.T, one, two string) {
		caller := register.Begin()
		for _, field := range []Field{Code, Name, Born, "shoe size"} {
			caller.Hear(field, []string{one, two})
		}
		best, stranger := caller.Candidates(1)
		if p := best[0].Posterior; !(p >= 0 && p <= 1.000001) || !(stranger >= 0 && stranger <= 1.000001) {
			t.Errorf("posterior %g, stranger %g", p, stranger)
		}
		if d := caller.Decide(); d.Action == "" {
			t.Error("nothing decided")
		}
	})
}

func BenchmarkAnswer(b *testing.B) {
	var records []Record
	for i := range 17 {
		for _, r := range town() {
			r.Code += string(rune('A' + i))
			r.Born = r.Born.AddDate(i, i%3, 2*i)
			records = append(records, r)
		}
	}
	register := New(records, Config{})
	for b.Loop() {
		caller := register.Begin()
		caller.Hear(Code, []string{"w 3 5 8 y r", "w 35 8 wire", "double you 3 5 8 y r"})
		caller.Hear(Name, []string{"Joseph Hajj", "Josephine Hardie", "Joseph Harding", "josefine Hardy"})
		caller.Hear(Born, []string{"28061 905", "2806 1905", "28 06 1905", "28th of June 1905"})
		caller.Decide()
	}
}
