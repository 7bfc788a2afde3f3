package nlu

import (
	"slices"
	"testing"

	"huike/dialog"
)

func shop(tb testing.TB) *Understander {
	tb.Helper()
	u, err := New(Definition{
		Names: map[string][]Name{
			"product": {
				{ID: "boots", EN: []string{"hiking boots", "boots"}, ZH: []string{"登山靴", "登山鞋"}},
				{ID: "jacket", EN: []string{"rain jacket", "waterproof jacket"}, ZH: []string{"冲锋衣"}},
				{ID: "tent", EN: []string{"tent"}},
				{ID: "bottle", EN: []string{"water bottle"}},
				{ID: "pack", EN: []string{"backpack", "rucksack"}, ZH: []string{"双肩包"}},
			},
			"store": {{ID: "pudong", EN: []string{"Pudong store", "Pudong"}, ZH: []string{"浦东店"}}},
		},
	})
	if err != nil {
		tb.Fatal(err)
	}
	return u
}

func value(u dialog.Understanding, slot string) string {
	for _, s := range u.Slots {
		if s.Name == slot {
			return s.Value
		}
	}
	return ""
}

func TestDetailsAreFoundHoweverTheyAreSaid(t *testing.T) {
	u := shop(t)
	order := Expect{Expect: dialog.Expect{Kind: "digits", Digits: 5}, Slot: SlotOrder}
	phone := Expect{Expect: dialog.Expect{Kind: "digits", Digits: 11}, Slot: SlotPhone}
	product := Expect{Expect: dialog.Expect{Kind: "open"}, Slot: "product"}
	choice := Expect{Expect: dialog.Expect{Kind: "choice"}, Slot: "product"}
	for _, tt := range []struct {
		name, text string
		expect     Expect
		slot, want string
	}{
		{"digits one by one", "One zero zero two three.", Expect{}, SlotOrder, "10023"},
		{"digits with commas between", "1, 0, 0, 2, 3.", Expect{}, SlotOrder, "10023"},
		{"a thousands comma", "It's 10,023.", Expect{}, SlotOrder, "10023"},
		{"a whole number", "Ten thousand and twenty three", Expect{}, SlotOrder, "10023"},
		{"groups", "ten oh two three", Expect{}, SlotOrder, "10023"},
		{"tens", "one hundred and twenty three forty five", order, SlotOrder, "12345"},
		{"double", "one double oh two three", order, SlotOrder, "10023"},
		{"triple", "triple one two three", order, SlotOrder, "11123"},
		{"sound-alikes where digits are due", "won oh oh to tree", order, SlotOrder, "10023"},
		{"fillers between digits", "one zero, uh, zero two three", order, SlotOrder, "10023"},
		{"no number in plain words", "I want to go there for two", Expect{}, SlotNumber, ""},
		{"a digit's sound-alike is none in plain words", "what is it for", Expect{}, SlotNumber, ""},
		{"a phone number in groups", "138 0000 1234", Expect{}, SlotPhone, "13800001234"},
		{"a phone number with its country", "+86 138 0000 1234", phone, SlotPhone, "13800001234"},
		{"a phone number spoken", "one three eight, four zeros one two three four", phone, SlotPhone, "13800001234"},
		{"a phone number of digits", "one three eight zero zero zero zero one two three four", Expect{}, SlotPhone, "13800001234"},
		{"幺 is one", "幺零零二三", Expect{}, SlotOrder, "10023"},
		{"汉字逐位", "一零零二三", Expect{}, SlotOrder, "10023"},
		{"汉字数值", "一万零二十三", Expect{}, SlotOrder, "10023"},
		{"两千零五十", "两千零五十", order, SlotOrder, "2050"},
		{"两千五是两千五百", "两千五", order, SlotOrder, "2500"},
		{"万五是一万五千", "一万五", order, SlotOrder, "15000"},
		{"语音听错的数字", "腰零零二三", order, SlotOrder, "10023"},
		{"就是不是数字", "就是那个", order, SlotOrder, ""},
		{"手机号", "我的号码是幺三八零零零零幺二三四", Expect{}, SlotPhone, "13800001234"},
		{"全角数字", "１００２３", Expect{}, SlotOrder, "10023"},

		{"tomorrow", "tomorrow afternoon", Expect{}, SlotDate, "today+1Tafternoon"},
		{"an old spelling", "to-morrow afternoon", Expect{}, SlotDate, "today+1Tafternoon"},
		{"the day after tomorrow", "the day after tomorrow at 3 pm", Expect{}, SlotDate, "today+2T15:00"},
		{"a name that is said is not outdone by one that sounds near", "And what about the tent?", product, "product", "tent"},
		{"next weekday", "next Wednesday in the morning", Expect{}, SlotDate, "wed+1wTmorning"},
		{"part before the day", "in the evening on Friday", Expect{}, SlotDate, "friTevening"},
		{"a day of a month", "May 12th", Expect{}, SlotDate, "05-12"},
		{"in some days", "in three days", Expect{}, SlotDate, "today+3"},
		{"as soon as possible", "as soon as possible", Expect{}, SlotDate, "now"},
		{"明天下午三点", "明天下午三点", Expect{}, SlotDate, "today+1T15:00"},
		{"下周三", "下周三下午", Expect{}, SlotDate, "wed+1wTafternoon"},
		{"明晚", "明晚八点", Expect{}, SlotDate, "today+1Tevening"},
		{"星期天", "这个星期天", Expect{}, SlotDate, "sun"},
		{"五月十二号", "五月十二号上午", Expect{}, SlotDate, "05-12Tmorning"},
		{"大后天", "大后天", Expect{}, SlotDate, "today+3"},

		{"a name", "the hiking boots", Expect{}, "product", "boots"},
		{"one of a pair", "a hiking boot", Expect{}, "product", "boots"},
		{"a name nearly as it sounds", "hiking boats", product, "product", "boots"},
		{"a name in two words", "the back pack", product, "product", "pack"},
		{"a name run together", "the rainjacket", product, "product", "jacket"},
		{"no name where nothing sounds like one", "umbrella", product, "product", ""},
		{"no name for a short word in the midst of talk", "I am back", Expect{}, "product", ""},
		{"同音字", "登山学", product, "product", "boots"},
		{"平翘舌不分", "充锋衣", product, "product", "jacket"},
		{"前后鼻音不分", "双尖包", product, "product", "pack"},
		{"店名", "浦东店几点开门", Expect{}, "store", "pudong"},

		{"not this but that", "not 10023, 10024", Expect{}, SlotOrder, "10024"},
		{"that and not this", "10024, not 10023", Expect{}, SlotOrder, "10024"},
		{"no, that", "10023, no, sorry, 10024", Expect{}, SlotOrder, "10024"},
		{"不是这个是那个", "不是10023是10024", Expect{}, SlotOrder, "10024"},
		{"是那个不是这个", "是10024不是10023", Expect{}, SlotOrder, "10024"},

		{"the second one", "the second one", choice, SlotChoice, "2"},
		{"the last", "the last one please", choice, SlotChoice, "-1"},
		{"第三个", "第三个", choice, SlotChoice, "3"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := u.Understand(lang(tt.text), tt.text, nil, tt.expect)
			if v := value(got, tt.slot); v != tt.want {
				t.Errorf("%q: %s %q, want %q (%+v)", tt.text, tt.slot, v, tt.want, got)
			}
		})
	}
}

