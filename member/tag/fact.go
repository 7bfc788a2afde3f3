package tag

import (
	"time"
)

// Fact is one thing that happened to a member: an order, an item of one, an event or a
// contact. What a kind does not have is empty. Money is in hundredths.
type Fact struct {
	Kind      string         `expr:"kind"`    // order, item, contact, or the event's own
	ID        string         `expr:"id"`      // the order's number, or the event's name
	At        int64          `expr:"at"`      // ms since 1970
	Hour      int            `expr:"hour"`    // of the shop's day
	Weekday   int            `expr:"weekday"` // 1 Monday to 7 Sunday
	Product   string         `expr:"product"`
	Category  string         `expr:"category"`
	Brand     string         `expr:"brand"`
	Store     string         `expr:"store"`
	Place     string         `expr:"place"` // the store's name, or its id where it has none
	Zone      string         `expr:"zone"`
	Channel   string         `expr:"channel"`
	Intent    string         `expr:"intent"`
	Outcome   string         `expr:"outcome"`
	Coupon    string         `expr:"coupon"`
	Status    string         `expr:"status"`
	Total     int            `expr:"total"`    // of an order
	Price     int            `expr:"price"`    // of one, as it was paid
	List      int            `expr:"list"`     // of one, in the catalogue; 0 unknown
	Quantity  int            `expr:"quantity"` // of an item
	Seconds   float64        `expr:"seconds"`  // of a stay
	Rating    int            `expr:"rating"`   // 1 to 5; 0 none
	Complaint bool           `expr:"complaint"`
	Removed   bool           `expr:"removed"` // out of the cart, liked no more
	Data      map[string]any `expr:"data"`    // an event's own fields
}

func (f *Fact) when(ms int64, place *time.Location) {
	f.At = ms
	at := time.UnixMilli(ms).In(place)
	f.Hour, f.Weekday = at.Hour(), int(at.Weekday())
	if f.Weekday == 0 {
		f.Weekday = 7
	}
}

// texts are the fields that may be counted apart.
func texts() map[string]func(*Fact) string {
	return map[string]func(*Fact) string{
		"kind": func(f *Fact) string { return f.Kind }, "id": func(f *Fact) string { return f.ID },
		"product": func(f *Fact) string { return f.Product }, "category": func(f *Fact) string { return f.Category },
		"brand": func(f *Fact) string { return f.Brand }, "store": func(f *Fact) string { return f.Store },
		"place": func(f *Fact) string { return f.Place }, "zone": func(f *Fact) string { return f.Zone },
		"channel": func(f *Fact) string { return f.Channel }, "intent": func(f *Fact) string { return f.Intent },
		"outcome": func(f *Fact) string { return f.Outcome }, "coupon": func(f *Fact) string { return f.Coupon },
		"status": func(f *Fact) string { return f.Status },
	}
}

// numbers are the fields that may be added up.
func numbers() map[string]func(*Fact) float64 {
	return map[string]func(*Fact) float64{
		"total": func(f *Fact) float64 { return float64(f.Total) }, "price": func(f *Fact) float64 { return float64(f.Price) },
		"list": func(f *Fact) float64 { return float64(f.List) }, "quantity": func(f *Fact) float64 { return float64(f.Quantity) },
		"seconds": func(f *Fact) float64 { return f.Seconds }, "rating": func(f *Fact) float64 { return float64(f.Rating) },
	}
}
