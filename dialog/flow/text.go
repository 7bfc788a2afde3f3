package flow

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/expr-lang/expr"

	"huike/dialog"
	"huike/dialog/nlu"
)

// env is what an expression ("when") can speak of.
type env struct {
	Person person            `expr:"person"`
	Slot   map[string]string `expr:"slot"`
	Date   map[string]string `expr:"date"` // of the slots that are dates: "2026-05-19", with "T15:00" where an hour was said
	Row    map[string]string `expr:"row"`  // the first row of the last result
	Rows   int               `expr:"rows"` // how many it had
	Code   string            `expr:"code"`
	Reason string            `expr:"reason"` // of the last handoff
	Need   string            `expr:"need"`   // "latent" where the last wish was only hinted at
	Flow   string            `expr:"flow"`
	Lead   float64           `expr:"lead"`  // how much the caller seems to want to buy
	Prove  bool              `expr:"prove"` // an operation wants to be sure who calls
}

type person struct {
	Known        bool   `expr:"known"`
	Address      string `expr:"address"`
	Tier         string `expr:"tier"`
	Account      string `expr:"account"`
	Stage        string `expr:"stage"`
	LastPurchase string `expr:"last_purchase"`

	Unproven bool   `expr:"unproven"`
	Voice    string `expr:"voice"`
	Discount int    `expr:"discount"`
	Priority int    `expr:"priority"`
	Greeting string `expr:"greeting"`
	Refill   string `expr:"refill"`

	Tags []string `expr:"tags"`
}

// known is what conditions may see of the caller.
func (c *Conversation) known() person {
	p := c.state.Person
	return person{
		Known: p.Known, Address: p.Address, Tier: p.Tier, Account: p.Account, Stage: p.Stage, LastPurchase: p.LastPurchase, Tags: p.Tags,
		Unproven: p.Unproven, Voice: p.Voice, Discount: p.Discount, Priority: p.Priority, Greeting: p.Greeting, Refill: p.Refill,
	}
}

// holds evaluates a node's When.
func (c *Conversation) holds(f *frame, n *node) bool {
	if n.when == nil {
		return true
	}
	v, err := expr.Run(n.when, c.env(f))
	ok, is := v.(bool)
	return err == nil && is && ok
}

// env is what a condition of f sees.
func (c *Conversation) env(f *frame) env {
	e := env{
		Person: c.known(), Slot: make(map[string]string, len(f.Slots)), Row: map[string]string{}, Rows: len(f.Rows),
		Code: f.Code, Reason: string(c.state.Reason), Need: c.state.Need, Flow: f.Flow, Lead: c.state.Lead, Prove: c.state.Prove,
	}
	for name, s := range f.Slots {
		e.Slot[name] = s.Value
		if c.def.file.Slots[name].Kind == "date" {
			e.date(name, s.Value, c.state.Day)
		}
	}
	if len(f.Rows) > 0 {
		e.Row = f.Rows[0]
	}
	return e
}

func (e *env) date(name, value, today string) {
	if e.Date == nil {
		e.Date = map[string]string{}
	}
	day, clock := calendar(value, today)
	if clock != "" {
		day += "T" + clock
	}
	e.Date[name] = day
}

// expand fills the place-holders of a template from the frame: {slot.x},
// {heard.x} (the caller's own words), {date.x} and {time.x} (of a date slot, by the calendar), {row.x}, {row2.x}, {rows}, {person.x}, {code}. "{row.item|product}" says the
// product's name in the caller's language.
func (c *Conversation) expand(f *frame, text string, row int) string {
	if !strings.Contains(text, "{") {
		return text
	}
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(text, "{")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		var place string
		if place, text, ok = strings.Cut(rest, "}"); !ok {
			return b.String()
		}
		place, slot, _ := strings.Cut(place, "|")
		value := c.value(f, place, row)
		if slot != "" {
			value = c.called(slot, value)
		}
		b.WriteString(value)
	}
}

func (c *Conversation) value(f *frame, place string, row int) string {
	root, field, _ := strings.Cut(place, ".")
	switch root {
	case "slot":
		return f.Slots[field].Value
	case "date":
		day, _ := calendar(f.Slots[field].Value, c.state.Day)
		return day
	case "time":
		_, clock := calendar(f.Slots[field].Value, c.state.Day)
		return clock
	case "readings":
		return c.readings(field)
	case "prove":
		if c.state.Prove {
			return "yes"
		}
		return ""
	case "heard":
		return cmp.Or(f.Slots[field].Heard, f.Slots[field].Value)
	case "rows":
		return strconv.Itoa(len(f.Rows))
	case "code":
		return f.Code
	case "row2":
		row++
	case "row":
	case "person":
		return c.personValue(field)
	default:
		return ""
	}
	if row >= len(f.Rows) {
		return ""
	}
	return f.Rows[row][field]
}

func (c *Conversation) personValue(field string) string {
	p := c.state.Person
	switch field {
	case "address":
		return p.Address
	case "tier":
		return p.Tier
	case "last_purchase":
		return p.LastPurchase
	case "last_when":
		return p.LastWhen
	case "phone":
		return p.Phone
	case "refill":
		return p.Refill
	case "greeting":
		return p.Greeting
	case "discount":
		return strconv.Itoa(p.Discount)
	case "tier_name":
		return c.tier()
	}
	return ""
}

// tier is how the caller's tier is called in the language of the call.
func (c *Conversation) tier() string {
	return cmp.Or(c.def.file.Tiers[c.state.Person.Tier].Name[string(c.state.Lang)], c.state.Person.Tier)
}

// readings are all readings of all answers to a slot: one a line, answers with a blank
// line between them.
func (c *Conversation) readings(slot string) string {
	answers := make([]string, len(c.state.Readings[slot]))
	for i, all := range c.state.Readings[slot] {
		answers[i] = strings.Join(all, "\n")
	}
	return strings.Join(answers, "\n\n")
}

// called returns the shop's own name for value in the caller's language, and
// value itself where the shop has no such thing.
func (c *Conversation) called(slot, value string) string {
	if n, ok := c.def.names[slot][strings.ToLower(value)]; ok {
		return n.Called(c.state.Lang)
	}
	return value
}

// act makes an act of a node's Say for one row.
func (c *Conversation) act(f *frame, n *node, name string, row int) dialog.Act {
	a := dialog.Act{Name: c.expand(f, name, row), Whole: n.Whole}
	if strings.Contains(name, "{") && n.Or != "" && !listed(n.All, a.Name) {
		a.Name = n.Or
	}
	if len(n.With) > 0 {
		a.Args = make(map[string]string, len(n.With))
		for k, v := range n.With {
			a.Args[k] = c.expand(f, v, row)
		}
	}
	return a
}

func listed(all []string, name string) bool {
	return slices.Contains(all, name)
}

// slots returns everything filled so far, for the person who takes over.
func (c *Conversation) slots() map[string]string {
	out := make(map[string]string, len(c.state.Memory))
	for name, s := range c.state.Memory {
		if name != nlu.SlotAnswer && name != nlu.SlotChoice {
			out[name] = s.Value
		}
	}
	return maps.Clone(out)
}
