package member_test

import (
	"slices"
	"strings"
	"testing"

	"huike/member"
)

func TestANumberToldInPieces(t *testing.T) {
	tests := map[string]struct{ in, want []string }{
		"three groups in three turns":      {[]string{"138", "0000", "1234"}, []string{"138", "****", "1234"}},
		"a sentence before the number":     {[]string{"my number is one thirty eight", "double oh double oh", "twelve thirty four"}, []string{"my number is one thirty eight", "** **", "twelve thirty four"}},
		"words after the number":           {[]string{"138", "0000", "1234 that is all", "20"}, []string{"138", "****", "1234 that is all", "20"}},
		"Chinese pieces":                   {[]string{"我的号码是幺三八", "零零零零", "嗯，幺二三四。"}, []string{"我的号码是幺三八", "****", "嗯，幺二三四。"}},
		"one digit in a turn":              {strings.Split("13800001234", ""), strings.Split("138*******4", "")},
		"where much was shown no tail is":  {[]string{"13800", "001234"}, []string{"13800", "******"}},
		"nearly all of it at once":         {[]string{"1380000123", "4"}, []string{"138*******", "4"}},
		"hesitation in a turn of its own":  {[]string{"138", "hmm", "0000", "1234"}, []string{"138", "hmm", "****", "1234"}},
		"what was masked before":           {[]string{"138", "****", "1234"}, []string{"138", "****", "1234"}},
		"with its country":                 {[]string{"86 138", "0000", "1234"}, []string{"86 138", "****", "1234"}},
		"an order number and a quantity":   {[]string{"15023", "two", "for my sister"}, []string{"15023", "two", "for my sister"}},
		"an order number said again":       {[]string{"15023", "15023"}, []string{"15023", "15023"}},
		"an order number that is no phone": {[]string{"10023", "1234"}, []string{"10023", "1234"}},
		"begun again with more":            {[]string{"138", "138 00", "001234"}, []string{"138", "138 00", "******"}},
		"other words between two numbers":  {[]string{"138", "no wait", "2000"}, []string{"138", "no wait", "2000"}},
		"the next number after a whole one": {
			[]string{"138", "0000", "1234", "20011"}, []string{"138", "****", "1234", "20011"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var n member.Number
			var got []string
			for _, text := range test.in {
				for end := range text {
					if partial := n.Next(text[:end], true); len(got) > 0 && strings.Contains(strings.Join(got, "")+partial, "0000") {
						t.Errorf("partial %q after %q", partial, got)
					}
				}
				got = append(got, n.Next(text, false))
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
		})
	}
}
