package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestEvalDialoguesPrintsTheTurnAndTheDifference(t *testing.T) {
	folder := t.TempDir()
	text := "- name: right\n  lang: en\n  turns: [{caller: how many points do I have, operations: [points.balance]}]\n" +
		"- name: wrong\n  lang: zh\n  turns: [{caller: 我有多少积分, operations: [coupon.list]}]\n"
	if err := os.WriteFile(filepath.Join(folder, "two.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := run(t.Context(), []string{"eval", "dialogues", folder}, &out, io.Discard); !errors.Is(err, errFailed) {
		t.Errorf("error %v: want %v", err, errFailed)
	}
	for _, want := range []string{"two.yaml:4: wrong: turn 1", "operations: want [coupon.list], got [points.balance]", "1 of 2 dialogues (1 zh, 1 en; 2 turns)"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, &out)
		}
	}
	out.Reset()
	if err := run(t.Context(), []string{"eval", "dialogues", folder, "--json", "--only", "right"}, &out, io.Discard); err != nil {
		t.Error(err)
	}
	var report dialogueReport
	if err := json.Unmarshal(out.Bytes(), &report); err != nil || report.N != 1 || report.Passed != 1 {
		t.Errorf("report %+v, %v: want one, passed", report, err)
	}
}
