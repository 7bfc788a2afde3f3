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
		{Kind: member.HandleCard, Value: "8800"},
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
		"手机13800001234，谢谢":              true,
		"tel13800001234":                true,
		"0086 138 0000 1234":            true,
		"013800001234":                  true,
		"order 913800001234":            false,
		"order 138000012340":            false,
		"1763800001234":                 false,
		"ZL50001":                       false,
		"XZL5000":                       false,
		"卡号ZL5000不能用":                   true,
		"m_12":                          false,
		"m_1?":                          true,
		"bali@example.com":              false,
		"paid 8800":                     false,
		"on 2026-11-20, 88:00":          false,
		"my card is 8800":               true,
		"会员卡 8800":                      true,
		"card ZL-9, paid 8800":          false,
		`{"subject":"card:8800"}`:       true,
		`{"subject":"card:88001"}`:      false,
		`{"subject":"card:X1","type":"order","time":"2026-11-20T10:00:00.8800Z","data":{"total":8800}}`: false,
		`{"subject":"card:X1","data":"{\"total\":\"8800\"}"}`:                                           false,
		`{"subject":"card:X1","data":"{\"card\":8800}"}`:                                                true,
		`{"subject":"card:X1","data":{"for":["m_1"]}}`:                                                  true,
		`{"subject":"openid:x-li@example.com"}`:                                                         true,
		`{"subject":"email:x-li@example.com"}`:                                                          false,
		`{"subject":"account:13800001234"}`:                                                             true,
		`{"tel":13800001234}`:                                                                           true,
		`{"m_1":{}}`:                                                                                    true,
	} {
		if got := member.Mentions(text, ids, handles); got != want {
			t.Errorf("%q: %t", text, got)
		}
	}
}
