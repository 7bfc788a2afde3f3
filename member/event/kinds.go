package event

import "maps"

// The kinds of event that every shop has.
const (
	Order     = "order"     // placed, or its status or content changed
	Return    = "return"    // given back, whole or in part
	Browse    = "browse"    // looked at a product or a brand
	Favourite = "favourite" // marked as liked, or no more
	Cart      = "cart"      // put into the cart, or taken out
	Coupon    = "coupon"    // granted, used or void
	Visit     = "visit"     // came to a store
	Dwell     = "dwell"     // stayed before a shelf
	Campaign  = "campaign"  // took part in a campaign
	Complaint = "complaint" // complained, or the complaint was resolved
	Rating    = "rating"    // judged a service, 1 to 5
	Call      = "call"      // a contact by any channel
	Device    = "device"    // something the member owns told its state
	Stage     = "stage"     // moved on in the lifecycle
)

const money = 1e12 // hundredths; more is a mistake

// Standard returns the kinds of every shop, and those of one's own beside them.
func Standard(own Kinds) Kinds {
	kinds := Kinds{
		Order: {
			"order": name(), "status": one("placed", "paid", "packed", "shipped", "delivered", "cancelled"),
			"items": lines(), "total": between(Whole, 0, money), "coupon": {Type: Text}, "eta": {Type: Moment}, "placed": {Type: Moment},
		},
		Return:    {"order": name(), "items": lines()},
		Browse:    {"product": {Type: Text}, "brand": {Type: Text}},
		Favourite: {"product": name(), "brand": {Type: Text}, "removed": {Type: YesNo}},
		Cart:      {"product": name(), "brand": {Type: Text}, "removed": {Type: YesNo}},
		Coupon: {
			"code": name(), "status": one("granted", "used", "void"), "name": {Type: Text}, "name_en": {Type: Text},
			"off": between(Whole, 0, money), "min_spend": between(Whole, 0, money), "category": {Type: Text}, "expires": {Type: Moment},
		},
		Visit:     {"store": name()},
		Dwell:     {"store": name(), "zone": name(), "seconds": required(between(Number, 0, 86400))},
		Campaign:  {"name": name(), "outcome": {Type: Text}, "channel": {Type: Text}},
		Complaint: {"ticket": {Type: Text}, "text": {Type: Text}, "resolved": {Type: YesNo}, "channel": {Type: Text}},
		Rating:    {"rating": required(between(Whole, 1, 5)), "about": {Type: Text}, "text": {Type: Text}, "channel": {Type: Text}},
		Call: {
			"call": {Type: Text}, "channel": name(), "intent": {Type: Text}, "outcome": {Type: Text},
			"text": {Type: Text}, "rating": between(Whole, 1, 5), "complaint": {Type: YesNo},
		},
		Device: {"device": name(), "metric": name(), "value": {Type: Number}, "text": {Type: Text}},
		Stage:  {"stage": required(one(stages()...)), "from": one(stages()...)},
	}
	maps.Copy(kinds, own)
	return kinds
}

func name() Field {
	most := 128.0
	return Field{Type: Text, Required: true, Max: &most}
}

func one(of ...string) Field { return Field{Type: Text, OneOf: of} }

func between(t Type, low, high float64) Field { return Field{Type: t, Min: &low, Max: &high} }

func required(f Field) Field { f.Required = true; return f }

func lines() Field {
	return Field{Type: List, Fields: map[string]Field{
		"product": name(), "quantity": between(Whole, 1, 1e6), "price": between(Whole, 0, money),
		"name": {Type: Text}, "category": {Type: Text},
	}}
}
