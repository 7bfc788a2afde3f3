package turn_test

import (
	"os"
	"strings"
	"testing"

	"huike/dialog/turn"
)

func model(t *testing.T) turn.Ending {
	t.Helper()
	text, err := os.ReadFile("ending.tsv")
	if err != nil {
		t.Fatal(err)
	}
	m, err := turn.ParseEnding(string(text))
	if err != nil {
		t.Fatal(err)
	}
	if m.String() != string(text) {
		t.Error("the model does not come back as it was written")
	}
	return m
}

func TestTheModelTellsEndingsFromBeginnings(t *testing.T) {
	t.Parallel()
	m := model(t)
	for _, pair := range [][2]string{
		{"i would like to know", "i would like to know where my order is"},
		{"can you tell me", "can you tell me your opening hours"},
		{"i want to return", "i want to return a jacket"},
		{"i need the points of", "i need the points of my account"},
		{"stop i want to", "stop i want to talk to a person"},
	} {
		if part, whole := m.Whole(pair[0]), m.Whole(pair[1]); part >= 0.3 || whole <= part+0.2 {
			t.Errorf("%q %.2f, %q %.2f", pair[0], part, pair[1], whole)
		}
	}
}

func TestAModelIsFittedToSentences(t *testing.T) {
	t.Parallel()
	var sentences []string
	for _, what := range []string{"order", "parcel", "bill", "card"} {
		for _, verb := range []string{"find", "check", "send", "cancel", "pay", "change"} {
			sentences = append(sentences, "Please "+verb+" my "+what+".", "I want to "+verb+" the "+what)
		}
	}
	m := turn.Fit(turn.Samples(sentences, 1), 1)
	if a := m.Accuracy(turn.Samples(sentences, 2)); a < 0.95 {
		t.Errorf("right on %.2f of sentences as simple as these", a)
	}
	if m.Whole("please check my parcel") < 0.5 || m.Whole("please check my") > 0.5 {
		t.Error("a beginning looks as whole as the whole")
	}
}

func FuzzParseEnding(f *testing.F) {
	f.Add("bias\t0.5\nl order\t1.25\n")
	f.Add("x")
	f.Fuzz(func(t *testing.T, text string) {
		m, err := turn.ParseEnding(text)
		if err != nil {
			return
		}
		if p := m.Whole(strings.ToLower(text)); p < 0 || p > 1 {
			t.Fatalf("probability %v", p)
		}
	})
}
