package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"huike/dialog"
	"huike/dialog/flow"
	"huike/session/journal"
)

// knowing runs huike knowledge.
func knowing(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	err := run(t.Context(), append([]string{"knowledge"}, args...), &out, io.Discard)
	return out.String(), err
}

func TestKnowledgeIsImportedApprovedAndRolledBack(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "faq.csv")
	if err := os.WriteFile(file, []byte("question,answer\nDo you sell umbrellas?,We do.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	data := "--data=" + filepath.Join(folder, "var")
	for _, step := range [][]string{
		{"import", file, data, "--author", "li"},
		{"approve", "Is there a cafe?", "--en", "Upstairs.", data},
		{"rollback", "1", data},
	} {
		if _, err := knowing(t, step...); err != nil {
			t.Fatal(step, err)
		}
	}
	for question, known := range map[string]bool{"do you sell an umbrella": true, "is there a cafe": false} {
		got, err := knowing(t, "try", question, data)
		if err != nil || strings.Contains(got, "not answered") == known {
			t.Errorf("%q: %s %v", question, got, err)
		}
	}
	list, err := knowing(t, "list", data)
	if err != nil || strings.Count(list, "\n") != 3 || !strings.Contains(list, "li") || !strings.Contains(list, "rollback to 1") {
		t.Errorf("list %q, %v", list, err)
	}
	definition, _, err := loadShop("")
	if err != nil {
		t.Fatal(err)
	}
	if definition, err = openKnowledge(definition, filepath.Join(folder, "var")); err != nil {
		t.Fatal(err)
	}
	talk := flow.New(definition, dialog.English)
	talk.Step(flow.Input{Kind: flow.Begin})
	if out := talk.Step(flow.Input{Kind: flow.Words, Text: "Do you sell umbrellas?"}); len(out.Acts) == 0 || out.Acts[0].Text != "We do." {
		t.Errorf("the next call says %+v", out.Acts)
	}
}

func TestAFileWithARowThatIsRefusedIsNotImported(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "faq.csv")
	if err := os.WriteFile(file, []byte("question,answer,flow\nWhere is it?,Here.,\nAnd then?,,nowhere\n,No.,\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"import", file}, {"import", file, "--skip"}} {
		if _, err := knowing(t, append(args, "--data="+folder)...); err == nil {
			t.Errorf("%v: imported", args)
		}
	}
	if got, _ := filepath.Glob(filepath.Join(folder, "knowledge", "*")); len(got) > 0 {
		t.Errorf("left behind: %v", got)
	}
}

func TestWhatTheAgentHadNoAnswerToIsFoundInTheJournal(t *testing.T) {
	caption := func(text string) journal.Event {
		return journal.Event{Type: journal.TypeCaption, Party: dialog.Caller, Text: text, Final: true}
	}
	act := func(name string) journal.Event {
		return journal.Event{Type: journal.TypeAct, Act: &dialog.Act{Name: name}}
	}
	got := unansweredOf([]journal.Event{
		{Type: journal.TypeStarted, Lang: dialog.English},
		caption("where is my order"), act("order.status.shipped"), act("anything_else"),
		caption("do you sell lockers for 20"), act("no_match.1"), act("no_match.2"),
		caption("sing a song"), act("steer"),
		{Type: journal.TypeCaption, Party: dialog.Caller, Turn: 7, Text: "where is", Final: true},
		act("no_match.1"),
		{Type: journal.TypeCaption, Party: dialog.Caller, Turn: 9, Joins: 7, Text: "where is my order", Final: true},
		act("order.status.shipped"),
	})
	want := []turnSaid{{"do you sell lockers for ##", dialog.English}, {"sing a song", dialog.English}}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
