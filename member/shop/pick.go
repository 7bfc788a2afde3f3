package shop

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strings"

	"huike/member/shop/policy"
	"huike/member/store"
)

// Address is where things are sent. A shop that keeps an address in one line has it in
// the first.
type Address struct {
	Line1   string `json:"address1"`
	Line2   string `json:"address2"`
	City    string `json:"city"`
	State   string `json:"state"`
	Country string `json:"country"`
	Zip     string `json:"zip"`
}

func addressOf(args map[string]string) Address {
	a := Address{args["address1"], args["address2"], args["city"], args["state"], args["country"], args["zip"]}
	if a.Line1 == "" {
		a.Line1 = args["address"]
	}
	return a
}

func (a Address) json() string {
	text, err := json.Marshal(a)
	if err != nil { // strings alone always can
		return ""
	}
	return string(text)
}

// line writes the address on one line.
func (a Address) line() string {
	parts := slices.DeleteFunc([]string{a.Line1, a.Line2, a.City, a.State, a.Zip, a.Country}, func(p string) bool { return p == "" })
	return strings.Join(parts, ", ")
}

// variant is one form in which a product is sold.
type variant struct {
	id, options string // options as JSON
	price       int64
	available   bool
}

// method is a member's means of payment.
type method struct {
	id, source, brand, lastFour string
	balance                     sql.NullInt64
}

// label names the means of payment for the caller.
func (m *method) label(r *request) string {
	name := cmp.Or(m.source, m.id)
	switch m.source {
	case "gift_card":
		name = r.pick("礼品卡", "gift card")
	case "credit_card":
		name = r.pick("信用卡", "credit card")
	case "wechat":
		name = r.pick("微信支付", "WeChat Pay")
	case "alipay":
		name = r.pick("支付宝", "Alipay")
	case "paypal":
		name = "PayPal"
	}
	if m.lastFour != "" {
		name += r.pick("尾号", " ending in ") + m.lastFour
	}
	return name
}

// words are what callers call a kind of means of payment, without gaps.
func (m *method) words() []string {
	switch m.source {
	case "gift_card":
		return []string{"giftcard", "礼品卡", "储值卡", "购物卡", "card"}
	case "credit_card":
		return []string{"creditcard", "信用卡", m.brand, m.lastFour, "card"}
	case "wechat":
		return []string{"wechat", "微信"}
	case "alipay":
		return []string{"alipay", "支付宝"}
	}
	return []string{plain(m.source)}
}

// listed splits a list that a caller gave; where only ids are meant, an empty one is one
// too.
func (s *Shop) listed(text string) []string {
	if text != "" && s.rules.Exact() {
		return strings.Split(text, ",")
	}
	return slices.DeleteFunc(strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(",，、;；", r) || r == '\n' }),
		func(p string) bool { return strings.TrimSpace(p) == "" })
}

// pickUnits finds the things of the order that the request names. Where it names none,
// they are all meant, or the only one.
func (s *Shop) pickUnits(r *request, c *change, all bool) *Result {
	told := s.listed(r.args["items"])
	if len(told) == 0 && !s.rules.Exact() {
		if !all && len(c.order.units) > 1 {
			return new(missing("items"))
		}
		for i := range c.order.units {
			c.picked = append(c.picked, i)
		}
		return nil
	}
	for _, name := range told {
		at := s.unitNamed(c, strings.TrimSpace(name))
		if at < 0 {
			return new(invalid("items"))
		}
		c.picked = append(c.picked, at)
	}
	return nil
}

// unitNamed returns the first unit so named that is not picked yet, or −1.
func (s *Shop) unitNamed(c *change, name string) int {
	free := func(fits func(*unit) bool) int {
		for i := range c.order.units {
			if !slices.Contains(c.picked, i) && fits(&c.order.units[i]) {
				return i
			}
		}
		return -1
	}
	at := free(func(u *unit) bool { return u.item == name && name != "" })
	if at >= 0 || s.rules.Exact() {
		return at
	}
	if at = free(func(u *unit) bool { return u.product == name }); at >= 0 {
		return at
	}
	likeliest, score := -1, 0
	wanted := plain(name)
	for i := range c.order.units {
		u := &c.order.units[i]
		n := likeness(Name{ID: u.product, ZH: []string{u.zh}, EN: []string{u.en}}, name, wanted)
		if n > score && !slices.Contains(c.picked, i) {
			likeliest, score = i, n
		}
	}
	return likeliest
}

