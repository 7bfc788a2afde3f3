package classify

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// toy is what two languages say of three wishes: every mix of a beginning and
// an end, so that a held-out sentence is new and yet to be told.
func toy() []Example {
	wishes := map[string][2][]string{
		"order":  {{"where is", "track", "what happened to", "any news of"}, {"my order", "my parcel", "the package I bought", "my delivery"}},
		"points": {{"how many", "tell me", "show", "I want to know"}, {"points do I have", "my points balance", "my bonus points", "reward points"}},
		"hours":  {{"几点", "星期天几点", "今天几点", "你们几点"}, {"开门", "关门", "开始营业", "下班"}},
	}
	var out []Example
	for label, parts := range wishes {
		for _, a := range parts[0] {
			for _, b := range parts[1] {
				out = append(out, Example{a + " " + b, label})
			}
		}
	}
	for _, chat := range []string{
		"tell me a joke", "what is the capital of France", "who won the match", "play some jazz", "how tall is the tower",
		"讲个笑话", "今天天气怎么样", "法国首都是哪里", "谁赢了比赛", "放一首歌", "translate hello to Spanish", "what is nine times nine",
	} {
		out = append(out, Example{chat, "none"})
	}
	return out
}

func TestLearnsFromExamplesInBothLanguages(t *testing.T) {
	m, err := Train(toy(), Config{Out: "none", Refuse: 0.9, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"Where's my parcel?":               "order",
		"what happened to the delivery":    "order",
		"wher is my pacel":                 "order", // pieces of words outlive a slip
		"please tell me my reward points":  "points",
		"你们星期天几点关门":                        "hours",
		"what is the capital of Germany":   "",
		"讲个故事":                             "",
		"":                                 "",
		"quux zyzzy flurb":                 "",
		strings.Repeat("my order ", 10000): "order",
	} {
		got := m.Classify(text)
		if got.Score < 0 || got.Score > 1 {
			t.Errorf("%.40q: score %v", text, got.Score)
		}
		if got.Known != (want != "") || got.Known && got.Label != want {
			t.Errorf("%.40q: %+v, want %q", text, got, want)
		}
	}
}

func TestWhatIsOutOfScopeNeedsNoExamples(t *testing.T) {
	var in []Example
	for _, e := range toy() {
		if e.Label != "none" {
			in = append(in, e)
		}
	}
	m, err := Train(in, Config{Refuse: 0.9, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if a := m.Classify("could anyone recommend me a film about dragons"); a.Known {
		t.Errorf("out of scope: %+v", a)
	}
	if a := m.Classify("where is the package I bought"); !a.Known || a.Label != "order" || a.Next == "" {
		t.Errorf("in scope: %+v", a)
	}
}

func TestTheScoreIsHigherForWhatIsSurer(t *testing.T) {
	m, err := Train(toy(), Config{Out: "none", Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	if sure, unsure := m.Classify("where is my parcel"), m.Classify("is my what"); sure.Score <= unsure.Score {
		t.Errorf("%v is not above %v", sure.Score, unsure.Score)
	}
	if a := m.Classify("what is the capital of Germany"); !a.Known {
		t.Errorf("refused though nothing is to be refused: %+v", a)
	}
}

func TestTrainingIsRepeatable(t *testing.T) {
	examples := toy()
	a, err := Train(examples, Config{Out: "none", Refuse: 0.5, Seed: 7})
	if err != nil {
		t.Fatal(err)
	}
	b, _ := Train(examples, Config{Out: "none", Refuse: 0.5, Seed: 7})
	for _, e := range examples {
		if a.Classify(e.Text) != b.Classify(e.Text) {
			t.Fatalf("%q: %+v and %+v", e.Text, a.Classify(e.Text), b.Classify(e.Text))
		}
	}
}

func TestFewExamplesAreAnError(t *testing.T) {
	if _, err := Train([]Example{{"a", "x"}, {"b", "x"}}, Config{}); !errors.Is(err, ErrFew) {
		t.Errorf("one label: %v", err)
	}
	if _, err := Train([]Example{{"a", ""}}, Config{}); err == nil {
		t.Error("an example without a label was taken")
	}
	if _, err := Train([]Example{{"a", "x"}, {"b", "y"}}, Config{Refuse: 0.5}); err != nil {
		t.Errorf("two examples: %v", err)
	}
}

func FuzzSplit(f *testing.F) {
	for _, s := range []string{"", "don't", "<product>", "<", "<<a>", "我要<product>吗", "\xff", "''", "a<b c>d", "ＡＢＣ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, w := range split(text) {
			if w == "" || strings.ContainsAny(w, " '\t") {
				t.Errorf("%q: the word %q", text, w)
			}
		}
		take(split(text))
	})
}

func ExampleTrain() {
	m, err := Train([]Example{
		{"where is my order", "order"},
		{"track my parcel", "order"},
		{"has my package left", "order"},
		{"how many points do I have", "points"},
		{"what is my points balance", "points"},
		{"show my bonus", "points"},
	}, Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(m.Classify("Is my package here yet?").Label)
	// Output: order
}
