package shop

import (
	"slices"
	"strings"
)

// result says what a change gives, or has given.
func (c *change) result(r *request) Result {
	o := c.order
	row := map[string]string{"number": o.number, "status": o.status, "item": c.named(r)}
	switch c.kind {
	case changeCancel:
		c.tellRefund(r, row, c.refunds)
	case changeReturn:
		var sum int64
		for _, at := range c.picked {
			sum += o.units[at].price
		}
		c.tellRefund(r, row, []payment{{refund, sum, c.method.id}})
	case changeExchange, changeItems:
		c.tellFresh(r, row)
	case changeAddress:
		row["address"] = c.address.line()
	case changePayment:
		row["payment"], row["previous"], row["total"] = c.method.label(r), c.label(r, o.paidWith()), money(o.payments[0].amount)
	}
	return Result{OK: true, Rows: []map[string]string{row}}
}

// named is what the change is about.
func (c *change) named(r *request) string {
	if len(c.picked) == 0 {
		return c.order.title(r)
	}
	units := make([]unit, 0, len(c.picked))
	for _, at := range c.picked {
		units = append(units, c.order.units[at])
	}
	return titleOf(r, units)
}

// label names a means of payment of the member's.
func (c *change) label(r *request, id string) string {
	for i := range c.methods {
		if c.methods[i].id == id {
			return c.methods[i].label(r)
		}
	}
	return id
}

// tellRefund says how much comes back, where, and whether at once: on a gift card.
func (c *change) tellRefund(r *request, row map[string]string, back []payment) {
	var sum int64
	var labels []string
	immediate := len(back) > 0
	for _, p := range back {
		sum += p.amount
		labels = append(labels, c.label(r, p.method))
		immediate = immediate && slices.ContainsFunc(c.methods, func(m method) bool { return m.id == p.method && m.balance.Valid })
	}
	row["refund"], row["payment"], row["immediate"] = money(sum), strings.Join(labels, r.pick("、", ", ")), ""
	if immediate {
		row["immediate"] = "yes"
	}
}

func (c *change) tellFresh(r *request, row map[string]string) {
	var options []string
	for i := range c.fresh {
		options = append(options, r.optionsText(c.fresh[i].options))
	}
	row["new_item"] = strings.Join(options, "; ")
	row["difference"], row["payment"] = money(c.difference), c.label(r, c.method.id)
	row["pay"], row["refund"] = "", ""
	if c.difference > 0 {
		row["pay"] = money(c.difference)
	} else if c.difference < 0 {
		row["refund"] = money(-c.difference)
	}
}
