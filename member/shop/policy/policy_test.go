package policy_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"huike/member/shop/policy"
)

const small = `
version: small
values: {days: 30}
operations:
  order.cancel:
    open:
      - {rule: not sent, refuse: too_late, when: 'order.status != "paid"'}
    rules:
      - {rule: a reason, refuse: missing, arg: reason, when: 'reason == ""'}
      - {rule: small ones, refuse: too_much, when: 'order.total > 10000 and member.tier != "gold"'}
    status: cancelled
    refund: net
`

func TestRulesAreAskedInOrder(t *testing.T) {
	p, err := policy.Parse([]byte(small))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name       string
		facts      policy.Facts
		open, rule string
	}{
		{"all is well", policy.Facts{Order: policy.Order{Status: "paid"}, Reason: "x"}, "", ""},
		{"sent", policy.Facts{Order: policy.Order{Status: "shipped"}}, "too_late", "missing"},
		{"dear, and no reason", policy.Facts{Order: policy.Order{Status: "paid", Total: 20000}}, "", "missing"},
		{"dear", policy.Facts{Order: policy.Order{Status: "paid", Total: 20000}, Reason: "x"}, "", "too_much"},
		{"dear, of a gold member", policy.Facts{Order: policy.Order{Status: "paid", Total: 20000}, Reason: "x", Member: policy.Member{Tier: "gold"}}, "", ""},
	}
	code := func(r *policy.Refusal, err error) string {
		if err != nil {
			return err.Error()
		}
		if r == nil {
			return ""
		}
		return r.Code
	}
	for _, test := range tests {
		if got := code(p.Open("order.cancel", &test.facts)); got != test.open {
			t.Errorf("%s: opened with %q, want %q", test.name, got, test.open)
		}
		if got := code(p.Ask("order.cancel", &test.facts)); got != test.rule {
			t.Errorf("%s: %q, want %q", test.name, got, test.rule)
		}
	}
	if _, err := p.Open("order.burn", &policy.Facts{}); !errors.Is(err, policy.ErrUnknown) {
		t.Error("an operation that the rules do not name:", err)
	}
	if e := p.Effect("order.cancel"); e.Status != "cancelled" || e.Refund != policy.Net || e.Settle || p.Exact() || p.Version() != "small" {
		t.Errorf("%+v", e)
	}
	if p.Value("days", 1) != 30 || p.Value("weeks", 7) != 7 {
		t.Error("values")
	}
}

func TestRulesThatAreNone(t *testing.T) {
	for name, change := range map[string][2]string{
		"an unknown word":     {"order.status", "order.colour"},
		"no yes or no":        {`reason == ""`, `reason`},
		"no expression":       {`reason == ""`, `reason ==`},
		"no code":             {"refuse: missing", `refuse: ""`},
		"no name":             {"rule: a reason", `rule: ""`},
		"an unknown field":    {"status: cancelled", "state: cancelled"},
		"an unknown way back": {"refund: net", "refund: twice"},
		"no YAML":             {"version: small", "\t"},
	} {
		_, err := policy.Parse([]byte(strings.Replace(small, change[0], change[1], 1)))
		if err == nil || !strings.HasPrefix(err.Error(), "policy") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(small))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := policy.Parse(text)
		if err != nil {
			return
		}
		if _, err := p.Ask("order.cancel", &policy.Facts{}); err != nil && !strings.HasPrefix(err.Error(), "policy of order.cancel") {
			t.Error(err)
		}
	})
}

func Example() {
	p, err := policy.Default()
	if err != nil {
		fmt.Println(err)
		return
	}
	refusal, err := p.Open("order.return", &policy.Facts{Order: policy.Order{Status: "delivered", Delivered: 45}})
	fmt.Println(refusal.Rule, refusal.Code, err)
	// Output: days to return too_old <nil>
}