func lang(text string) dialog.Lang {
	if slices.ContainsFunc(split(text), isHan) {
		return dialog.Chinese
	}
	return dialog.English
}

func TestYesAndNo(t *testing.T) {
	u := shop(t)
	asked := Expect{Expect: dialog.Expect{Kind: "yesno"}}
	for text, want := range map[string]string{
		"Yes.": "yes", "Yeah, sure.": "yes", "That's right.": "yes", "Okay.": "yes", "Go ahead.": "yes", "Yes, please do.": "yes",
		"No.": "no", "Nope.": "no", "No, thank you.": "no", "That's not right.": "no", "Don't.": "no", "I don't think so.": "no",
		"Mm-hmm.": "weak", "Uh-huh.": "weak", "Yes, but not today.": "", "Yes if it's free.": "", "I'm not sure.": "", "What?": "",
		"是的": "yes", "对": "yes", "好的没问题": "yes", "可以": "yes", "嗯对": "yes", "行": "yes", "没错": "yes",
		"不是": "no", "不用了": "no", "不对": "no", "算了": "no", "没有": "no", "不要": "no",
		"嗯": "weak", "是不是要收钱": "", "对不起": "", "不好意思": "", "好像不是": "", "可以但是要等等": "",
	} {
		if got := value(u.Understand(lang(text), text, nil, asked), SlotAnswer); got != want {
			t.Errorf("%q: answer %q, want %q", text, got, want)
		}
	}
}

