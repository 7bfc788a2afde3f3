package event

import (
	"encoding/json"
	"slices"
	"time"

	"huike/member"
)

// facts are the fields of all standard kinds.
type facts struct {
	Order, Status, Coupon, Product, Brand, Code, Name, Category string
	Store, Zone, Outcome, Channel, Ticket, Text, About          string
	Call, Intent, Stage, From                                   string
	NameEN                                                      string `json:"name_en"`
	Items                                                       []line
	Total, Off                                                  *int64
	MinSpend                                                    *int64 `json:"min_spend"`
	ETA, Placed, Expires                                        *time.Time
	Removed, Resolved, Complaint                                bool
	Seconds                                                     float64
	Rating                                                      *int
}

// line is one product of an order, or of what was given back of it.
type line struct {
	Product  string
	Quantity *int64
	Price    int64 // of one
	Name     string
	Category string
}

func (l line) count() int64 {
	if l.Quantity == nil {
		return 1
	}
	return *l.Quantity
}

// happened is one event of a thing that several tell of, as the store holds it.
type happened struct {
	entity, key, kind string
	member            member.ID
	at                int64 // ms
	facts             facts
}

func (h *happened) read(data string) error { return json.Unmarshal([]byte(data), &h.facts) }

// entity names what the event tells of together with others, or "" where it stands alone.
func entity(kind string, f *facts, key string, owner member.ID) string {
	switch kind {
	case Stage:
		return "stage " + string(owner)
	case Order, Return:
		return "order " + f.Order
	case Coupon:
		return "coupon " + f.Code
	case Complaint:
		if f.Ticket == "" {
			return "ticket " + key
		}
		return "ticket " + f.Ticket
	case Call:
		if f.Call != "" {
			return "call " + f.Call
		}
		return "contact " + key
	case Campaign, Rating:
		return "contact " + key
	}
	return ""
}

// order is what all events of an order come to. Nothing depends on which came first:
// they are told in the order of their times.
type order struct {
	number           string
	member           member.ID
	status           string
	placed           int64
	eta, delivered   *int64
	coupon           string
	total            *int64
	lines            []line
	linesKnown, real bool // real: something but a return is known
}

func foldOrder(events []happened) order {
	o := order{number: events[0].facts.Order, member: events[0].member, status: "placed", placed: events[0].at}
	var back []happened
	placedAt := false
	for i := range events {
		e := &events[i]
		if e.kind == Return {
			back = append(back, *e)
			continue
		}
		if !o.real {
			o.real, o.member = true, e.member
			if !placedAt {
				o.placed = e.at
			}
		}
		if e.facts.Placed != nil {
			o.placed, placedAt = e.facts.Placed.UnixMilli(), true
		}
		o.tell(e)
	}
	for i := range back {
		o.giveBack(&back[i])
	}
	return o
}

func (o *order) tell(e *happened) {
	f := &e.facts
	if f.Status != "" {
		o.status = f.Status
	}
	if f.Status == "delivered" && o.delivered == nil {
		o.delivered = &e.at
	}
	if f.ETA != nil {
		ms := f.ETA.UnixMilli()
		o.eta = &ms
	}
	if f.Coupon != "" {
		o.coupon = f.Coupon
	}
	if f.Items != nil {
		o.lines, o.linesKnown = merged(f.Items), true
		var sum int64
		for _, l := range o.lines {
			sum += l.Price * l.count()
		}
		o.total = &sum
	}
	if f.Total != nil {
		total := *f.Total
		o.total = &total
	}
}

// giveBack takes what was returned off the order; a return of no named items, or of
// all, is one of the whole.
func (o *order) giveBack(e *happened) {
	if len(e.facts.Items) == 0 {
		o.status = "returned"
		return
	}
	for _, gone := range e.facts.Items {
		i := slices.IndexFunc(o.lines, func(l line) bool { return l.Product == gone.Product })
		if i < 0 {
			continue
		}
		l := &o.lines[i]
		n := min(l.count(), gone.count())
		left := l.count() - n
		l.Quantity = &left
		if o.total != nil {
			*o.total = max(0, *o.total-n*l.Price)
		}
		if left == 0 {
			o.lines = slices.Delete(o.lines, i, i+1)
		}
	}
	if o.linesKnown && len(o.lines) == 0 {
		o.status = "returned"
	}
}

// merged has each product once.
func merged(lines []line) []line {
	var all []line
	for _, l := range lines {
		i := slices.IndexFunc(all, func(known line) bool { return known.Product == l.Product })
		if i < 0 {
			n := l.count()
			l.Quantity = &n
			all = append(all, l)
			continue
		}
		n := all[i].count() + l.count()
		all[i].Quantity = &n
	}
	return all
}

// coupon is what all events of a coupon come to.
type coupon struct {
	code, name, nameEN, category string
	member                       member.ID
	off, least, expires          int64
	used                         *int64
}

const never = 253402214400000 // ms; the last day of 9999

func foldCoupon(events []happened) coupon {
	c := coupon{code: events[0].facts.Code, name: events[0].facts.Code, nameEN: events[0].facts.Code, member: events[0].member, expires: never}
	for i := range events {
		f := &events[i].facts
		c.name, c.nameEN, c.category = either(f.Name, c.name), either(f.NameEN, c.nameEN), either(f.Category, c.category)
		if f.Off != nil {
			c.off = *f.Off
		}
		if f.MinSpend != nil {
			c.least = *f.MinSpend
		}
		if f.Expires != nil {
			c.expires = f.Expires.UnixMilli()
		}
	}
	for i := range events { // what ends it counts whatever was told afterwards
		switch e := &events[i]; e.facts.Status {
		case "used":
			if c.used == nil {
				c.used = &e.at
			}
		case "void":
			c.expires = min(c.expires, e.at)
		}
	}
	return c
}

// ticket is what all events of a complaint come to.
type ticket struct {
	number, text string
	member       member.ID
	created      int64
	resolved     *int64
}

func foldTicket(number string, events []happened) ticket {
	t := ticket{number: number, member: events[0].member, created: events[0].at}
	for i := range events {
		e := &events[i]
		t.text = either(e.facts.Text, t.text)
		if e.facts.Resolved && t.resolved == nil {
			t.resolved = &e.at
		}
	}
	t.text = member.Mask(t.text)
	return t
}

// contact is what all events of a call, or the one of a campaign, a rating or a
// complaint, add to the member's history.
type contact struct {
	entity string
	member member.ID
	member.Interaction
}

func foldContact(name string, events []happened) contact {
	first := &events[0]
	c := contact{entity: name, member: first.member, Interaction: member.Interaction{At: time.UnixMilli(first.at), Channel: "event", Intent: first.kind}}
	text := ""
	for i := range events {
		f := &events[i].facts
		c.Channel, c.Call, c.Outcome = either(f.Channel, c.Channel), either(f.Call, c.Call), either(f.Outcome, c.Outcome)
		c.Intent = either(f.Intent, c.Intent)
		c.Complaint = c.Complaint || f.Complaint || first.kind == Complaint
		if first.kind == Campaign {
			c.Intent = "campaign " + f.Name
		}
		if f.Rating != nil {
			c.Rating = f.Rating
		}
		text = either(f.Text, text)
		if first.kind == Rating {
			text = either(f.Text, f.About)
		}
	}
	if text != "" {
		masked := member.Mask(text)
		c.Summary = &masked
	}
	return c
}

func either(newer, older string) string {
	if newer != "" {
		return newer
	}
	return older
}
