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

// written puts texts into files and returns the folder.
func written(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const (
	fewPeople = "scenario_id,postcode,name,dob,name_first,name_last\n" +
		"a,JE0X 5SB,Teresa Smith,1909-08-11,Teresa,Smith\n" +
		"b,M4 0QG,Joe Berry,1970-11-20,Joe,Berry\n"
	saidPeople = "dialogue_id\tscenario_id\titem\tattempt_num\tnbest\n" +
		"1\tb\tpostcode\t0\t\"[\"\"m for oh q g\"\"]\"\n" +
		"1\tb\tname\t0\t['Joe Barry', \"Jo Berry\"]\n" +
		"1\tb\tdob\t0\t\"[\"\"20th of November 1970\"\"]\"\n" +
		"2\t7\tpostcode\t0\t[]\n"
	oneSearch = `{"turns": [{"r": "usr", "c": "找一家5分的酒店", "da": [["Inform", "酒店", "评分", "5分"], ["Request", "酒店", "名称", ""]]},` +
		` {"r": "sys", "c": "推荐如家", "da": [["Recommend", "酒店", "名称", "如家"]], "state": {}, "init": {"酒店": {"评分": "5分"}}}]}`
)

func TestRecordedCallersAreFound(t *testing.T) {
	dir := written(t, map[string]string{"people.csv": fewPeople, "spoken.tsv": saidPeople})
	var out, notes bytes.Buffer
	args := []string{"eval", "identify", "--records", filepath.Join(dir, "people.csv"), "--dialogues", filepath.Join(dir, "spoken.tsv"), "--json"}
	if err := run(t.Context(), args, &out, &notes); err != nil {
		t.Fatal(err)
	}
	var got identified
	if err := json.Unmarshal(out.Bytes(), &got); err != nil || got.N != 1 || got.Right != 1 || got.Unlabelled != 1 {
		t.Errorf("%s %v: want one caller who is right and one without a record", out.String(), err)
	}
	out.Reset()
	if err := run(t.Context(), append(args, "--strangers"), &out, &notes); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(out.Bytes(), &got); err != nil || got.Right != 0 || got.Referred != 1 {
		t.Errorf("%s %v: want the stranger passed on", out.String(), err)
	}
}

func TestActsAreLearntAndStatesTracked(t *testing.T) {
	dir := written(t, map[string]string{"few.jsonl": oneSearch + "\n" + oneSearch + "\n"})
	file := filepath.Join(dir, "few.jsonl")
	var out bytes.Buffer
	if err := run(t.Context(), []string{"eval", "dst", "--train", file, "--test", file, "--json"}, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	var got tracked
	if err := json.Unmarshal(out.Bytes(), &got); err != nil || got.ActF1 != 1 || got.Joint != 1 || got.Dialogues != 2 {
		t.Errorf("%s %v: want what was learnt to be known", out.String(), err)
	}
}

func TestWhatCannotBeReadIsNamed(t *testing.T) {
	dir := written(t, map[string]string{
		"people.csv": fewPeople, "spoken.tsv": saidPeople,
		"nobody.csv": "scenario_id,name\n", "undated.csv": strings.Replace(fewPeople, "1909-08-11", "11/8/09", 1),
		"shoe.tsv": strings.Replace(saidPeople, "postcode", "shoe", 1), "text.tsv": strings.Replace(saidPeople, "[]", "none", 1),
		"role.jsonl": strings.Replace(oneSearch, "usr", "me", 1), "cut.jsonl": oneSearch[:50], "none.jsonl": "",
	})
	in := func(name string) string { return filepath.Join(dir, name) }
	identify := func(records, dialogues string) []string {
		return []string{"eval", "identify", "--records", in(records), "--dialogues", in(dialogues)}
	}
	for want, args := range map[string][]string{
		`no column "postcode"`:       identify("nobody.csv", "spoken.tsv"),
		"line 2: dob: want a day":    identify("undated.csv", "spoken.tsv"),
		`line 2: item "shoe"`:        identify("people.csv", "shoe.tsv"),
		"line 5: nbest: want a JSON": identify("people.csv", "text.tsv"),
		"--accept 2":                 append(identify("people.csv", "spoken.tsv"), "--accept", "2"),
		`turn 1: r is "me"`:          {"eval", "dst", "--train", in("role.jsonl"), "--test", in("role.jsonl")},
		"dialogue 1: unexpected EOF": {"eval", "dst", "--train", in("cut.jsonl"), "--test", in("cut.jsonl")},
		"there are no dialogues":     {"eval", "dst", "--train", in("none.jsonl"), "--test", in("none.jsonl")},
	} {
		if err := run(t.Context(), args, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", args, err, want)
		}
	}
}
