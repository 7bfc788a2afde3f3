package knowledge

import (
	"slices"
	"strings"
	"testing"

	"huike/dialog"
)

func TestWhatIsAlikeIsOneCluster(t *testing.T) {
	texts := []string{
		"do you have a loyalty card", "Do you have a loyalty card?", "is there a loyalty card", "can I get the loyalty card",
		"你们有自提柜吗", "附近有没有自提柜", "how late is the cafe open", "???",
	}
	var first []Cluster
	for range 2 {
		var u Unanswered
		for _, text := range texts {
			u.Add(text)
		}
		got := u.Clusters()
		if len(got) != 3 || got[0].Count != 4 || got[1].Count != 2 || got[2].Count != 1 || len(got[0].Examples) != 3 {
			t.Errorf("clusters %+v", got)
		}
		if first != nil && !slices.EqualFunc(first, got, func(a, b Cluster) bool { return slices.Equal(a.Examples, b.Examples) }) {
			t.Errorf("in another order: %+v and %+v", first, got)
		}
		first = got
		slices.Reverse(texts)
	}
}

func TestNoNumberIsKept(t *testing.T) {
	var u Unanswered
	u.Add("call me on 13812345678 about order 10023")
	if text := u.Clusters()[0].Examples[0]; strings.ContainsAny(text, "0123456789") {
		t.Errorf("kept %q", text)
	}
}

func TestAnApprovedAnswerIsFoundAtOnce(t *testing.T) {
	b := New(shopZH(t))
	const text = "你们有自提柜吗"
	if a, ok := b.Find(text, dialog.Chinese, ""); ok {
		t.Fatalf("answered already: %+v", a)
	}
	entries := Merge(b.Entries(), []Entry{{ID: "locker", Question: text, Answer: map[dialog.Lang]string{dialog.Chinese: "有，在一楼。"}}})
	if a, ok := New(entries).Find(text, dialog.Chinese, ""); !ok || a.ID != "locker" {
		t.Errorf("got %+v", a)
	}
}
