package nlu

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
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

// utterances is what the callers of the golden dialogues say.
func utterances(t *testing.T) (texts []string) {
	t.Helper()
	files, err := filepath.Glob("../../testdata/dialogues/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	says := regexp.MustCompile(`caller: "([^"]+)"`)
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range says.FindAllStringSubmatch(string(data), -1) {
			texts = append(texts, found[1])
		}
	}
	return texts
}

func TestEveryPatternOfTheShopMatchesWhatItsExpressionMatches(t *testing.T) {
	u := demonstration(t)
	matched := 0
	texts := utterances(t)
	for i := 0; i < len(texts); i += 5 {
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
