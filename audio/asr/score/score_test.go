package score

import (
	"slices"
	"strings"
	"testing"
)

func TestTheSameSaidInTwoWritings(t *testing.T) {
	for _, c := range []struct{ one, other string }{
		{"I'm sorry, I did NOT understand.", "i am sorry i did not understand"},
		{"Your call can't be completed", "your call cannot be completed"},
		{"470-360-3600", "four seven zero, three six oh, three six zero zero"},
		{"twenty three", "23"},
		{"one hundred and five", "105"},
		{"nineteen thousand two hundred", "19,200"},
		{"$ 12", "twelve dollars"},
		{"$12.50", "12 point 50 dollars"},
		{"the 2nd", "the 2"},
		{"一百二十三块", "123块"},
		{"二零二六年", "2026年"},
		{"十五", "15"},
		{"两万三千", "23000"},
		{"一千零五", "1005"},
		{"一三八零零一三八零零零", "13800138000"},
		{"幺三八", "138"},
		{"ＡＢＣ，你好！", "abc 你好"},
		{"okay", "OK"},
		{"press 1 or 2", "press one or two"},
	} {
		if one, other := Tokens(c.one), Tokens(c.other); !slices.Equal(one, other) {
			t.Errorf("%q is %q, %q is %q", c.one, one, c.other, other)
		}
	}
}

func TestWhatIsAnotherWordCounts(t *testing.T) {
	for _, c := range []struct {
		want, got         string
		words, characters int
	}{
		{"one two three", "one too three", 1, 3},
		{"where is my order", "where is the order", 1, 3},
		{"", "thank you", 2, 8},
		{"今天天气", "今天天器", 1, 1},
		{"yes", "", 1, 3},
		{"two hundred", "two hundreds", 2, 8},
	} {
		var n Counts
		n.Add(c.want, c.got)
		if n.WordErrors != c.words || n.CharacterErrors != c.characters {
			t.Errorf("%q heard as %q: %+v, want %d and %d errors", c.want, c.got, n, c.words, c.characters)
		}
	}
}

func TestRatesOfNothing(t *testing.T) {
	var c Counts
	if c.Add("", ""); c.WER() != 0 || c.CER() != 0 {
		t.Errorf("of nothing said and nothing heard: %v, %v", c.WER(), c.CER())
	}
	if c.Add("", "hello"); c.WER() != 1 {
		t.Errorf("a word that was invented: %v", c.WER())
	}
}

func FuzzTokens(f *testing.F) {
	for _, text := range []string{"It's $5.00!", "一百零", "十十", "oh oh one", "1,", "'", "\x01\x02", "hundred and", "两百五"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		tokens := Tokens(text)
		if slices.Contains(tokens, "") {
			t.Fatalf("an empty word in %q", tokens)
		}
		if again := Tokens(strings.Join(tokens, " ")); len(text) < 20 && Distance(tokens, again) > len(tokens) {
			t.Fatalf("%q becomes %q", tokens, again)
		}
	})
}
