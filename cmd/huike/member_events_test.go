package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const eventsFile = "id,type,subject,time,store,rating,model\n" +
	"1,visit,card:7,2026-11-20T10:00:00Z,s1,,\n" +
	"2,rating,card:7,2026-11-20T10:00:00Z,,9,\n" +
	"3,test_drive,card:7,2026-11-20T10:00:00Z,,,E3\n" +
	"4,visit,m_late,2026-11-20T10:00:00Z,s1,,\n"

func TestEventsOfAFileAreTakenOnceAndTheRefusedAreReported(t *testing.T) {
	folder := t.TempDir()
	data, file, kinds, report := "--data="+filepath.Join(folder, "var"), filepath.Join(folder, "log.csv"), filepath.Join(folder, "kinds.yaml"), filepath.Join(folder, "refused.csv")
	if err := os.WriteFile(file, []byte(eventsFile), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(kinds, []byte("test_drive:\n  model: {type: text, required: true}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for round, want := range []string{`{"rows":4,"accepted":2,"duplicate":0,"refused":2,"bytes":209}`, `{"rows":4,"accepted":0,"duplicate":2,"refused":2,"bytes":209}`} {
		out, err := told(t, "member", "events", "import", file, data, "--event-kinds="+kinds, "--refused="+report, "--json")
		if err != nil || strings.TrimSpace(out) != want {
			t.Errorf("round %d: %s, %v", round, out, err)
		}
	}
	text, err := os.ReadFile(report)
	if want := "line,id,reason\n3,2,data.rating is not a whole number between 1 and 5\n5,4,subject is a member's id that nobody has\n"; err != nil || string(text) != want {
		t.Errorf("%s, %v", text, err)
	}
	lookAfterTheDead(t, data)
}

func lookAfterTheDead(t *testing.T, data string) {
	t.Helper()
	var letter struct {
		Number int64
		Reason string
	}
	out, err := told(t, "member", "events", "dead", "--json", data)
	if err != nil || json.NewDecoder(strings.NewReader(out)).Decode(&letter) != nil || !strings.Contains(letter.Reason, "rating") {
		t.Fatal(out, err)
	}
	if out, err = told(t, "member", "events", "retry", "1", data); err != nil || !strings.HasPrefix(out, "1: refused") {
		t.Error(out, err)
	}
	if _, err = told(t, "member", "events", "retry", "999", data); err == nil || !strings.Contains(err.Error(), "no dead letter") {
		t.Error(err)
	}
	if _, err = told(t, "member", "events", "drop", "2", "3", "4", "5", data); err != nil {
		t.Error(err)
	}
	if out, err = told(t, "member", "events", "dead", data); err != nil || out != "" {
		t.Error(out, err)
	}
}

func TestABarSaysHowFarItIs(t *testing.T) {
	var to bytes.Buffer
	b := newBar(&to, "rows")
	b.at(50, 200, 10, "")
	b.end()
	if to.Len() != 0 {
		t.Error("it speaks in the first second:", to.String())
	}
	for _, test := range []struct {
		done, whole int64
		want        string
	}{
		{50, 200, "[######------------------]  25 % 1000 rows, 100/s, 30s left, 2 refused"},
		{300, 200, "[########################] 100 % 1000 rows, 100/s, 0s left, 2 refused"},
		{5, 0, "1000 rows, 100/s, 2 refused"},
	} {
		if got := b.line(10*time.Second, test.done, test.whole, 1000, "2 refused"); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}