func TestMovesThatEveryCallerMakes(t *testing.T) {
	u := shop(t)
	for text, want := range map[string]dialog.Intent{
		"I want to speak to a real person":     Person,
		"Can I talk to someone, please?":       Person,
		"Customer service.":                    Person,
		"I do not want to talk to a person":    "",
		"I'd like to complain about something": Complaint,
		"I don't want to complain":             No,
		"Could you say that again?":            Repeat,
		"Goodbye then":                         Goodbye,
		"Good-by,":                             Goodbye,
		"This is the wrong order.":             Unsolved,
		"Hold on a second":                     Wait,
		"Why do you need my number?":           Why,
		"I have no idea":                       Unknown,
		"You don't understand me":              Unsolved,
		"What can you do?":                     Help,
		"转人工服务":                                Person,
		"叫你们负责人来":                              Person,
		"不要转人工":                                No,
		"我要投诉":                                 Complaint,
		"我不是要投诉":                               "",
		"你刚才说什么":                               Repeat,
		"等一下":                                  Wait,
		"为什么要手机号":                              Why,
		"我忘了":                                  Unknown,
		"那就这样再见":                               Goodbye,
	} {
		if got := u.Understand(lang(text), text, nil, Expect{}); got.Intent != want {
			t.Errorf("%q: intent %q (%.2f), want %q", text, got.Intent, got.Score, want)
		}
	}
}

func TestAnErrorNamesIntentAndPattern(t *testing.T) {
	_, err := New(Definition{Intents: []IntentData{{Intent: "x", Patterns: Texts{"en": {"a(b"}}}}})
	if err == nil || err.Error() == "" {
		t.Fatal("a broken pattern was taken")
	}
	if _, err = New(Definition{Intents: []IntentData{{Intent: "x", Examples: Texts{"fr": {"bonjour"}}}}}); err == nil {
		t.Error("an unknown language was taken")
	}
}

func FuzzUnderstand(f *testing.F) {
	u := shop(f)
	for _, text := range []string{
		"", "+", "<", "<x", "第", "double", "one hundred", "十", "万", "一万零", "下", "下下周", "at the", "10,02,3", "o'", "'", "\xff", "１，０００",
	} {
		f.Add(text, "digits", "order_number")
		f.Add(text, "choice", "product")
		f.Add(text, "yesno", "")
	}
	f.Fuzz(func(t *testing.T, text, kind, slot string) {
		for _, l := range []dialog.Lang{dialog.English, dialog.Chinese, "fr"} {
			got := u.Understand(l, text, []string{text + "1"}, Expect{Expect: dialog.Expect{Kind: kind}, Slot: slot})
			if got.Score < 0 || got.Score > 1 {
				t.Errorf("score %v", got.Score)
			}
		}
	})
}
