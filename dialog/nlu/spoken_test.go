package nlu

import (
	"testing"

	"huike/dialog"
)

func TestDaysAndHoursAsCallersSayThem(t *testing.T) {
	u, err := New(Definition{})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"on the thirty first":                   "d31",
		"on the 5th at half past two":           "d05T14:30",
		"the first of next month":               "m+1d01",
		"the end of the month":                  "m+0d31",
		"the twelfth of may":                    "05-12",
		"nine in the morning":                   "todayT09:00",
		"tomorrow at three thirty":              "today+1T15:30",
		"tomorrow at 9:30":                      "today+1T09:30",
		"on friday please and then at two":      "friT14:00",
		"not half past three, four":             "todayT16:00",
		"after lunch":                           "todayTafternoon",
		"the day after":                         "later+1",
		"the third one":                         "",
		"order one zero zero two three":         "",
		"三十号上午十点":                               "d30T10:00",
		"下个月一号":                                 "m+1d01",
		"这个月底":                                  "m+0d31",
		"晚一天":                                   "later+1",
		"下午吧三点":                                 "todayT15:00",
		"下班以后":                                  "todayTevening",
		"建国路12号":                                "",
		"便宜一点的":                                 "",
		"三号店":                                   "",
		"one eight one two three four five six": "",
	} {
		got := ""
		for _, s := range u.Understand(lang(text), text, nil, Expect{Expect: dialog.Expect{Kind: "open"}, Dated: true}).Slots {
			if s.Name == SlotDate {
				got = s.Value
			}
		}
		if got != want {
			t.Errorf("%q: date %q, want %q", text, got, want)
		}
	}
}

func TestOnlyAnExplicitYesIsOne(t *testing.T) {
	for text, want := range map[string]string{
		"yes": "yes", "yes no problem": "yes", "yeah no": "", "no yeah": "", "yes i guess": "", "yes that is right": "yes", "no thanks": "no",
		"yes but not today": "", "是的": "yes", "没问题": "yes", "好的不用改": "yes", "好的不对": "", "对好像是": "", "不对": "no", "不合适能退吗": "", "不是不是": "no",
	} {
		if got := answer(text, Expect{Expect: dialog.Expect{Kind: "yesno"}}); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestAnEMailAddressIsFoundWrittenOrSaid(t *testing.T) {
	for text, want := range map[string]string{
		"it's james dot smith at gmail dot com":  "james.smith@gmail.com",
		"my email is Anna@example.org":           "anna@example.org",
		"my e-mail is bob at shop dot co dot uk": "bob@shop.co.uk",
		"meet me at noon":                        "",
		"邮箱是zhang艾特163点com":                      "zhang@163.com",
	} {
		if got, _ := mailIn(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
