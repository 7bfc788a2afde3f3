package nlu

import (
	"testing"

	"huike/dialog"
)

func TestWhatSoundsLikeANameHidesNoMove(t *testing.T) {
	u, err := New(Definition{Names: map[string][]Name{"product": {
		{ID: "satatagan", EN: []string{"Satatagan"}, ZH: []string{"载硕衣边"}},
		{ID: "boots", EN: []string{"hiking boots"}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, text string
		lang       dialog.Lang
		due        string
		intent     dialog.Intent
		product    string
	}{
		{"say that again", "say that again", dialog.English, "", Repeat, ""},
		{"say that again where a product is due", "say that again please", dialog.English, "product", Repeat, ""},
		{"再说一遍", "再说一遍", dialog.Chinese, "", Repeat, ""},
		{"再说一遍, where a product is due", "再说一遍", dialog.Chinese, "product", Repeat, ""},
		{"the name as it is written", "载硕衣边", dialog.Chinese, "product", "", "satatagan"},
		{"a move beside what sounds like a name", "the hiking boats thanks", dialog.English, "", Thanks, "boots"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := u.Understand(tt.lang, tt.text, nil, Expect{Slot: tt.due, Expect: dialog.Expect{Kind: "open"}})
			product := ""
			for _, s := range got.Slots {
				if s.Name == "product" {
					product = s.Value
				}
			}
			if got.Intent != tt.intent || product != tt.product {
				t.Errorf("%q is %q with %q, want %q with %q", tt.text, got.Intent, product, tt.intent, tt.product)
			}
		})
	}
}

func TestToAgreeIsToSayYes(t *testing.T) {
	for text, want := range map[string]string{
		"I agree.": "yes", "Yes, I agree": "yes", "agreed": "yes", "I accept": "yes", "I disagree.": "no", "I do not agree": "no",
		"I don't agree.": "no", "I agree, but not today": "", "我同意": "yes", "同意": "yes", "我不同意": "no", "不同意": "no", "我同意吗": "",
	} {
		got := answer(join(split(text)), Expect{Expect: dialog.Expect{Kind: "yesno"}})
		if got != want {
			t.Errorf("%q says %q, want %q", text, got, want)
		}
	}
}

func TestNoWordIsEmpty(t *testing.T) {
	for _, text := range []string{"n't", "N’t go", "'", "''s", "is n't", "<>", "<", "+", "0,", ".5", "'n't'"} {
		for _, w := range split(text) {
			if w == "" {
				t.Errorf("%q has an empty word: %q", text, split(text))
			}
		}
	}
}
