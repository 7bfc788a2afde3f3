package nlu

import (
	"bufio"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"huike/dialog"
	"huike/dialog/pattern"
)

// demonstration is what the demonstration shop's callers may want.
func demonstration(t *testing.T) *Understander {
	t.Helper()
	var def Definition
	for name, into := range map[string]any{"nlu.yaml": &def, "names.yaml": &def.Names} {
		data, err := os.ReadFile("../flow/shop/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if err := yaml.Unmarshal(data, into); err != nil {
			t.Fatal(err)
		}
	}
	u, err := New(def)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// utterances is what callers say in the recorded dialogues.
func utterances(t *testing.T) (texts []string) {
	t.Helper()
	f, err := os.Open("../../testdata/dialogues/utterances.tsv")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		for field := range strings.SplitSeq(lines.Text(), "\t") {
			texts = append(texts, field)
		}
	}
	return texts
}

func TestEveryPatternOfTheShopMatchesWhatItsExpressionMatches(t *testing.T) {
	u := demonstration(t)
	matched := 0
	texts := utterances(t)
	for i := 0; i < len(texts); i += 7 {
		mask := u.read(texts[i], Expect{}).mask
		for lang, s := range u.signs {
			scan := s.set.Scan(mask)
			first := dialog.Intent("")
			for _, p := range s.list {
				want := p.pattern.Regexp.MatchString(mask)
				if got := scan.Match(p.pattern); got != want {
					t.Fatalf("%s, intent %s: %q in %q: %v, want %v", lang, p.intent, p.pattern, mask, got, want)
				}
				if want && first == "" && !slices.ContainsFunc(p.except, func(e *pattern.Pattern) bool { return e.Regexp.MatchString(mask) }) {
					first = p.intent
				}
				if want {
					matched++
				}
			}
			if got := s.of(mask); got != first {
				t.Errorf("%s: %q is %q, want %q", lang, mask, got, first)
			}
		}
	}
	if matched < 100 {
		t.Errorf("%d matches: too few to say anything", matched)
	}
}
