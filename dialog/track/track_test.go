package track

import (
	"slices"
	"strings"
	"testing"
)

func schema() Schema {
	return Schema{Name: "名称", Near: "周边", Slots: []string{"名称", "价格", "评分"}, Listed: []string{"推荐菜", "酒店设施"}}
}

// acts reads "Inform+酒店+价格+100元 Request+酒店+名称+".
func acts(text string) []Act {
	var out []Act
	for one := range strings.FieldsSeq(text) {
		p := strings.Split(one, "+")
		out = append(out, Act{p[0], p[1], p[2], p[3]})
	}
	return out
}

func TestTheStateFollowsTheCaller(t *testing.T) {
	type turn struct{ user, agent, text string }
	for name, c := range map[string]struct {
		turns []turn
		want  State
	}{
		"a later value takes the place of an earlier one": {
			[]turn{{user: "Inform+酒店+价格+100元 Request+酒店+名称+"}, {user: "Inform+酒店+价格+200元"}},
			State{"酒店": {"价格": "200元"}},
		},
		"a new search of a domain forgets the old one": {
			[]turn{{user: "Inform+酒店+价格+100元"}, {user: "Inform+酒店+评分+5分 Request+酒店+名称+"}},
			State{"酒店": {"评分": "5分"}},
		},
		"another domain is left alone": {
			[]turn{{user: "Inform+酒店+价格+100元"}, {user: "Inform+餐馆+评分+5分 Request+餐馆+名称+"}},
			State{"酒店": {"价格": "100元"}, "餐馆": {"评分": "5分"}},
		},
		"near what was offered": {
			[]turn{
				{user: "Inform+景点+评分+5分 Request+景点+名称+", agent: "Recommend+景点+名称+故宫"},
				{user: "Select+酒店+源领域+景点 Inform+酒店+价格+100元"},
			},
			State{"景点": {"评分": "5分"}, "酒店": {"周边景点": "故宫", "价格": "100元"}},
		},
		"near what is named in the same turn": {
			[]turn{{user: "Select+景点+源领域+景点 Inform+景点+名称+天坛 Inform+景点+评分+5分"}},
			State{"景点": {"周边景点": "天坛", "评分": "5分"}},
		},
		"a question about an offer is no constraint": {
			[]turn{
				{user: "Inform+酒店+价格+100元 Request+酒店+名称+", agent: "Recommend+酒店+名称+如家"},
				{user: "Inform+酒店+名称+如家 Request+酒店+电话+"},
			},
			State{"酒店": {"价格": "100元"}},
		},
		"a name that nothing else goes with is searched by": {
			[]turn{{user: "Inform+酒店+名称+如家 Request+酒店+电话+"}},
			State{"酒店": {"名称": "如家"}},
		},
		"what is listed comes in the order of the text": {
			[]turn{{user: "Inform+餐馆+推荐菜+冰淇淋 Inform+餐馆+推荐菜+炸糕", text: "先吃炸糕，再吃冰淇淋"}},
			State{"餐馆": {"推荐菜": "炸糕 冰淇淋"}},
		},
		"an option is added, and taken back": {
			[]turn{{user: "Inform+酒店+酒店设施-wifi+是 Inform+酒店+酒店设施-早餐+是"}, {user: "Inform+酒店+酒店设施-wifi+否"}},
			State{"酒店": {"酒店设施": "早餐"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			tracker := NewTracker(schema())
			for _, turn := range c.turns {
				tracker.User(acts(turn.user), turn.text)
				tracker.Agent(acts(turn.agent))
			}
			if !tracker.state.Equal(c.want) {
				t.Errorf("state %v, want %v", tracker.state, c.want)
			}
		})
	}
}

func TestWhatTheAgentSearchedByIsTheNextState(t *testing.T) {
	tracker := NewTracker(schema())
	tracker.User(acts("Inform+酒店+价格+100元 Inform+酒店+评分+5分"), "")
	given := State{"酒店": {"价格": "100元"}}
	tracker.Searched(given)
	tracker.User(acts("Inform+酒店+评分+4分"), "")
	if want := (State{"酒店": {"价格": "100元", "评分": "4分"}}); !tracker.state.Equal(want) {
		t.Errorf("state %v, want %v", tracker.state, want)
	}
	if len(given["酒店"]) != 1 {
		t.Error("the caller's state was changed")
	}
}

func TestAmountsAreWrittenAsStatesHaveThem(t *testing.T) {
	for text, want := range map[string]string{
		"200到300元的": "200-300元", "100-150元": "100-150元", "1000元以上": "1000元以上", "68块": "68元",
		"玩2、3个小时": "2小时 - 3小时", "2小时-3小时": "2小时 - 3小时", "3天 - 6天": "3天 - 6天", "两天": "2天",
		"评分4.5以上": "4.5分以上", "4.7分": "4.7分",
		"010-69191020": "010-69191020", "60150188,60150288": "60150188 60150288",
	} {
		found := NewLexicon().find(text)
		if !slices.ContainsFunc(found, func(m mention) bool { return m.value == want }) {
			t.Errorf("%s: %v, want %s", text, found, want)
		}
	}
}

func TestTheLongestValueIsFound(t *testing.T) {
	l := NewLexicon()
	for _, v := range []string{"北京", "北京饭店", "wifi", "部分房间提供wifi"} {
		l.Add("酒店", "名称", v)
	}
	var got []string
	for _, m := range l.find("北京饭店有部分房间提供WIFI吗") {
		got = append(got, m.value)
	}
	if want := []string{"北京饭店", "部分房间提供wifi"}; !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
}

func TestAnOptionIsReadAsASlotOfItsOwn(t *testing.T) {
	var examples [][]Turn
	for _, option := range []string{"早餐服务", "会议室", "健身房"} {
		examples = append(examples,
			[]Turn{{User: true, Text: "这家酒店有" + option + "吗", Acts: acts("Request+酒店+酒店设施-" + option + "+")}},
			[]Turn{{User: true, Text: "找一家提供" + option + "的酒店", Acts: acts("Inform+酒店+酒店设施-" + option + "+是")}})
	}
	l := NewLexicon()
	for _, option := range []string{"早餐服务", "会议室", "健身房", "无烟房"} {
		l.Add("酒店", "酒店设施", option)
	}
	tagger := Train(examples, l, nil)
	for text, want := range map[string]string{
		"这家酒店有无烟房吗":   "Request+酒店+酒店设施-无烟房+",
		"找一家提供无烟房的酒店": "Inform+酒店+酒店设施-无烟房+是",
	} {
		if got := tagger.Begin().Read(true, text); !slices.Equal(got, acts(want)) {
			t.Errorf("%s: %v, want %s", text, got, want)
		}
	}
}

func FuzzFind(f *testing.F) {
	f.Add("200到300元，4.5分以上，2、3个小时")
	f.Add("İSTANBUL wifi\xff")
	l := NewLexicon()
	l.Add("酒店", "酒店设施", "wifi")
	f.Fuzz(func(t *testing.T, text string) {
		end := 0
		for _, m := range l.find(text) {
			if m.from < end || m.to <= m.from || m.to > len(text) {
				t.Fatalf("mention %v in %q after %d", m, text, end)
			}
			end = m.to
		}
	})
}
