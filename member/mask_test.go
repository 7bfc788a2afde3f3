package member_test

import (
	"regexp"
	"strings"
	"testing"

	"huike/member"
)

func TestMask(t *testing.T) {
	tests := map[string]struct{ in, want string }{
		"a number written together":                  {"call 13800001234 now", "call 138****1234 now"},
		"a number between Chinese words":             {"我的手机号是13800001234，谢谢", "我的手机号是138****1234，谢谢"},
		"a number in groups":                         {"138-0000-1234", "138-****-1234"},
		"a number in groups of the recogniser":       {"138 0000, 1234.", "138 ****, 1234."},
		"a number digit by digit":                    {"1 3 8 0 0 0 0 1 2 3 4", "1 3 8 * * * * 1 2 3 4"},
		"a number with its country":                  {"+86 13800001234", "+86 138****1234"},
		"a number grown together with its country":   {"8613800001234", "86138****1234"},
		"full-width digits":                          {"１３８００００１２３４", "１３８****１２３４"},
		"Chinese digits":                             {"幺三八零零零零幺二三四", "幺三八****幺二三四"},
		"Chinese digits with a pause":                {"一三八，零零零零，嗯，一二三四", "一三八，****，嗯，一二三四"},
		"a recogniser's characters for one":          {"要三八零零零零腰二三四", "要三八****腰二三四"},
		"a verb before the number is no digit of it": {"我要13800001234", "我要138****1234"},
		"English digits":                             {"it's one three eight zero zero zero zero one two three four", "it's one three eight * * * * one two three four"},
		"English digits, doubled":                    {"one three eight double zero double oh one two three four", "one three eight ** ** one two three four"},
		"English digits, tripled over the edge":      {"One three eight zero triple zero one two three four", "One three eight * *** one two three four"},
		"English and written digits":                 {"138 double 0 00 one two three four", "138 ** ** one two three four"},
		"a recogniser's to and for":                  {"one three eight zero zero zero zero one to three for", "one three eight * * * * one to three for"},
		"English tens and teens":                     {"one thirty eight double oh double oh twelve thirty four", "one thirty eight ** ** twelve thirty four"},
		"English tens with a hyphen":                 {"one thirty-eight oh oh oh oh twelve thirty-four", "one thirty-eight * * * * twelve thirty-four"},
		"hesitation between the digits":              {"1 3 8 uh 0 0 0 0 hmm 1 2 3 4", "1 3 8 uh * * * * hmm 1 2 3 4"},
		"long hesitation":                            {"138 ummm 0000 mm 1234", "138 ummm **** mm 1234"},
		"Chinese hesitation":                         {"138呃0000嗯1234", "138呃****嗯1234"},
		"characters without width":                   {"138\u200b0000\u200d\u20601234", "138\u200b****\u200d\u20601234"},
		"an identity card without width between":     {"310101\u200b198803071234", "310***\u200b********1234"},
		"double before a character without width":    {"138 double \u200b0 00 1234", "138 ** ** 1234"},
		"hours and years stay":                       {"from nine thirty to twelve in nineteen eighty four", "from nine thirty to twelve in nineteen eighty four"},
		"two numbers":                                {"13800001234 or 13900005678", "138****1234 or 139****5678"},
		"an order number before the phone":           {"order 10023, 13800001234", "order 10023, 138****1234"},
		"an order number stays":                      {"order 10023 of 2026-11-21, 599.00 yuan", "order 10023 of 2026-11-21, 599.00 yuan"},
		"two order numbers stay":                     {"15023, 18456, 20000", "15023, 18456, 20000"},
		"a landline of the shop stays":               {"call 021-55500001", "call 021-55500001"},
		"an identity card":                           {"310101198803071234", "310***********1234"},
		"a foreign number":                           {"+44 7700 900123", "+44 7*** **0123"},
		"ordinary words stay":                        {"I want one or two for my three kids", "I want one or two for my three kids"},
		"an empty text":                              {"", ""},
		"broken UTF-8 stays":                         {"\xff\xfe", "\xff\xfe"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := member.Mask(test.in); got != test.want {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
		})
	}
}

func TestMaskPartial(t *testing.T) {
	tests := map[string]struct{ in, want string }{
		"three digits are not yet a phone":     {"my number is 138", "my number is 138"},
		"from the fourth digit on it is":       {"my number is 13800", "my number is 138**"},
		"keys being pressed":                   {"1380000123", "138*******"},
		"spoken digits":                        {"一三八零零", "一三八**"},
		"a number that is over stays":          {"15023 please", "15023 please"},
		"an order number that begins with ten": {"10023", "10023"},
		"a whole number":                       {"13800001234", "138****1234"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := member.MaskPartial(test.in); got != test.want {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
		})
	}
}

func FuzzMask(f *testing.F) {
	for _, seed := range []string{"13800001234", "a1 3-8０幺 double oh 零零1234", "+86 13800001234, 10023", "triple", "double 0", "one thirty eight hmm twelve", "1\u200b3"} {
		f.Add(seed)
	}
	mobile := regexp.MustCompile(`1[3-9][0-9]{9}`)
	f.Fuzz(func(t *testing.T, text string) {
		got := member.Mask(text)
		if mobile.MatchString(got) {
			t.Errorf("a number is left of %q: %q", text, got)
		}
		if again := member.Mask(got); strings.Count(again, "*") < strings.Count(got, "*") {
			t.Errorf("masking again shows more: %q, %q", got, again)
		}
		_ = member.MaskPartial(text)
	})
}

// TestMaskGoesThroughALongText would not end if each digit were looked at with all before
// it: 300,000 of them are minutes then.
func TestMaskGoesThroughALongText(t *testing.T) {
	for _, piece := range []string{"1", "thirty ", "double ", "1,", "12345,", "double\u200b ", "hmm", "m"} {
		if got := member.Mask(strings.Repeat(piece, 300_000)); got == "" {
			t.Errorf("%q became nothing", piece)
		}
	}
}

func BenchmarkMask(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		member.Mask("my order is 10023 and my number is 138 0000 1234, thank you")
	}
}
