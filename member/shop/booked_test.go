package shop_test

import (
	"testing"
	"time"

	"huike/member/shop"
)

func TestABookingIsMovedAndNotMadeTwice(t *testing.T) {
	in := func(days int) string { return time.Now().UTC().AddDate(0, 0, days).Format(time.DateOnly) }
	stepThrough(t, []step{
		{"nothing booked", zhang, shop.OpBookings, nil, "", "not_found"},
		{"nobody's", "", shop.OpBookings, nil, "", "unknown_member"},
		{"a repair", zhang, shop.OpBooking, args{"kind": "repair", "date": in(4), "time": "10:00", "store": "Nanjing Road", "lang": "en"}, "number", "ok; 80101"},
		{"a fitting", zhang, shop.OpBooking, args{"kind": "fitting", "date": in(2), "time": "15:00", "store": "Pudong", "lang": "en"}, "number", "ok; 80102"},
		{"put aside", zhang, shop.OpPickup, args{"product": "running-shoes", "store": "Xujiahui", "lang": "en"}, "number", "ok; 80103"},
		{"all that is to come, the next first", zhang, shop.OpBookings, args{"lang": "en"}, "number what store_id", "ok; 80102 fitting pudong; 80103 running shoes xujiahui; 80101 repair nanjing-road"},
		{"those with an hour", zhang, shop.OpBookings, args{"change": "move"}, "number", "ok; 80102; 80101"},
		{"by what it is", zhang, shop.OpBookings, args{"kind": "repair"}, "number date time", "ok; 80101 " + in(4) + " 10:00"},
		{"a day on which there is none says nothing", zhang, shop.OpBookings, args{"date": in(9), "change": "move"}, "number", "ok; 80102; 80101"},
		{"a kind of one and a store of another leave both", zhang, shop.OpBookings, args{"kind": "repair", "store": "pudong", "change": "move"}, "number", "ok; 80102; 80101"},
		{"two things said weigh more than one", zhang, shop.OpBookings, args{"kind": "repair", "store": "pudong", "date": in(4)}, "number", "ok; 80101"},
		{"by its number", zhang, shop.OpBookings, args{"number": "80101"}, "kind", "ok; repair"},
		{"another's number", smith, shop.OpBookings, args{"number": "80101"}, "", "not_found"},

		{"another day keeps the hour and the store", zhang, shop.OpBookingMove, args{"number": "80102", "date": in(3), "lang": "en"}, "number date time store", "ok; 80102 " + in(3) + " 15:00 Pudong store"},
		{"and there is one of it", zhang, shop.OpBookings, args{"kind": "fitting"}, "number date", "ok; 80102 " + in(3)},
		{"to where it is", zhang, shop.OpBookingMove, args{"number": "80102", "date": in(3)}, "number", "same; 80102"},
		{"another cannot move it", smith, shop.OpBookingMove, args{"number": "80102", "date": in(5)}, "", "not_found"},
		{"into the past", zhang, shop.OpBookingMove, args{"number": "80102", "date": in(-1)}, "arg", "invalid; date"},
		{"without a number", zhang, shop.OpBookingMove, args{"date": in(5)}, "arg", "missing; number"},
		{"what is put aside has no hour", zhang, shop.OpBookingMove, args{"number": "80103", "date": in(5)}, "", "not_found"},
		{"one at the repair's hour", smith, shop.OpBooking, args{"kind": "repair", "date": in(6), "time": "10:00", "store": "Nanjing Road"}, "number", "ok; 80104"},
		{"two at that hour", wang, shop.OpBooking, args{"kind": "repair", "date": in(6), "time": "10:00", "store": "Nanjing Road"}, "number", "ok; 80105"},
		{"no place there", zhang, shop.OpBookingMove, args{"number": "80101", "date": in(6)}, "rule", "full; a place is free"},

		{"put aside elsewhere instead", zhang, shop.OpPickup, args{"product": "running-shoes", "store": "Nanjing Road", "instead": "80103", "lang": "en"}, "number store", "ok; 80106 Nanjing Road store"},
		{"the first is back on the shelf", "", shop.OpStock, args{"product": "running-shoes", "store": "Xujiahui"}, "id quantity", "ok; xujiahui 3; nanjing-road 7"},
		{"another's cannot go back", smith, shop.OpPickup, args{"product": "running-shoes", "store": "Xujiahui", "instead": "80106"}, "", "not_found"},
		{"nor is anything taken for it", "", shop.OpStock, args{"product": "running-shoes", "store": "Xujiahui"}, "id quantity", "ok; xujiahui 3; nanjing-road 7"},

		{"a call-back", zhang, shop.OpCallback, args{"when": "tomorrow"}, "ticket", "ok; 70101"},
		{"at another time", zhang, shop.OpCallback, args{"when": "on Friday", "instead": "70101"}, "ticket", "ok; 70101"},
		{"another's is not touched", smith, shop.OpCallback, args{"when": "never", "instead": "70101"}, "ticket", "ok; 70102"},
	})
}
