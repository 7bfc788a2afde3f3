// Package recommend says what to offer a member: what others buy with what he bought,
// the newer the more, and never what he cannot or should not be offered. It gives each
// pick its reason in words.
//
// It is item-to-item collaborative filtering (Linden, Smith, York, 2003) with weights
// that fade with time. It holds no members, does no I/O, reads no clock and starts no
// goroutine: baskets, the catalogue and the time come in.
package recommend

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"time"
)

// Item is something that the shop sells.
type Item struct {
	ID         string
	ZH, EN     string // names; either may be empty
	Category   string
	Tags       []string
	Price      int64 // hundredths of the shop's currency; 0 unknown
	InStock    bool
	Consumable bool // may be offered to who has it
	Level      int  // the member level that it is made for; 0 is everybody's
}

// Member is who asks. What is unknown is empty.
type Member struct {
	Past   []Basket           // what he bought, in any order
	Wanted []string           // items that he favoured, or put into the cart and did not buy
	Tags   map[string]float64 // his tags, and how much each counts; 1 is usual
	Level  int                // what is made for a lower one is beneath him
}

// Pick is one item offered, and why.
type Pick struct {
	Item   Item
	Score  float64 // only good to compare picks of one call
	Reason Reason
}

// Recommend picks at most limit items of the catalogue for a member, the best first. It
// offers nothing that is out of stock, made for a level below his, or his already
// unless it is consumable; and only items of the categories that he bought from or
// wants, where any of these are left. One candidate alone is the pick. Of several, what
// he bought and wants decides, then his tags; of somebody of whom nothing is known, what
// is popular for its price.
func (m *Model) Recommend(catalogue []Item, who *Member, now time.Time, limit int) []Pick {
	has, wants := owned(who.Past, now), map[string]bool{}
	for _, id := range who.Wanted {
		wants[id] = true
	}
	fit := preferred(catalogue, fitting(catalogue, who, has), has, wants)
	calls := m.calls(who.Past, now)
	r := ranker{m: m, who: who, calls: calls, wants: wants, usual: usualPrices(catalogue), known: len(wants) > 0}
	for _, c := range calls {
		r.known = r.known || c.own > 0
	}
	for i := range m.items {
		r.top = max(r.top, m.items[i].weight)
	}
	order, scores := make([]int, len(fit)), make([]float64, len(fit))
	for i := range fit {
		order[i], scores[i] = i, r.score(&fit[i])
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(scores[b], scores[a]), cmp.Compare(fit[a].Price, fit[b].Price), cmp.Compare(fit[a].ID, fit[b].ID))
	})
	picks := make([]Pick, 0, min(max(limit, 0), len(fit)))
	for _, i := range order[:cap(picks)] {
		picks = append(picks, Pick{Item: fit[i], Score: scores[i], Reason: r.reason(&fit[i], catalogue)})
	}
	if len(fit) == 1 && len(picks) == 1 {
		picks[0].Reason = Reason{Kind: Only, Item: fit[0]}
	}
	return picks
}

func owned(past []Basket, now time.Time) map[string]bool {
	has := map[string]bool{}
	for _, b := range past {
		for _, id := range b.Items {
			if !b.At.After(now) {
				has[id] = true
			}
		}
	}
	return has
}

// fitting leaves what may be offered at all.
func fitting(catalogue []Item, who *Member, has map[string]bool) []Item {
	var fit []Item
	for _, i := range catalogue {
		beneath := i.Level > 0 && i.Level < who.Level
		if i.InStock && !beneath && (i.Consumable || !has[i.ID]) {
			fit = append(fit, i)
		}
	}
	return fit
}

// preferred leaves the items of categories that the member has shown to like.
func preferred(catalogue, fit []Item, has, wants map[string]bool) []Item {
	liked := map[string]bool{}
	for _, i := range catalogue {
		if i.Category != "" && (has[i.ID] || wants[i.ID]) {
			liked[i.Category] = true
		}
	}
	var rest []Item
	for _, i := range fit {
		if liked[i.Category] {
			rest = append(rest, i)
		}
	}
	if len(rest) == 0 {
		return fit
	}
	return rest
}

// usualPrices returns the median price of each category.
func usualPrices(catalogue []Item) map[string]float64 {
	prices := map[string][]int64{}
	for _, i := range catalogue {
		if i.Price > 0 {
			prices[i.Category] = append(prices[i.Category], i.Price)
		}
	}
	usual := map[string]float64{}
	for category := range maps.Keys(prices) {
		all := prices[category]
		slices.Sort(all)
		usual[category] = float64(all[len(all)/2])
	}
	return usual
}

// ranker scores the items of one call.
type ranker struct {
	m     *Model
	who   *Member
	calls []call
	wants map[string]bool
	usual map[string]float64
	known bool    // something is known of the member
	top   float64 // the weight of the most popular item
}

// score weighs one item: popularity is the ground on which everything stands, and what
// is known of the member lies far above it.
func (r *ranker) score(i *Item) float64 {
	const ground, wanted = 1e-6, 1.0
	popular, value := 0.0, 0.0
	if number, there := r.m.index[i.ID]; there && r.top > 0 {
		popular, value = r.m.items[number].weight/r.top, r.calls[number].value
	}
	score := popular
	if usual := r.usual[i.Category]; !r.known && i.Price > 0 && usual > 0 {
		score /= math.Sqrt(float64(i.Price) / usual)
	}
	if r.known {
		score = ground*popular + value
	}
	if r.wants[i.ID] {
		score += wanted
	}
	liking := 1.0
	for _, tag := range i.Tags {
		liking += max(0, r.who.Tags[tag])
	}
	return score * liking
}

// reason names what weighs most in an item's score.
func (r *ranker) reason(i *Item, catalogue []Item) Reason {
	if r.wants[i.ID] {
		return Reason{Kind: Wanted, Item: *i}
	}
	number, there := r.m.index[i.ID]
	if !there || r.calls[number].value <= 0 {
		return Reason{Kind: Popular, Item: *i}
	}
	c := r.calls[number]
	if c.own*again >= c.value/2 {
		return Reason{Kind: Again, Item: *i}
	}
	out := Reason{Kind: Together, Item: *i}
	if at := slices.IndexFunc(catalogue, func(o Item) bool { return c.because >= 0 && o.ID == r.m.items[c.because].id }); at >= 0 {
		out.Because = catalogue[at]
	}
	return out
}
