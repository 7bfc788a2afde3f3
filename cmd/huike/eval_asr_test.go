package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func writeList(t *testing.T, lines ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "list.tsv")
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestEvalASRCountsWordsAndDelays(t *testing.T) {
	list := writeList(t, "vm-sorry.wav\tI'm sorry, I did not understand your response.", "queue-thankyou.wav\tThank you for your kindness.")
	var out bytes.Buffer
	err := run(t.Context(), []string{
		"eval", "asr", list, "--folder", "../../audio/asr/testdata", "--models", "../../bin/models",
		"--telephone", "--json",
	}, &out, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]float64
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if len(got) != 6 || got["n"] != 2 || got["wer"] < 0.07 || got["wer"] > 0.08 { // one word of 13 or 14 is another
		t.Errorf("%v: want 6 fields, of 2 texts, with one wrong word", got)
	}
	if got["rtf"] <= 0 || got["first_partial_ms"] <= 0 || got["final_ms"] <= 0 || got["cer"] <= 0 {
		t.Errorf("%v: want everything above 0", got)
	}
}

func TestEvalASRSaysWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		name, want string
		args       []string
	}{
		{"a line without a tab", "line 1: want a file, a tab and its text", []string{writeList(t, "a.wav")}},
		{"an empty list", "no transcripts", []string{writeList(t, "")}},
		{"a loss of everything", "--loss 1", []string{writeList(t, "a.wav\ta"), "--loss", "1"}},
		{"no server", "--asr-url", []string{writeList(t, "a.wav\ta"), "--engine", "openai"}},
	} {
		err := run(t.Context(), append([]string{"eval", "asr"}, c.args...), io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}
