package golden

import (
	"cmp"
	"maps"
	"strconv"
	"strings"

	"huike/dialog/flow"
)

// write does an operation that writes, once.
func (s *Shop) write(op flow.Operation) *flow.Result {
	s.Writes = append(s.Writes, op)
	if done := s.done[op.ID]; done != nil {
		return done
	}
	r, code := s.change(op)
	result := &flow.Result{ID: op.ID, OK: code == "", Code: code}
	if code != "" && r != nil {
		result.Rows = []row{r}
	}
	if code == "" {
		s.tickets++
		r["ticket"] = strconv.Itoa(60100 + s.tickets)
		r["number"] = cmp.Or(r["number"], r["ticket"])
		result.Rows = []row{r}
		s.done[op.ID] = result
	}
	return result
}

// needs is what an order's change needs its status to be, and the code where it is
// not.
func needs(change string) (status, code string) {
	if change == "cancel" || change == "address" {
		return "paid", "too_late"
	}
	return "delivered", "not_delivered"
}

// check says what a change of an order would give.
func (s *Shop) check(change string, args map[string]string) (row, string) {
	number := cmp.Or(args["order_number"], map[string]string{"cancel": "10026", "address": "10026"}[change], "10024")
	order := s.orders[number]
	if order == nil {
		return nil, "not_found"
	}
	if order["status"] == "cancelled" || order["status"] == "returned" {
		return order, "closed"
	}
	if status, code := needs(change); order["status"] != status {
		return order, code
	}
	if args["want"] == "the same" || args["want"] == "一样的" {
		return order, "same"
	}
	r := maps.Clone(order)
	r["refund"], r["payment"] = "399.00", "WeChat Pay"
	return r, ""
}

// change does what a write asks for.
func (s *Shop) change(op flow.Operation) (row, string) {
	kind, isOrder := strings.CutPrefix(op.Name, "order.")
	switch {
	case strings.HasPrefix(op.Name, "booking."):
		return s.book(op)
	case !isOrder:
		return serve(op)
	}
	r, code := s.check(kind, op.Args)
	status := map[string]string{"cancel": "cancelled", "return": "returned"}[kind]
	if code == "" && status != "" {
		s.orders[r["number"]]["status"] = status
	}
	return r, code
}

// serve does what a write asks for that is about no order.
func serve(op flow.Operation) (row, string) {
	refused := map[string]struct {
		when bool
		code string
	}{
		"member.register": {op.Args["phone"] == "13800001111", "duplicate"},
		"pickup.reserve":  {op.Args["store"] == "xujiahui" && op.Args["product"] == "backpack", "no_stock"},
	}[op.Name]
	if refused.when {
		return nil, refused.code
	}
	done := map[string]row{
		"member.register": {"points": "100"},
		"referral.create": {"code": "HK7788", "points": "200"},
		"points.redeem":   {"points": "1000", "left": "280", "off": "10.00"},
		"pickup.reserve":  {"until": "2026-05-23"},
	}[op.Name]
	if done == nil {
		done = row{}
	}
	return done, ""
}

func (s *Shop) readBusiness(op flow.Operation) (rows []row, code string) {
	switch op.Name {
	case "order.check":
		r, code := s.check(op.Args["change"], op.Args)
		return []row{r}, code
	case "booking.list":
		return s.bookings(op.Args), ""
	case "order.list":
		for _, number := range []string{"10026", "10023", "10024"} {
			r := maps.Clone(s.orders[number])
			r["placed"] = "2026-05-12"
			rows = append(rows, r)
		}
		return rows, ""
	case "coupon.best":
		if op.Args["basket"] == "tent" {
			return nil, "not_found"
		}
		return []row{{"name": "100 off", "off": "100.00", "pay": "299.00", "expires": "2026-07-01"}}, ""
	case "recommend.product":
		return []row{
			{"id": "hiking-boots", "name": "hiking boots", "price": "899.00", "reason": "they go with your backpack"},
			{"id": "rain-jacket", "name": "rain jacket", "price": "599.00", "reason": "it is the season"},
		}, ""
	case "product.details":
		if op.Args["product"] == "kayak" {
			return nil, "not_found"
		}
		return []row{{"id": op.Args["product"], "price": "399.00"}}, ""
	}
	return nil, "unknown_operation"
}
