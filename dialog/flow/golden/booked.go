package golden

import (
	"cmp"
	"maps"
	"slices"
	"strconv"

	"huike/dialog/flow"
)

// bookings are those of the member that the arguments name, or fit the most of them.
func (s *Shop) bookings(args map[string]string) []row {
	rows := slices.Clone(s.booked)
	if number := args["number"]; number != "" {
		return slices.DeleteFunc(rows, func(r row) bool { return r["number"] != number })
	}
	said := row{"kind": args["kind"], "store_id": args["store"], "date": args["date"]}
	fits := func(r row) (n int) {
		for column, value := range said {
			if value != "" && r[column] == value {
				n++
			}
		}
		return n
	}
	most := 0
	for _, r := range rows {
		most = max(most, fits(r))
	}
	return slices.DeleteFunc(rows, func(r row) bool { return fits(r) < most })
}

// book makes, moves or calls off a booking.
func (s *Shop) book(op flow.Operation) (row, string) {
	if op.Args["time"] == "20:00" {
		return nil, "full"
	}
	if op.Name == "booking.create" {
		r := row{
			"number": strconv.Itoa(60101 + s.tickets), "kind": op.Args["kind"], "what": op.Args["kind"], "store_id": op.Args["store"],
			"store": op.Args["store"] + " store", "date": op.Args["date"], "time": op.Args["time"], "address": "1 Nanjing Road",
		}
		s.booked = append(s.booked, r)
		return maps.Clone(r), ""
	}
	i := slices.IndexFunc(s.booked, func(r row) bool { return r["number"] == op.Args["number"] })
	if i < 0 {
		return nil, "not_found"
	}
	r := s.booked[i]
	if op.Name == "booking.cancel" {
		s.booked = slices.Delete(s.booked, i, i+1)
		return maps.Clone(r), ""
	}
	if r["date"] == op.Args["date"] && r["time"] == op.Args["time"] && r["store_id"] == cmp.Or(op.Args["store"], r["store_id"]) {
		return maps.Clone(r), "same"
	}
	r["date"], r["time"], r["store_id"], r["address"] = op.Args["date"], op.Args["time"], cmp.Or(op.Args["store"], r["store_id"]), "1 Nanjing Road"
	return maps.Clone(r), ""
}
