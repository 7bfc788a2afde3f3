package golden

import (
	"slices"

	"huike/dialog/flow"
)

type row = map[string]string

// Shop stands in for a shop's systems: it has a memory, and faults to order. One
// goroutine uses it.
type Shop struct {
	orders  map[string]row          // by number, all of one member
	booked  []row                   // of the member, the next first
	Faults  map[string]int          // operation: how many times it does not answer
	done    map[uint32]*flow.Result // by operation: the same ID gives the same result
	tickets int
	Writes  []flow.Operation // as they came, those that came twice included
}

// NewShop returns a shop with the orders of its one member.
func NewShop() *Shop {
	return &Shop{
		orders: map[string]row{
			"10023": {"number": "10023", "status": "shipped", "item": "backpack", "carrier": "SF Express", "eta": "2026-05-20"},
			"10024": {"number": "10024", "status": "delivered", "item": "tent"},
			"10025": {"number": "10025", "status": "mislaid", "item": "tent"},
			"10026": {"number": "10026", "status": "paid", "item": "rain-jacket", "eta": "2026-05-22"},
		},
		booked:  []row{{"number": "60101", "kind": "fitting", "what": "fitting", "store_id": "pudong", "store": "Pudong store", "date": "2026-05-19", "time": "15:00"}},
		tickets: 1, // which that booking has
		Faults:  map[string]int{},
		done:    map[uint32]*flow.Result{},
	}
}

// Do does an operation. The same write under the same ID is done once.
func (s *Shop) Do(op flow.Operation) *flow.Result {
	if s.Faults[op.Name] > 0 {
		s.Faults[op.Name]--
		return &flow.Result{ID: op.ID, Code: "unavailable"}
	}
	if op.Write {
		return s.write(op)
	}
	rows, code := s.read(op)
	if code == "" && len(rows) == 0 {
		code = "not_found"
	}
	rows = slices.DeleteFunc(rows, func(r row) bool { return r == nil })
	return &flow.Result{ID: op.ID, OK: code == "", Code: code, Rows: rows}
}

func (s *Shop) read(op flow.Operation) (rows []row, code string) {
	switch op.Name {
	case "points.balance":
		return []row{{"points": "1280"}}, ""
	case "coupon.list":
		return []row{{"name": "50 off", "expires": "2026-06-01"}, {"name": "100 off", "expires": "2026-07-01"}}, ""
	case "order.status":
		n := op.Args["order_number"]
		if n == "" {
			n = "10023"
		}
		if s.orders[n] == nil {
			return nil, "not_found"
		}
		return []row{s.orders[n]}, ""
	case "stock.nearby":
		return stock(op.Args["product"], op.Args["store"])
	case "store.hours":
		return stores(op.Args["store"]), ""
	case "product.find":
		if slices.Contains([]string{"something for mountains", "爬山用的"}, op.Args["text"]) {
			return []row{{"id": "hiking-boots", "name": "hiking boots"}, {"id": "rain-jacket", "name": "rain jacket"}}, ""
		}
		return nil, "not_found"
	}
	return s.readBusiness(op)
}

func stock(product, wanted string) (rows []row, code string) {
	shelves := map[string][]row{
		"running-shoes": {{"id": "nanjing-road", "store": "Nanjing Road store", "quantity": "8"}, {"id": "xujiahui", "store": "Xujiahui store", "quantity": "3"}},
		"hiking-boots":  {{"id": "pudong", "store": "Pudong store", "quantity": "4"}},
		"backpack":      {{"id": "nanjing-road", "store": "Nanjing Road store", "quantity": "9"}},
	}
	rows = slices.Clone(shelves[product])
	if len(rows) == 0 {
		return nil, "no_stock"
	}
	slices.SortStableFunc(rows, func(a, b row) int {
		if a["id"] == wanted && b["id"] != wanted {
			return -1
		}
		return 0
	})
	return rows, ""
}

func stores(id string) (rows []row) {
	for _, s := range []string{"nanjing-road", "xujiahui", "pudong"} {
		if id == "" || id == s {
			rows = append(rows, row{"id": s, "store": s + " store", "hours": "from 10 a.m. to 10 p.m."})
		}
	}
	return rows
}
