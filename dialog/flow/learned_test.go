package flow

import (
	"testing"

	"huike/dialog"
)

func TestAnApprovedExampleTeachesItsLike(t *testing.T) {
	def := load(t)
	const said, alike = "what is my stash worth these days", "how big is my stash by now"
	if def.Takes(said, dialog.English) || def.Takes(alike, dialog.English) {
		t.Fatal("understood already: the test tells nothing")
	}
	learned, err := def.WithExamples(map[string][]string{
		"points.balance": {said, "how is my stash doing", "tell me about my stash", "我的小金库还剩多少"}, "greet": {"no intent starts it"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for text, lang := range map[string]dialog.Lang{said: dialog.English, alike: dialog.English, "小金库里还剩多少": dialog.Chinese} {
		if !learned.Takes(text, lang) {
			t.Errorf("%q is not taken after the like of it was learned", text)
		}
	}
	if def.Takes(said, dialog.English) {
		t.Error("the flows of running calls have changed")
	}
	if same, err := def.WithExamples(nil); err != nil || same != def {
		t.Errorf("without examples: %p, %v: want the same flows", same, err)
	}
}
