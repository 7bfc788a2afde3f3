package recommend

import "fmt"

// Kind is why an item is offered.
type Kind string

// The reasons.
const (
	Together Kind = "together" // others bought it with what he has
	Again    Kind = "again"    // he uses it up and buys it again
	Wanted   Kind = "wanted"   // he favoured it, or left it in the cart
	Popular  Kind = "popular"  // many buy it
	Only     Kind = "only"     // nothing else is left that suits him
)

// Reason is why an item is offered: what is stored beside an offer, and can be said.
type Reason struct {
	Kind    Kind
	Item    Item
	Because Item // of Together: his own item; without a name where the catalogue has none to name
}

// In returns the reason as a sentence in lang, "zh" or "en".
func (r Reason) In(lang string) string {
	item, because := r.Item.named(lang), r.Because.named(lang)
	zh, en := item+"很受欢迎", fmt.Sprintf("%s is popular", item)
	switch r.Kind {
	case Together:
		zh, en = fmt.Sprintf("和您购物相似的顾客也常买%s", item), fmt.Sprintf("customers with purchases like yours often buy %s", item)
		if because != "" {
			zh, en = fmt.Sprintf("买过%s的顾客也常买%s", because, item), fmt.Sprintf("customers who bought %s often buy %s too", because, item)
		}
	case Again:
		zh, en = fmt.Sprintf("您买过%s，可能又需要了", item), fmt.Sprintf("you have bought %s before and may need it again", item)
	case Wanted:
		zh, en = fmt.Sprintf("您收藏或加购过%s", item), fmt.Sprintf("you marked %s or put it into your cart", item)
	case Only:
		zh, en = fmt.Sprintf("最适合您的是%s", item), fmt.Sprintf("%s is what suits you", item)
	case Popular:
	}
	if lang == "en" {
		return en
	}
	return zh
}

func (i Item) named(lang string) string {
	if (lang == "en" && i.EN != "") || i.ZH == "" {
		return i.EN
	}
	return i.ZH
}
