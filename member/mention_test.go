package member_test

import (
	"testing"

	"huike/member"
)

func TestAPersonIsFoundInATextHoweverTheNumberIsWritten(t *testing.T) {
	ids := []member.ID{"m_1"}
	handles := []member.Handle{
		{Kind: member.HandlePhone, Value: "+8613800001234"},
		{Kind: member.HandlePhone, Value: "+447700900123"},
		{Kind: member.HandleCard, Value: "ZL5000"},
		{Kind: member.HandleEmail, Value: "li@example.com"},
		{},
	}
	for text, want := range map[string]bool{
		"phone:13800001234":             true,
		"+86 138-0000-1234":             true,
		`{"tel":"138 0000 1234"}`:       true,
		"１３８００００１２３４":                   true,
		"07700 900123":                  true,
		"+44 (0)7700 900 123":           true,
		"card zl-5000":                  true,
		"LI@Example.com":                true,
		`{"subject":"m_1"}`:             true,
		"13800001235":                   false,
		"order 10023, 138 yuan":         false,
		"138 yuan for 0000 and 1234":    false,
		"somebody else":                 false,
		"":                              false,
		"ZL 400, li at example dot com": false,
	} {
		if got := member.Mentions(text, ids, handles); got != want {
			t.Errorf("%q: %t", text, got)
		}
	}
}
