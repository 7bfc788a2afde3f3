package flow

import (
	"testing"

	"huike/dialog"
	"huike/dialog/wording"
)

func load(t testing.TB) *Definition {
	t.Helper()
	def, err := Load(Shop, "shop")
	if err != nil {
		t.Fatal(err)
	}
	return def
}

func TestEveryActOfTheShopHasWordsInBothLanguages(t *testing.T) {
	def := load(t)
	w, err := wording.Open(Shop, "shop/wording.yaml")
	if err != nil {
		t.Fatal(err)
	}
	acts := def.Acts()
	if err := w.Check(acts, dialog.Chinese, dialog.English); err != nil {
		t.Error(err)
	}
	for _, name := range w.Acts() {
		if _, ok := acts[name]; !ok {
			t.Errorf("act %q has words and no flow says it", name)
		}
	}
}

// shop is a backend with a memory and with faults to order.
type shop struct {
	orders  map[string]map[string]string // by number, all of one member
	points  string
	stock   map[string][]map[string]string // by product
	faults  map[string]int                 // operation: how many times it fails
	tickets map[uint32]string              // by operation: the same ID gives the same ticket
	writes  []Operation
}

func newShop() *shop {
	row := func(kv ...string) map[string]string {
		m := map[string]string{}
		for i := 0; i+1 < len(kv); i += 2 {
			m[kv[i]] = kv[i+1]
		}
		return m
	}
	return &shop{
		orders: map[string]map[string]string{
			"10023": row("number", "10023", "status", "shipped", "item", "P001", "carrier", "SF Express", "eta", "2026-05-20"),
			"10024": row("number", "10024", "status", "delivered", "item", "P003"),
			"10025": row("number", "10025", "status", "mislaid", "item", "P003"),
		},
		points: "1280",
		stock: map[string][]map[string]string{
			"P001": {row("store", "S01", "quantity", "4", "address", "1 People's Square"), row("store", "S02", "quantity", "1")},
			"P002": {row("store", "S03", "quantity", "2")},
		},
		faults:  map[string]int{},
		tickets: map[uint32]string{},
	}
}

func (s *shop) do(op Operation) *Result {
	r := &Result{ID: op.ID, OK: true}
	if s.faults[op.Name] > 0 {
		s.faults[op.Name]--
		return &Result{ID: op.ID, Code: "fault"}
	}
	switch op.Name {
	case "points.balance":
		r.Rows = []map[string]string{{"points": s.points}}
	case "coupon.list":
		r.Rows = []map[string]string{{"name": "20 off", "expires": "2026-06-01"}}
	case "order.status":
		n := op.Args["order_number"]
		if n == "" {
			n = "10023"
		}
		if s.orders[n] == nil {
			return &Result{ID: op.ID, Code: "not_found"}
		}
		r.Rows = []map[string]string{s.orders[n]}
	case "stock.nearby":
		for _, row := range s.stock[op.Args["product"]] {
			if op.Args["store"] == "" || op.Args["store"] == row["store"] {
				r.Rows = append(r.Rows, row)
			}
		}
	case "store.hours":
		for _, id := range []string{"S01", "S02", "S03"} {
			if op.Args["store"] == "" || op.Args["store"] == id {
				r.Rows = append(r.Rows, map[string]string{"store": id, "hours": "10:00-22:00"})
			}
		}
	case "product.find":
		switch op.Args["text"] {
		case "something for hiking", "爬山用的":
			r.Rows = []map[string]string{{"id": "P002", "name": "P002"}, {"id": "P003", "name": "P003"}}
		}
	case "complaint.create", "callback.create":
		s.writes = append(s.writes, op)
		if s.tickets[op.ID] == "" {
			s.tickets[op.ID] = "T" + string(rune('0'+len(s.tickets)))
		}
		r.Rows = []map[string]string{{"ticket": s.tickets[op.ID]}}
	}
	return r
}
