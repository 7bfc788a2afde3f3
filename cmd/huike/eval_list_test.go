package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestALineIsTakenWithItsCells(t *testing.T) {
	path := filepath.Join(t.TempDir(), "list.tsv")
	for text, want := range map[string]string{"a\tsay \"b\"\nc\td\n": "a|say \"b\",c|d", "a\tb\nc\n": "", "": ""} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		var got []string
		err := eachLine(path, 2, func(row []string) error {
			got = append(got, strings.Join(row, "|"))
			return nil
		})
		if broken := strings.Contains(text, "c\n"); (err != nil) != broken || !broken && strings.Join(got, ",") != want {
			t.Errorf("%q gives %q, %v", text, got, err)
		}
	}
	c := evalFitCommand{List: path}
	if err := os.WriteFile(path, []byte("a.wav\tone\tanna\t1\nb.wav\ttwo\tanna\t0\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if all, err := c.read(); len(all) != 1 || err == nil || !strings.Contains(err.Error(), "weight") {
		t.Errorf("%v, %v", all, err)
	}
}
