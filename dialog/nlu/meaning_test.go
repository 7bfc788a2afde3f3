package nlu

import (
	"os"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"huike/dialog"
)

// demo is the demonstration shop.
func demo(tb testing.TB) *Understander {
	tb.Helper()
	var def Definition
	for _, f := range []struct {
		name string
		into any
	}{{"nlu.yaml", &def}, {"names.yaml", &def.Names}} {
		data, err := os.ReadFile("../flow/shop/" + f.name)
		if err != nil {
			tb.Fatal(err)
		}
		if err := yaml.Unmarshal(data, f.into); err != nil {
			tb.Fatal(err)
		}
	}
	def.Digits = 5
	u, err := New(def)
	if err != nil {
		tb.Fatal(err)
	}
	return u
}

// table reads testdata/name: lines of fields between tabs, # begins a comment.
func table(tb testing.TB, name string, fields int) [][]string {
	tb.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		tb.Fatal(err)
	}
	var out [][]string
	for line := range strings.Lines(string(data)) {
		line = strings.TrimRight(line, "\r\n")
		if line == "" || line[0] == '#' {
			continue
		}
		row := strings.Split(line, "\t")
		if len(row) != fields {
			tb.Fatalf("%s: %q: want %d fields", name, line, fields)
		}
		out = append(out, row)
	}
	return out
}

// intents writes what was understood: wishes in order, "-" before a refused one.
func intents(u dialog.Understanding) string {
	list := append([]dialog.Understanding{u}, u.Others...)
	names := make([]string, len(list))
	for i, w := range list {
		names[i] = string(w.Intent)
		if w.Negated {
			names[i] = "-" + names[i]
		}
	}
	return strings.Join(names, " ")
}

func TestSeveralWishesAndRefusals(t *testing.T) {
	u := demo(t)
	for _, row := range table(t, "wishes.tsv", 2) {
		if got := intents(u.Understand(lang(row[1]), row[1], nil, Expect{})); got != row[0] {
			t.Errorf("%q: %q, want %q", row[1], got, row[0])
		}
	}
}

func TestEachWishHasItsOwnDetails(t *testing.T) {
	u := demo(t)
	got := u.Understand(dialog.English, "Where is order 10023, and do you have the tent in stock?", nil, Expect{})
	if len(got.Others) != 1 || value(got, SlotOrder) != "10023" || value(got, "product") != "" || value(got.Others[0], "product") != "tent" {
		t.Errorf("%+v", got)
	}
}

func TestWhatHangsOnWhatWasSaid(t *testing.T) {
	u := demo(t)
	for _, row := range table(t, "follow.tsv", 4) { // intent before, words, intent, slot=value or -
		got := u.Understand(lang(row[1]), row[1], nil, Expect{Before: dialog.Intent(row[0])})
		if !got.Follows || string(got.Intent) != row[2] {
			t.Errorf("%q after %s: %+v, want %s", row[1], row[0], got, row[2])
		}
		if name, want, ok := strings.Cut(row[3], "="); ok && value(got, name) != want {
			t.Errorf("%q after %s: %s is %q, want %q", row[1], row[0], name, value(got, name), want)
		}
	}
	for _, text := range []string{"where is my order", "我的积分有多少", "how many points do I have", "yes", "你们几点开门"} {
		if got := u.Understand(lang(text), text, nil, Expect{Before: "stock.nearby"}); got.Follows {
			t.Errorf("%q: hangs on nothing: %+v", text, got)
		}
	}
}

func TestNeedsThatAreOnlyHintedAt(t *testing.T) {
	u := demo(t)
	for _, row := range table(t, "needs.tsv", 2) {
		if got := u.Understand(lang(row[1]), row[1], nil, Expect{}); got.Need != row[0] {
			t.Errorf("%q: need %q of %q, want %q", row[1], got.Need, got.Intent, row[0])
		}
	}
}

func TestMoodsAndWhatIsSaidBetweenTheLines(t *testing.T) {
	u := demo(t)
	for _, row := range table(t, "moods.tsv", 2) {
		got := u.Understand(lang(row[1]), row[1], nil, Expect{})
		best, score := "calm", 0.5
		for mood, s := range got.Moods {
			if s >= score {
				best, score = mood, s
			}
		}
		if best != row[0] {
			t.Errorf("%q: %v, want %s", row[1], got.Moods, row[0])
		}
	}
	mild, strong := u.Understand("en", "I am angry", nil, Expect{}), u.Understand("en", "I am REALLY angry, this is ridiculous!", nil, Expect{})
	if mild.Moods[Angry] >= strong.Moods[Angry] {
		t.Errorf("stress adds nothing: %v, %v", mild.Moods, strong.Moods)
	}
}

func TestWhatOtherReadingsNameIsKept(t *testing.T) {
	u := demo(t)
	got := u.Understand("en", "my order is 10023", []string{"my order is 10033", "my order is 10022", "my odor is 10023"}, Expect{})
	if want := []string{"10033", "10022"}; strings.Join(got.Alternatives[SlotOrder], " ") != strings.Join(want, " ") {
		t.Errorf("%v, want %v", got.Alternatives, want)
	}
}

func TestAmountsCardsAndTimes(t *testing.T) {
	u := demo(t)
	for _, row := range table(t, "amounts.tsv", 3) {
		got := u.Understand(lang(row[2]), row[2], nil, Expect{})
		if row[0] == "" {
			if v := value(got, SlotMoney); v != "" {
				t.Errorf("%q: money %q", row[2], v)
			}
			continue
		}
		if v := value(got, row[0]); v != row[1] {
			t.Errorf("%q: %s %q, want %q (%+v)", row[2], row[0], v, row[1], got.Slots)
		}
	}
}

func TestNamesAndAddresses(t *testing.T) {
	u := demo(t)
	for _, row := range table(t, "people.tsv", 3) {
		if got := value(u.Understand(lang(row[2]), row[2], nil, Expect{}), row[0]); got != row[1] {
			t.Errorf("%q: %s %q, want %q", row[2], row[0], got, row[1])
		}
	}
}
