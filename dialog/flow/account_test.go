package flow_test

import (
	"testing"

	"huike/dialog/flow"
)

func TestAnOperationIsThereForTheAccountsThatItNames(t *testing.T) {
	def, err := flow.Load(flow.Shop, "shop")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		operation, account string
		want               bool
	}{
		{"points.redeem", "", true}, // none in the profile: an individual
		{"points.redeem", "individual", true},
		{"points.redeem", "enterprise", true},
		{"points.redeem", "dealer", false},
		{"points.redeem", "provider", false},
		{"order.cancel", "dealer", true},
		{"order.cancel", "provider", false},
		{"order.status", "provider", true}, // names none: for all
		{"no.such", "dealer", true},        // which the shop refuses
		{"points.redeem", "emperor", false},
	} {
		if got := def.Permits(c.operation, c.account); got != c.want {
			t.Errorf("%s for %q: %t", c.operation, c.account, got)
		}
	}
}
