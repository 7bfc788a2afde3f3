package llm_test

import (
	"strings"
	"testing"

	"huike/dialog"
	"huike/dialog/flow"
	"huike/dialog/llm"
	"huike/dialog/nlu"
)

// What callers say of themselves, in every form that they have, and what a model may not
// see of it.
func TestNoNumberAndNoNameReachesAModel(t *testing.T) {
	def, err := flow.Load(flow.Shop, "shop")
	if err != nil {
		t.Fatal(err)
	}
	u, err := nlu.New(nlu.Definition{Names: def.Names()})
	if err != nil {
		t.Fatal(err)
	}
	for text, secret := range map[string]string{
		"my number is 13800001234":                                    "13800001234",
		"my number is 138-0000-1234":                                  "0000",
		"it's one three eight double oh double oh one two three four": "one three eight",
		"order ten thousand and twenty three":                         "ten thousand",
		"order one zero zero two three please":                        "one zero zero",
		"order number one-oh-oh-two-three":                            "oh-oh",
		"幺三八零零零零幺二三四":                                                 "幺三八",
		"订单号一零零二三":                                                    "一零零二三",
		"订单一万零二十三":                                                    "一万零二十三",
		"订单１００２３":                                                     "１００２３",
		"my name is James Smith":                                      "Smith",
		"this is James Smith speaking, what about my thing":           "Smith",
		"I'm James Smith":                                             "Smith",
		"我叫张丽":                                                        "张丽",
		"我是张丽":                                                        "张丽",
		"我姓欧阳":                                                        "欧阳",
		"I live at 14 Elm Street Springfield":                         "Elm",
		"我住在上海市徐汇区漕溪北路八十八号三零二室":                                       "漕溪北路",
		"write to anna.jones@example.org":                             "anna",
		"it's james dot smith at gmail dot com":                       "smith",
		"my card is four one one one one one one one one one one one one one one one": "four one one one",
		"I was born on the third of may nineteen eighty eight":                        "eighty eight",
		"我八八年五月三号生的":                                                                  "八八年",
		"I need help, my name's Ed":                                                   "s ed",
		"Also, this is Al":                                                            "is al",
		"I'm Smith, and tell him that Smith called":                                   "smith",
	} {
		lang := dialog.English
		if strings.ContainsFunc(text, func(c rune) bool { return c > 0x2e80 }) {
			lang = dialog.Chinese
		}
		var v llm.Veil
		slots := u.Understand(lang, text, nil, nlu.Expect{Expect: dialog.Expect{Kind: "open"}}).Slots
		if shown := v.Hide(text, slots); strings.Contains(strings.ToLower(shown), strings.ToLower(secret)) {
			t.Errorf("%q is shown as %q", text, shown)
		}
	}
}
