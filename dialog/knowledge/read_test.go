package knowledge

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/simplifiedchinese"

	"huike/dialog"
)

func TestRowsThatAreNoEntryAreRefusedByTheirLine(t *testing.T) {
	const csv = "\ufeffquestion,phrasings,answer_en,answer_zh,lang,valid_until,flow,owner\n" +
		"Is there parking?,where do I park|car park,Below the store.,,,,,Li\n" +
		"...,,Yes.,,,,,\n" +
		"\"Two\nlines?\",,Yes.,,,,,\n" +
		"Do you deliver?,,,,,,,\n" +
		"Do you ship?,,Yes.,,fr,,,\n" +
		"Do you gift wrap?,,Yes.,,,31/12/2026,,\n" +
		"is there PARKING,,Again.,,,,,\n" +
		"Too,few\n" +
		"Where is my parcel?,,,,,,order.status,\n"
	entries, refused, err := ReadCSV(strings.NewReader(csv))
	if err != nil {
		t.Fatal(err)
	}
	var lines []int
	for _, r := range refused {
		lines = append(lines, r.Line)
	}
	if want := []int{3, 6, 7, 8, 9, 10}; !slices.Equal(lines, want) {
		t.Errorf("refused lines %v, want %v: %v", lines, want, refused)
	}
	if len(entries) != 3 || entries[2].Flow != "order.status" || len(entries[0].Phrasings) != 2 {
		t.Errorf("entries %+v", entries)
	}
}

func TestASpreadsheetFromChinaIsRead(t *testing.T) {
	data, err := simplifiedchinese.GB18030.NewEncoder().String("问题,相似问,答案\n可以停车吗,停车场在哪,可以停车。\n")
	if err != nil {
		t.Fatal(err)
	}
	entries, refused, err := ReadCSV(strings.NewReader(data))
	if err != nil || len(refused) > 0 || len(entries) != 1 || entries[0].Answer[dialog.Chinese] != "可以停车。" {
		t.Errorf("got %+v, %v, %v", entries, refused, err)
	}
}

func TestJSONIsReadAndRefusedByLine(t *testing.T) {
	entries, refused, err := ReadJSON(strings.NewReader(`[
 {"question": "Is there parking?", "answer": {"en": "Yes."}},
 {"question": "Why?", "answers": {"en": "Yes."}},
 {"question": "可以停车吗", "answer": {"zh": "可以。"}, "valid_until": "2026-12-31"}
]`))
	if err != nil || len(entries) != 2 || len(refused) != 1 || refused[0].Line != 3 {
		t.Errorf("got %+v, %v, %v", entries, refused, err)
	}
	for _, bad := range []string{"", "{}", "[{]", `[{"question":"a"}`} {
		if _, _, err := ReadJSON(strings.NewReader(bad)); err == nil || !strings.Contains(err.Error(), "line 1") {
			t.Errorf("%q: error %v", bad, err)
		}
	}
}

func TestAVersionThatWasChangedIsRefused(t *testing.T) {
	v := Version{Number: 3, Author: "li", At: time.Date(2026, 5, 18, 9, 0, 0, 0, time.UTC), From: "faq.csv", Entries: shopZH(t)}
	data, err := v.Encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := DecodeVersion(data)
	if err != nil {
		t.Fatal(err)
	}
	v.Hash = got.Hash
	if diff := cmp.Diff(v, got); diff != "" {
		t.Error(diff)
	}
	if _, err := DecodeVersion(bytes.Replace(data, []byte("两小时"), []byte("三小时"), 1)); err == nil || !strings.Contains(err.Error(), "changed after") {
		t.Errorf("error %v", err)
	}
}

func TestMergingTakesTheNewAnswerInPlaceOfTheOld(t *testing.T) {
	one := func(id, question, answer string) Entry {
		return Entry{ID: id, Question: question, Answer: map[dialog.Lang]string{dialog.English: answer}}
	}
	old := []Entry{one("a", "Is there parking?", "No."), one("b", "Do you deliver?", "No.")}
	got := Merge(old, []Entry{one("c", "is there parking", "Yes."), one("b", "Do you deliver at home?", "Yes."), one("d", "Any wifi?", "Yes.")})
	want := []Entry{one("c", "is there parking", "Yes."), one("b", "Do you deliver at home?", "Yes."), one("d", "Any wifi?", "Yes.")}
	if diff := cmp.Diff(want, got); diff != "" || old[0].ID != "a" {
		t.Error(diff)
	}
}

func TestWhatIsNotTrueAnyMoreIsNotSaid(t *testing.T) {
	b := New([]Entry{
		{ID: "sale", Question: "When is the sale?", Answer: map[dialog.Lang]string{dialog.English: "This week."}, Until: "2026-05-20"},
		{ID: "zh", Question: "Is there a sauna?", Answer: map[dialog.Lang]string{dialog.Chinese: "没有。"}},
	})
	if _, ok := b.Find("When is the sale?", dialog.English, "2026-05-20"); !ok {
		t.Error("not answered on the last day")
	}
	if a, ok := b.Find("When is the sale?", dialog.English, "2026-05-21"); ok {
		t.Errorf("answered %+v the day after", a)
	}
	if a, ok := b.Find("Is there a sauna?", dialog.English, ""); ok {
		t.Errorf("answered %+v in a language that it is not in", a)
	}
}

func FuzzReadCSV(f *testing.F) {
	f.Add("question,answer\nIs there parking?,Yes.\n")
	f.Add("问题,答案\n\"可以\n停车吗\",可以\n")
	f.Add("\xd6\xd0,question\n")
	f.Fuzz(func(t *testing.T, data string) {
		entries, _, err := ReadCSV(strings.NewReader(data))
		check(t, entries, err)
	})
}

func FuzzReadJSON(f *testing.F) {
	f.Add(`[{"question":"Is there parking?","answer":{"en":"Yes."}}]`)
	f.Fuzz(func(t *testing.T, data string) {
		entries, _, err := ReadJSON(strings.NewReader(data))
		check(t, entries, err)
	})
}

func FuzzDecodeVersion(f *testing.F) {
	f.Add([]byte(`{"version":1,"hash":"","author":"","at":"2026-05-18T09:00:00Z","from":"","entries":[]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := DecodeVersion(data)
		check(t, v.Entries, err)
	})
}

// check holds of all that was read: it makes a base that finds each of its entries,
// and a version that is read again.
func check(t *testing.T, entries []Entry, err error) {
	t.Helper()
	if err != nil {
		return
	}
	b := New(entries)
	for _, e := range entries {
		if e.ID == "" || len(b.Search(e.Question, dialog.English, "", 1))+len(b.Search(e.Question, dialog.Chinese, "", 1)) == 0 && e.Until == "" && e.Flow == "" {
			t.Fatalf("entry %+v is not found", e)
		}
	}
	data, err := Version{Entries: entries}.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := DecodeVersion(data); err != nil {
		t.Fatal(err)
	}
}
