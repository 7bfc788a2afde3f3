package policy

// Facts are what rules may look at, by the names in the tags. Money is in hundredths of
// the shop's currency, and what is not known is zero, or −1 where the comment says so.
type Facts struct {
	Order      Order             `expr:"order"`
	Items      []Item            `expr:"items"`      // those that the change names
	Payment    Method            `expr:"payment"`    // the means of payment that was named, or the order's own
	Difference int               `expr:"difference"` // what the new items cost more
	Reason     string            `expr:"reason"`
	Args       map[string]string `expr:"args"`
	Member     Member            `expr:"member"`
	Place      Place             `expr:"place"`
	Value      map[string]int    `expr:"value"` // the numbers of the policy's file
}

// Order is the order that is to be changed.
type Order struct {
	Number    string         `expr:"number"`
	Status    string         `expr:"status"`
	Total     int            `expr:"total"`
	Days      int            `expr:"days"`      // since it was placed
	Delivered int            `expr:"delivered"` // days since then, −1 before
	Payments  []Payment      `expr:"payments"`  // in order
	Changes   map[string]int `expr:"changes"`   // how often it was changed, by kind: cancel, return, exchange, items, address, payment
}

// Payment is one line of what was paid and given back.
type Payment struct {
	Kind   string `expr:"kind"` // payment or refund
	Amount int    `expr:"amount"`
	Method string `expr:"method"`
}

// Item is one item of the order, and what is to come in its place.
type Item struct {
	Product  string `expr:"product"`
	Item     string `expr:"item"` // its variant
	Category string `expr:"category"`
	Price    int    `expr:"price"`
	New      New    `expr:"new"`
}

// New is the variant that an item is changed into.
type New struct {
	Item      string `expr:"item"`
	Price     int    `expr:"price"`
	Available bool   `expr:"available"`
}

// Method is a member's means of payment.
type Method struct {
	ID      string `expr:"id"`
	Source  string `expr:"source"`  // such as gift_card or credit_card
	Balance int    `expr:"balance"` // −1: has none
}

// Member is who asks.
type Member struct {
	Tier   string `expr:"tier"`
	Points int    `expr:"points"`
	Orders int    `expr:"orders"`
	Since  int    `expr:"since"` // days since the member signed up
}

// Place is what a booking asks for.
type Place struct {
	Days     int  `expr:"days"`     // from today to the day that is wanted
	Clock    int  `expr:"clock"`    // minutes since midnight, −1 unknown
	Past     bool `expr:"past"`     // the hour that is wanted is over
	Taken    int  `expr:"taken"`    // bookings of the store at that hour
	Own      int  `expr:"own"`      // the member's bookings that are still to come
	Quantity int  `expr:"quantity"` // to be put aside
	Left     int  `expr:"left"`     // on the store's shelf
}
