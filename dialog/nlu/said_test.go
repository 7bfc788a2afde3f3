package nlu

import (
	"testing"

	"huike/dialog"
)

func TestDaysByHowFarOffTheyAre(t *testing.T) {
	dated := Expect{Expect: dialog.Expect{Kind: "open"}, Dated: true}
	values(t, SlotDate, dated, map[string]string{
		"friday next week":                    "fri+1w",
		"wednesday of next week at 10 am":     "wed+1wT10:00",
		"next week on friday":                 "fri+1w",
		"next weekend":                        "sat+1w",
		"this weekend":                        "sat",
		"in a week":                           "today+7",
		"in two weeks":                        "today+14",
		"a week from today":                   "today+7",
		"two days from now":                   "today+2",
		"a week from tomorrow":                "today+8",
		"in a couple of days":                 "today+2",
		"three days later":                    "later+3",
		"in three hundred thousand days":      "",
		"june the fifth":                      "06-05",
		"dec 5":                               "12-05",
		"i bought it last monday":             "",
		"i bought it on monday last week":     "",
		"三天后":                                 "today+3",
		"两天以后下午":                              "today+2Tafternoon",
		"一周后":                                 "today+7",
		"一个星期之后":                              "today+7",
		"三天前":                                 "",
		"上周三":                                 "",
		"上个星期五买的":                             "",
		"早上周三都行":                              "wedTmorning",
		"明儿下午三点":                              "today+1T15:00",
		"tomorrow morning at nine":            "today+1T09:00",
		"tomorrow morning at seven o'clock":   "today+1T07:00",
		"tomorrow afternoon at three":         "today+1T15:00",
		"friday evening around six":           "friT18:00",
		"tomorrow afternoon at half past two": "today+1T14:30",
		"tomorrow afternoon":                  "today+1Tafternoon",
		"twenty past three":                   "todayT15:20",
		"at ten to five":                      "todayT16:50",
		"ten to five people":                  "",
		"3 p.m. tomorrow":                     "today+1T15:00",
		"at 10 a m on friday":                 "friT10:00",
		"中午一点":                                "todayT13:00",
		"明天中午十二点半":                            "today+1T12:30",
		"差一刻四点":                               "todayT15:45",
		"下午差五分三点":                             "todayT14:55",
		"下午差不多三点":                             "todayT15:00",
	})
}

func TestMoneyHoweverItIsSaid(t *testing.T) {
	values(t, SlotMoney, Expect{}, map[string]string{
		"a hundred dollars":          "100",
		"a hundred and five dollars": "105",
		"10块5":                       "10.50",
		"10块5毛":                      "10.50",
		"10块5个":                      "10",
		"十块五个":                       "10",
		"五毛钱":                        "0.50",
		"八毛五":                        "0.85",
		"三块零五分":                      "3.05",
		"三块零五":                       "3.05",
		"一千零八十八块八毛八":                 "1088.88",
		"三毛衣":                        "",
		"两块手表":                       "",
		"一千二块钱":                      "1200",
	})
}

func TestDigitsThatAreCounted(t *testing.T) {
	phone := Expect{Expect: dialog.Expect{Kind: "digits", Digits: 11}, Slot: SlotPhone}
	values(t, SlotPhone, phone, map[string]string{
		"一三八三个零零幺二三四":                                       "13800001234",
		"一三八四个零幺二三四":                                        "13800001234",
		"幺三八两个零两个零一二三四":                                     "13800001234",
		"one three eight quadruple zero one two three four": "13800001234",
	})
	values(t, SlotOrder, Expect{}, map[string]string{"10023两个一起": "10023", "treble one two three": "11123"})
	values(t, SlotNumber, Expect{}, map[string]string{"我要三个一起的": "", "一亿两千万": "120000000", "十万零三百": "100300"})
}

// values understands each text and compares what one slot is given.
func values(t *testing.T, slot string, expect Expect, want map[string]string) {
	t.Helper()
	u := shop(t)
	for text, want := range want {
		if got := value(u.Understand(lang(text), text, nil, expect), slot); got != want {
			t.Errorf("%q: %s %q, want %q", text, slot, got, want)
		}
	}
}
