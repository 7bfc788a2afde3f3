package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// labelled writes sentences about colours and tools, and some of neither.
func labelled(t *testing.T, name string, from, to int, oos bool) string {
	t.Helper()
	var b bytes.Buffer
	for i := from; i < to; i++ {
		fmt.Fprintf(&b, "paint it in colour %d please\tcolour\n", i)
		fmt.Fprintf(&b, "lend me tool %d for a day\ttool\n", i)
		if oos {
			fmt.Fprintf(&b, "who won match %d yesterday\toos\n", i)
		}
	}
	path := filepath.Join(t.TempDir(), name)
	data := b.Bytes()
	if strings.HasSuffix(name, ".gz") {
		var z bytes.Buffer
		w := gzip.NewWriter(&z)
		if _, err := w.Write(data); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		data = z.Bytes()
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestEvalNLUMeasuresWhatIsInScopeAndWhatIsNot(t *testing.T) {
	train, test := labelled(t, "train.tsv.gz", 0, 30, true), labelled(t, "test.tsv", 30, 40, true)
	var out bytes.Buffer
	c := evalNLUCommand{Train: train, Test: test, Share: 0.9, JSON: true}
	if err := c.Run(streams{&out, io.Discard}); err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got["n"] != 20 || got["accuracy"] != 1 || got["oos_recall"] != 1 || got["macro_f1"] != 1 || got["us_per_query"] <= 0 || got["train_s"] <= 0 || len(got) != 6 {
		t.Errorf("%s", out.String())
	}
}

func TestEvalNLURefusesNothingWhereNothingIsOutOfScope(t *testing.T) {
	path := labelled(t, "train.tsv", 0, 20, false)
	c := evalNLUCommand{Train: path, Test: labelled(t, "test.tsv", 20, 30, false), Share: 0.9}
	var out bytes.Buffer
	if err := c.Run(streams{&out, io.Discard}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "20 sentences of 2 labels: 100.00 % right") {
		t.Errorf("%s", out.String())
	}
}

func TestEvalNLUReadsFilesAsEditorsWriteThem(t *testing.T) {
	path := filepath.Join(t.TempDir(), "windows.tsv")
	text := "\ufeffpaint it red\tcolour\r\n\r\n \t \r\n" + strings.Repeat("long ", 20000) + "\t colour \r\nlend me a saw\ttool\tby hand\r\n\ttool"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for oos, want := range map[bool]string{false: "[paint it red colour tool\tby hand tool]", true: "[paint it red oos oos oos]"} {
		list, err := readLabelled(path, oos)
		if err != nil || len(list) != 4 {
			t.Fatal(len(list), err)
		}
		if got := fmt.Sprint([]string{list[0].Text, list[0].Label, list[2].Label, list[3].Label}); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestEvalNLUCountsALabelThatWasNotLearned(t *testing.T) {
	train, test := labelled(t, "train.tsv", 0, 20, false), filepath.Join(t.TempDir(), "test.tsv")
	if err := os.WriteFile(test, []byte("paint it in colour 99 please\tcolour\nlend me tool 99 for a day\tgarden\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	c := evalNLUCommand{Train: train, Test: test, JSON: true}
	if err := c.Run(streams{&out, io.Discard}); err != nil || !strings.Contains(out.String(), `{"n":2,"accuracy":0.5,"oos_recall":0,"macro_f1":0.5,`) {
		t.Errorf("%s %v", out.String(), err)
	}
}

func TestEvalNLUNamesTheLineAtFault(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bad.tsv")
	if err := os.WriteFile(path, []byte("a\tx\nno label here\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := evalNLUCommand{Train: path, Test: path}
	if err := c.Run(streams{io.Discard, io.Discard}); err == nil || !strings.Contains(err.Error(), "bad.tsv:2") {
		t.Errorf("error %v", err)
	}
}