// pickFresh finds what is to come in place of each thing that was picked.
func (s *Shop) pickFresh(ctx context.Context, tx *sql.Tx, r *request, c *change) (*Result, error) {
	told := s.listed(r.args["new_items"])
	if len(told) == 0 && r.args["want"] == "" && !s.rules.Exact() {
		return new(missing("want")), nil
	}
	if len(told) > 0 || s.rules.Exact() {
		if len(told) != len(c.picked) {
			return new(invalid("new_items")), nil
		}
	}
	for i, at := range c.picked {
		u := &c.order.units[at]
		variants, err := readVariants(ctx, tx, u.product)
		if err != nil {
			return nil, err
		}
		var v variant
		if len(told) > 0 {
			found := slices.IndexFunc(variants, func(v variant) bool { return v.id == strings.TrimSpace(told[i]) })
			if found < 0 {
				return new(invalid("new_items")), nil
			}
			v = variants[found]
		} else {
			fit := wanted(variants, u.options, r.args["want"])
			if len(fit) != 1 {
				return new(r.several(u, fit)), nil
			}
			v = fit[0]
		}
		c.fresh = append(c.fresh, v)
		c.difference += v.price - u.price
	}
	return nil, nil //nolint:nilnil // no flaw
}

// several answers that nothing or more than one thing fits.
func (r *request) several(u *unit, fit []variant) Result {
	name := r.pick(u.zh, u.en)
	if len(fit) == 0 {
		return Result{Code: CodeInvalid, Rows: []map[string]string{{"arg": "want", "item": name}}}
	}
	result := Result{Code: CodeAmbiguous}
	for _, v := range fit {
		result.Rows = append(result.Rows, map[string]string{"item": name, "item_id": v.id, "options": r.optionsText(v.options), "price": money(v.price)})
	}
	return result
}

func readVariants(ctx context.Context, tx *sql.Tx, product string) ([]variant, error) {
	var all []variant
	err := store.Each(ctx, tx, func(scan func(...any) error) error {
		var v variant
		err := scan(&v.id, &v.options, &v.price, &v.available)
		all = append(all, v)
		return err
	}, `SELECT id, options, price, available FROM variants WHERE product_id = $1 ORDER BY id`, product)
	return all, err
}

// pickMethod finds the means of payment that the request names, or the one that the
// order was paid with.
func (s *Shop) pickMethod(r *request, c *change) *Result {
	told := r.args["payment"]
	if told == "" && c.kind == changePayment {
		return new(missing("payment"))
	}
	name, all := told, c.methods
	if told == "" && !s.rules.Exact() {
		if name = c.order.paidWith(); name == "" {
			return nil // the shop keeps no payments
		}
	}
	at := slices.IndexFunc(all, func(m method) bool { return m.id == name })
	if at < 0 && !s.rules.Exact() {
		at = methodNamed(all, plain(name))
	}
	if at < 0 {
		return new(invalid("payment"))
	}
	c.method = all[at]
	return nil
}

// methodNamed returns which of the means of payment the words mean, the one with the
// longest word among them, or −1.
func methodNamed(all []method, said string) int {
	at, longest := -1, 0
	for i := range all {
		for _, w := range all[i].words() {
			if len(w) > longest && strings.Contains(said, w) {
				at, longest = i, len(w)
			}
		}
	}
	return at
}

func readMethods(ctx context.Context, tx *sql.Tx, r *request) ([]method, error) {
	var all []method
	err := store.Each(ctx, tx, func(scan func(...any) error) error {
		var m method
		err := scan(&m.id, &m.source, &m.brand, &m.lastFour, &m.balance)
		all = append(all, m)
		return err
	}, `SELECT id, source, brand, last_four, balance FROM payment_methods WHERE member_id = $1 ORDER BY id`, r.member)
	return all, err
}

// standing is what rules may know of the member.
func (s *Shop) standing(ctx context.Context, tx *sql.Tx, r *request) (policy.Member, error) {
	var m policy.Member
	if r.member == "" {
		return m, nil
	}
	var since int64
	err := tx.QueryRowContext(ctx, `SELECT COALESCE(tier, ''), created_at, (SELECT COALESCE(SUM(delta), 0) FROM points WHERE member_id = m.id),
		(SELECT COUNT(*) FROM orders WHERE member_id = m.id) FROM members m WHERE id = $1`, r.member).Scan(&m.Tier, &since, &m.Points, &m.Orders)
	m.Since = daysBetween(since, r.now)
	return m, err
}
