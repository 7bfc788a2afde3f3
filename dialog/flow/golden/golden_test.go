package golden_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"huike/dialog"
	"huike/dialog/flow"
	"huike/dialog/flow/golden"
)

const folder = "../../../testdata/dialogues"

func load(tb testing.TB) *flow.Definition {
	tb.Helper()
	def, err := flow.Load(flow.Shop, "shop")
	if err != nil {
		tb.Fatal(err)
	}
	return def
}

func TestGoldenDialogues(t *testing.T) {
	def := load(t)
	all, err := golden.Read(folder)
	if err != nil {
		t.Fatal(err)
	}
	count := map[dialog.Lang]int{}
	for _, s := range all {
		count[s.Lang]++
		t.Run(string(s.Lang)+"/"+s.Name, func(t *testing.T) {
			differences, err := s.Play(def)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range differences {
				t.Errorf("%s:%d: %s", s.File, s.Line, d)
			}
		})
	}
	if count[dialog.Chinese] < 150 || count[dialog.English] < 100 {
		t.Errorf("dialogues %v: want 150 in Chinese and 100 in English", count)
	}
}

func TestADialogueThatIsNotFollowedSaysWhereAndHow(t *testing.T) {
	s := golden.Script{Name: "wrong", Lang: dialog.English, Turns: []golden.Turn{
		{Caller: "How many points do I have?", Acts: []string{"points.balance", "anything_else"}},
		{Caller: "Goodbye.", Acts: []string{"anything_else"}},
	}}
	differences, err := s.Play(load(t))
	if err != nil {
		t.Fatal(err)
	}
	if len(differences) != 1 || differences[0].Turn != 2 {
		t.Fatalf("differences %v: want one at turn 2", differences)
	}
	for _, want := range []string{"acts: want [anything_else], got [goodbye]", "end: want , got completed"} {
		if !strings.Contains(differences[0].String(), want) {
			t.Errorf("%q does not say %q", differences[0], want)
		}
	}
}

func TestAFileThatIsNoDialogueIsRefusedWithItsPlace(t *testing.T) {
	for name, text := range map[string]string{
		"unknown field":  "- name: a\n  lang: en\n  turns:\n    - {says: hello}\n",
		"has no turns":   "- {name: a, lang: en}\n",
		`lang "fr"`:      "- {name: a, lang: fr, turns: [{begin: true}]}\n",
		"no *.yaml":      "",
		"bad.yaml:1:1: ": "- a\n  - b: [\n",
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			if text != "" {
				if err := os.WriteFile(filepath.Join(folder, "bad.yaml"), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := golden.Read(folder); err == nil || !strings.Contains(err.Error(), strings.TrimSuffix(name, "1:1: ")) {
				t.Errorf("error %v: want %q in it", err, name)
			}
		})
	}
}
