package flow

import (
	"testing"

	"huike/dialog"
)

func TestNothingIsOfferedToWhoHasNotConsentedToMarketing(t *testing.T) {
	for _, refused := range []bool{false, true} {
		c := talk(t, told{"it": {Intent: "stock.nearby", Score: 1, Need: "latent", Slots: []dialog.Slot{{Name: "product", Value: "running shoes"}}}})
		c.Step(Input{Kind: Begin, Person: &Person{Known: true, Tier: "gold", NoOffers: refused}})
		says(c, "it")
		made := c.state.Offers > 0
		if made == refused {
			t.Errorf("refused %t, offered %t", refused, made)
		}
	}
}
