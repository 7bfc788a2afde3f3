package wording_test

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"huike/dialog"
	"huike/dialog/wording"
)

const shop = `
greet.known:
  args: [name, item]
  zh: ["{name}，您好！您上次买了{item}。请问有什么可以帮您？"]
  en: ["Hello {name}. Last time you bought {item}. How can I help you today?"]
points.balance:
  en:
    - "You have {points} points."
    - "Your balance is {points:number} points."
    - "There are {points} points on your account."
  zh: "您目前有{points}积分。"
order.shipped:
  en: ["Your order {order_number} is with the courier, and should be with you {eta}."]
  zh: ["您的订单{order_number}已经发出，预计{eta}送到。"]
read.back:
  en: ["I will call you back on {phone}. Is that right?"]
  zh: ["我们会拨打{phone}给您回电，对吗？"]
price:
  en: ["It costs {price:money}."]
  zh: ["售价{price:money}。"]
bye:
  en: ["Thank you for calling. Goodbye."]
  zh: ["感谢来电，再见。"]
`

func open(t *testing.T, text string) *wording.Wording {
	t.Helper()
	w, err := wording.Open(fstest.MapFS{"w.yaml": {Data: []byte(text)}}, "w.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestSay(t *testing.T) {
	w := open(t, shop)
	today := time.Date(2026, 5, 1, 23, 0, 0, 0, time.FixedZone("CST", 8*3600))
	type clauses = []wording.Clause
	for _, c := range []struct {
		name string
		lang dialog.Lang
		act  dialog.Act
		turn uint32
		want clauses
	}{
		{
			"a name and a purchase", "en",
			dialog.Act{Name: "greet.known", Args: map[string]string{"name": "Ms. Zhang", "item": "2 pairs of shoes"}},
			0,
			clauses{
				{Written: "Hello Ms. Zhang.", Spoken: "Hello Miz Zhang."},
				{Written: "Last time you bought 2 pairs of shoes.", Spoken: "Last time you bought two pairs of shoes."},
				{Written: "How can I help you today?", Spoken: "How can I help you today?"},
			},
		},
		{
			"a purchase that nobody may speak of is left out", "en",
			dialog.Act{Name: "greet.known", Args: map[string]string{"name": "Ms. Zhang"}},
			0,
			clauses{
				{Written: "Hello Ms. Zhang.", Spoken: "Hello Miz Zhang."},
				{Written: "How can I help you today?", Spoken: "How can I help you today?"},
			},
		},
		{
			"a caller who is not known is greeted by the question", "zh",
			dialog.Act{Name: "greet.known"},
			0,
			clauses{{Written: "请问有什么可以帮您？", Spoken: "请问有什么可以帮您？"}},
		},
		{
			"the turn chooses the variant", "en",
			dialog.Act{Name: "points.balance", Args: map[string]string{"points": "1280"}},
			1,
			clauses{{
				Written: "Your balance is 1,280 points.",
				Spoken:  "Your balance is one thousand two hundred and eighty points.",
			}},
		},
		{
			"and the next turn the next", "en",
			dialog.Act{Name: "points.balance", Args: map[string]string{"points": "12"}},
			5,
			clauses{{Written: "There are 12 points on your account.", Spoken: "There are twelve points on your account."}},
		},
		{
			"an order number digit by digit, a day in words", "en",
			dialog.Act{Name: "order.shipped", Args: map[string]string{"order_number": "10023", "eta": "2026-05-02"}},
			0,
			clauses{
				{
					Written: "Your order 10023 is with the courier,",
					Spoken:  "Your order one zero zero two three is with the courier,",
				},
				{Written: "and should be with you tomorrow.", Spoken: "and should be with you tomorrow."},
			},
		},
		{
			"the same in Chinese", "zh",
			dialog.Act{Name: "order.shipped", Args: map[string]string{"order_number": "10023", "eta": "2026-05-06"}},
			0,
			clauses{{
				Written: "您的订单10023已经发出，预计5月6日星期三送到。",
				Spoken:  "您的订单幺零零二三已经发出，预计五月六日星期三送到。",
			}},
		},
		{
			"a phone number in groups", "zh",
			dialog.Act{Name: "read.back", Args: map[string]string{"phone": "13800001234"}},
			0,
			clauses{{
				Written: "我们会拨打13800001234给您回电，对吗？",
				Spoken:  "我们会拨打幺三八，零零零零，幺二三四给您回电，对吗？",
			}},
		},
		{
			"a price without a currency is in yuan", "zh",
			dialog.Act{Name: "price", Args: map[string]string{"price": "199.50"}},
			0,
			clauses{{Written: "售价¥199.50。", Spoken: "售价一百九十九元五角。"}},
		},
		{
			"the act's own words", "en",
			dialog.Act{Name: "greet.known", Text: "We close at 21:00. Goodbye."},
			0,
			clauses{
				{Written: "We close at 21:00.", Spoken: "We close at nine P M."},
				{Written: "Goodbye.", Spoken: "Goodbye."},
			},
		},
		{"an act without words", "en", dialog.Act{Name: "nothing"}, 0, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := w.Say(c.lang, c.act, wording.Moment{Turn: c.turn, Today: today})
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestErrorsNameTheFileAndTheLine(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"a placeholder that is no argument", "a:\n  args: [x]\n  en: [\"see {y}\"]", "w.yaml:3: {y} is no argument of the act; it has x"},
		{"an act without arguments", "a:\n  args: []\n  en: [\"see {y}\"]", "w.yaml:3: {y} is no argument of the act; it has none"},
		{"a reading that is not known", "a:\n  en:\n    - ok\n    - \"{x:loud}\"", `w.yaml:4: {x:loud}: unknown reading "loud"`},
		{"a brace that does not close", "a:\n  en: [\"see {x\"]", "w.yaml:2: a brace without its fellow"},
		{"a brace that does not open", "a:\n  en: [\"see x}\"]", "w.yaml:2: a brace without its fellow"},
		{"an empty placeholder", "a:\n  en: [\"see {}\"]", "w.yaml:2: {} is no placeholder"},
		{"a language that is not known", "a:\n  fr: [\"oui\"]", `w.yaml:2: "fr" is no language of huike`},
		{"an act that stands twice", "a:\n  en: [x]\na:\n  en: [y]", "w.yaml:3"},
		{"an act that is a text", "a: hello", "w.yaml:1: want a map"},
		{"a list of lists", "a:\n  en: [[x]]", "w.yaml:2: want a text"},
		{"no words", "a:\n  en: [\"\"]", "w.yaml:2: no words"},
		{"no map", "- a", "w.yaml:1: want a map"},
		{"no YAML", "a: [", "w.yaml: yaml: line 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := wording.Open(fstest.MapFS{"w.yaml": {Data: []byte(c.text)}}, "w.yaml")
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
	if _, err := wording.Open(fstest.MapFS{}, "none.yaml"); err == nil || !strings.Contains(err.Error(), "none.yaml") {
		t.Errorf("error %v, want the file's name", err)
	}
}

func TestCheckComparesWithTheFlow(t *testing.T) {
	w := open(t, shop)
	acts := map[string][]string{"bye": nil, "points.balance": {"points"}}
	if err := w.Check(acts, dialog.English, dialog.Chinese); err != nil {
		t.Error(err)
	}
	acts["points.balance"] = []string{"sum"}
	acts["hours"] = nil
	err := w.Check(acts, dialog.English)
	for _, want := range []string{`act "hours" has no words in "en"`, "w.yaml:8: {points} is no argument of the act; it has sum"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func TestALaterFileReplacesAnEarlierOneByLanguage(t *testing.T) {
	w, err := wording.Open(fstest.MapFS{
		"a.yaml": {Data: []byte("bye:\n  en: [Goodbye.]\n  zh: [再见。]")},
		"b.yaml": {Data: []byte("bye:\n  en: [So long.]")},
	}, "a.yaml", "b.yaml")
	if err != nil {
		t.Fatal(err)
	}
	got := []string{
		w.Say("en", dialog.Act{Name: "bye"}, wording.Moment{})[0].Written,
		w.Say("zh", dialog.Act{Name: "bye"}, wording.Moment{})[0].Written,
	}
	if diff := cmp.Diff([]string{"So long.", "再见。"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestPromptsAreTheClausesThatNeverChange(t *testing.T) {
	var got []string
	for _, c := range open(t, shop).Prompts(dialog.English) {
		got = append(got, c.Written)
	}
	want := []string{"Thank you for calling.", "Goodbye.", "How can I help you today?", "Is that right?"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// split returns the clauses of words that an act brings.
func split(lang dialog.Lang, text string) (written []string) {
	for _, c := range (&wording.Wording{}).Say(lang, dialog.Act{Text: text}, wording.Moment{}) {
		written = append(written, c.Written)
	}
	return written
}

func TestWordsAreCutAtTheirJoints(t *testing.T) {
	for _, c := range []struct {
		name string
		lang dialog.Lang
		text string
		want string // clauses with | between them
	}{
		{"sentences", "en", "Sure. Anything else? Goodbye!", "Sure.|Anything else?|Goodbye!"},
		{"a short sentence stays whole", "en", "Hello, Ms. Zhang, how are you?", "Hello, Ms. Zhang, how are you?"},
		{"titles and initials", "en", "Ask Dr. J. Smith. He knows.", "Ask Dr. J. Smith.|He knows."},
		{"decimals and prices", "en", "It costs $1,299.50. It weighs 2.5 kg.", "It costs $1,299.50.|It weighs 2.5 kg."},
		{"half of the day", "en", "Come at 5 p.m. on Friday. We close at 9 p.m. See you.", "Come at 5 p.m. on Friday.|We close at 9 p.m.|See you."},
		{"addresses", "en", "Write to help@huike.example. Or see www.huike.com now.", "Write to help@huike.example.|Or see www.huike.com now."},
		{"a number's dot", "en", "Take bus No. 5. It is near.", "Take bus No. 5.|It is near."},
		{"and so on", "en", "We have shoes, e.g. runners, etc. They are new.", "We have shoes, e.g. runners, etc.|They are new."},
		{
			"a long first sentence is cut at a comma", "en",
			"I can tell you your points, find your order, look for a product near you, or pass you to a person.",
			"I can tell you your points, find your order,|look for a product near you, or pass you to a person.",
		},
		{
			"or before a word that joins", "en",
			"The shop at the corner of the market opens every morning at nine and closes at nine in the evening.",
			"The shop at the corner of the market opens every morning|at nine and closes at nine in the evening.",
		},
		{
			"a comma inside a number is none", "en",
			"Your account now holds exactly 1,280 points which you can use for any shoe or bag that we sell.",
			"Your account now holds exactly 1,280 points which you can use|for any shoe or bag that we sell.",
		},
		{"a long word by itself", "en", "Yes", "Yes"},
		{"punctuation alone", "en", "... !", ""},
		{"quotes stay with their sentence", "en", `She said "Stop!" Then she left.`, `She said "Stop!"|Then she left.`},
		{"Chinese sentences", "zh", "好的。还有别的吗？再见！", "好的。|还有别的吗？|再见！"},
		{"a short Chinese sentence stays whole", "zh", "张女士，您好！", "张女士，您好！"},
		{
			"a long Chinese sentence is cut at a comma", "zh",
			"您的订单已经发出，承运的是顺丰速运，预计星期五下午送到您的家里。",
			"您的订单已经发出，承运的是顺丰速运，|预计星期五下午送到您的家里。",
		},
		{"a Chinese price", "zh", "一共1,299.50元。谢谢。", "一共1,299.50元。|谢谢。"},
		{"lines", "zh", "第一行\n第二行", "第一行|第二行"},
		{"a semicolon", "zh", "红的有货；蓝的没有。", "红的有货；|蓝的没有。"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := strings.Join(split(c.lang, c.text), "|"); got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestDate(t *testing.T) {
	today := time.Date(2026, 12, 30, 23, 59, 0, 0, time.FixedZone("CST", 8*3600))
	for _, c := range []struct {
		away   int
		en, zh string
	}{
		{-400, "November 25, 2025", "2025年11月25日"},
		{-3, "December 27", "12月27日"},
		{-2, "December 28", "前天"},
		{-1, "yesterday", "昨天"},
		{0, "today", "今天"},
		{1, "tomorrow", "明天"},
		{2, "Friday, January 1", "后天"},
		{6, "Tuesday, January 5", "1月5日星期二"},
		{7, "January 6, 2027", "2027年1月6日"},
	} {
		day := time.Date(2026, 12, 30+c.away, 0, 0, 0, 0, time.UTC)
		if got := wording.Date(dialog.English, day, today); got != c.en {
			t.Errorf("%d days away: %q, want %q", c.away, got, c.en)
		}
		if got := wording.Date(dialog.Chinese, day, today); got != c.zh {
			t.Errorf("%d days away: %q, want %q", c.away, got, c.zh)
		}
	}
	if got := wording.Date(dialog.English, today, time.Time{}); got != "December 30, 2026" {
		t.Errorf("without a today: %q", got)
	}
}

func FuzzNormalise(f *testing.F) {
	f.Add("It costs $1,299.50 on 2026-05-03, call 13800001234 at 9:30 - 18:00.")
	f.Add("共¥1,299.05，订单号：T-10023，2026年5月3日 14:30，尾号****1234")
	f.Fuzz(func(t *testing.T, text string) {
		for _, lang := range []dialog.Lang{dialog.English, dialog.Chinese} {
			if got := wording.Normalise(lang, text); strings.ContainsAny(got, "0123456789") {
				t.Errorf("%q in %s: digits are left: %q", text, lang, got)
			}
			var whole strings.Builder
			for _, piece := range split(lang, text) {
				if strings.TrimSpace(piece) == "" {
					t.Errorf("%q in %s: a clause is blank", text, lang)
				}
				whole.WriteString(piece)
			}
			if utf8.ValidString(text) && len(whole.String()) > len(text) {
				t.Errorf("%q in %s grows when split: %q", text, lang, whole.String())
			}
		}
	})
}

func BenchmarkSay(b *testing.B) {
	w, err := wording.Open(fstest.MapFS{"w.yaml": {Data: []byte(shop)}}, "w.yaml")
	if err != nil {
		b.Fatal(err)
	}
	act := dialog.Act{Name: "order.shipped", Args: map[string]string{"order_number": "10023", "eta": "2026-05-06"}}
	b.ReportAllocs()
	for b.Loop() {
		w.Say(dialog.English, act, wording.Moment{})
	}
}
