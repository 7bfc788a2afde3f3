package wording

import (
	"flag"
	"os"
	"strings"
	"testing"

	"huike/dialog"
)

var update = flag.Bool("update", false, "rewrite the golden files; read them before you commit")

// TestNormalise reads testdata/normalise.*.txt: a text, a tab, and how it is
// to be read, on each line.
func TestNormalise(t *testing.T) {
	for _, lang := range []dialog.Lang{dialog.English, dialog.Chinese} {
		t.Run(string(lang), func(t *testing.T) {
			path := "testdata/normalise." + string(lang) + ".txt"
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			for line := range strings.Lines(string(data)) {
				text, want, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
				got := Normalise(lang, text)
				out.WriteString(text + "\t" + got + "\n")
				if got != want && !*update {
					t.Errorf("%s\n got %s\nwant %s", text, got, want)
				}
				if strings.ContainsAny(got, "0123456789") {
					t.Errorf("%s: digits are left: %s", text, got)
				}
				if again := Normalise(lang, got); again != got {
					t.Errorf("%s: read twice it changes\n from %s\n to   %s", text, got, again)
				}
			}
			if *update {
				if err := os.WriteFile(path, []byte(out.String()), 0o600); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}
