package pattern

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestTheWordsThatAnExpressionCannotDoWithout(t *testing.T) {
	for _, tt := range []struct{ name, expr, want string }{
		{"a word", `\bpoints\b`, "points"},
		{"one of several", `\b(?:where|when) is\b`, "when is|where is"},
		{"the longest of what follows one another", `to .* person`, " person"},
		{"what is there at least once", `(?:ab)+c?`, "ab"},
		{"a choice with an end that may be missing", `not(?:hing)?`, "not|nothing"},
		{"one of few letters", `[你您]好`, "你好|您好"},
		{"any case", `(?i)iPhone`, "iphone"},
		{"the Kelvin sign is a k", `(?i)km`, "km"},
		{"nothing in particular", `^\w+$`, ""},
		{"a digit", `^\d+$`, "0|1|2|3|4|5|6|7|8|9"},
		{"what may be missing altogether", `(?:please)?`, ""},
		{"a choice of which one needs nothing", `yes|\w+`, ""},
		{"a choice with nothing before one that is not exact", `(?:|a)|b.*`, ""},
		{"what stands twice", `(?:嗯){2}`, "嗯嗯"},
		{"all but a letter", `[^a]`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, need, err := compile(tt.expr)
			if err != nil {
				t.Fatal(err)
			}
			slices.Sort(need)
			if got := strings.Join(need, "|"); got != tt.want {
				t.Errorf("%s needs %q, want %q", tt.expr, got, tt.want)
			}
		})
	}
}

func TestAnExpressionThatIsNoneIsAnError(t *testing.T) {
	if _, err := Compile(`(`); err == nil {
		t.Error("an open bracket is an expression")
	}
	var s Set
	if _, err := s.Compile(`(`); err == nil {
		t.Error("an open bracket is an expression of a set")
	}
}

// pieces are what random expressions and texts are made of.
var (
	parts = []string{`a`, `b`, `(?i)K`, `ſ`, `退`, `订单`, `[ab]`, `[^b]`, `.`, `\b`, `^`, `$`, `(?:ab|退)`, `(?:|b)`, `\w`, `[退换]`, `(?i:AB)`, `\pL`, "\ufffd"}
	after = []string{"", "", "", "*", "+", "?", "{2}", "{1,3}", "*?"}
	bits  = []string{"a", "b", "A", "B", "k", "K", "\u212a", "s", "ſ", "S", "退", "换", "订", "单", " ", "\xff", "\ufffd", "é"}
)

func TestNothingIsFoundOrMissedForTheWords(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for range 1000 {
		var s Set
		var list []*Pattern
		for range 8 {
			var b strings.Builder
			for range 1 + rng.IntN(5) {
				if rng.IntN(5) == 0 {
					b.WriteByte('|')
				}
				b.WriteString(parts[rng.IntN(len(parts))] + after[rng.IntN(len(after))])
			}
			p, err := s.Compile(b.String())
			if err != nil {
				continue // "^*" and the like
			}
			list = append(list, p)
		}
		for range 8 {
			var b strings.Builder
			for range rng.IntN(7) {
				b.WriteString(bits[rng.IntN(len(bits))])
			}
			same(t, &s, list, b.String())
		}
	}
}

// same holds all that a pattern does against what package regexp does.
func same(t *testing.T, s *Set, list []*Pattern, text string) {
	t.Helper()
	scan := s.Scan(text)
	for _, p := range list {
		want := p.Regexp.MatchString(text)
		if got := scan.Match(p); got != want {
			t.Fatalf("%q in a set finds %q: %v, want %v", p, text, got, want)
		}
		if p.MatchString(text) != want || p.FindString(text) != p.Regexp.FindString(text) ||
			!slices.Equal(p.FindStringIndex(text), p.Regexp.FindStringIndex(text)) ||
			!slices.Equal(p.FindStringSubmatch(text), p.Regexp.FindStringSubmatch(text)) ||
			!slices.Equal(p.FindStringSubmatchIndex(text), p.Regexp.FindStringSubmatchIndex(text)) ||
			len(p.FindAllStringIndex(text, -1)) != len(p.Regexp.FindAllStringIndex(text, -1)) ||
			len(p.FindAllStringSubmatchIndex(text, 2)) != len(p.Regexp.FindAllStringSubmatchIndex(text, 2)) ||
			p.ReplaceAllString(text, "x") != p.Regexp.ReplaceAllString(text, "x") ||
			p.ReplaceAllStringFunc(text, strings.ToUpper) != p.Regexp.ReplaceAllStringFunc(text, strings.ToUpper) {
			t.Fatalf("%q alone finds other things in %q than package regexp", p, text)
		}
	}
}

func FuzzPattern(f *testing.F) {
	f.Add(`(?i)\b(?:k|ſ)m*\b|退.{0,3}货`, "12 \u212aM, 退了货")
	f.Fuzz(func(t *testing.T, expr, text string) {
		var s Set
		if p, err := s.Compile(expr); err == nil {
			same(t, &s, []*Pattern{p}, text)
		}
	})
}

// expressions are as long as a shop's are.
var expressions = []string{
	`\b(?:where|when|what) (?:is|are) (?:my|the) (?:order|parcel|package)\b`, `(?:查|看)(?:一下|下)?.{0,4}(?:订单|快递|包裹)`,
	`\b(?:cancel|return|exchange)\b.*\b(?:order|it|them)\b`, `(?:退|换)(?:一下|掉)?.{0,4}(?:货|款)`,
	`\b(?:do|did|does|have) (?:you|they)\b.*\bin stock\b`, `有没有.{0,6}(?:货|卖)`,
}

const utterance = "hi um could you please tell me whether the shop in the high street is open on sunday afternoon"

func BenchmarkSet(b *testing.B) {
	var s Set
	var list []*Pattern
	for range 30 {
		for _, expr := range expressions {
			p, err := s.Compile(expr)
			if err != nil {
				b.Fatal(err)
			}
			list = append(list, p)
		}
	}
	b.Run("with words", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			scan := s.Scan(utterance)
			for _, p := range list {
				scan.Match(p)
			}
		}
	})
	b.Run("without", func(b *testing.B) {
		for b.Loop() {
			for _, p := range list {
				p.Regexp.MatchString(utterance)
			}
		}
	})
}
