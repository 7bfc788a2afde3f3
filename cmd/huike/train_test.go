package main

import (
	"bytes"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"huike/dialog/flow"
)

func TestWhatWasTrainedAheadIsTakenUntilTheExamplesChange(t *testing.T) {
	folder := t.TempDir()
	files, err := fs.Sub(flow.Shop, "shop")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(folder, files); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := (&trainCommand{Shop: folder}).Run(streams{&out, io.Discard}); err != nil || !strings.Contains(out.String(), "nlu.model") {
		t.Fatalf("%v: %s", err, out.String())
	}
	if _, _, err := loadShop(folder); err != nil {
		t.Fatalf("the file is refused: %v", err)
	}
	nlu := filepath.Join(folder, "nlu.yaml")
	text, err := os.ReadFile(nlu)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(string(text), "examples:", "examples: # changed", 1)
	if err := os.WriteFile(nlu, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := loadShop(folder); err != nil {
		t.Errorf("refused for a comment: %v", err)
	}
	i := strings.Index(changed, "- intent: ")
	changed = changed[:i] + "- intent: llama.care\n    examples: {en: [how do I feed a llama, what do llamas eat]}\n  " + changed[i:]
	if err := os.WriteFile(nlu, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := loadShop(folder); err == nil || !strings.Contains(err.Error(), "trained from other examples") {
		t.Errorf("what was trained from other examples is taken: %v", err)
	}
}
