package recommend

import (
	"cmp"
	"maps"
	"slices"
)

// Sale is a basket and whose it is.
type Sale struct {
	Member string
	Basket Basket
}

// Trial counts members of whose last basket at least one item was among ten picks.
type Trial struct {
	N        int     `json:"n"`        // members with a basket before their last
	HitRate  float64 `json:"hit_rate"` // of the model, 0 to 1
	Popular  float64 `json:"popular"`  // of the ten items in the most baskets so far, the same for everybody
	Lift     float64 `json:"lift"`     // the first over the second
	NewItems bool    `json:"new_items"`
}

// Try plays sales in the order of their time. Each member's last basket is foretold
// from what had been sold before it, to him and to everybody. With newItems nothing
// that a member has is offered, by neither side, and only new items count; otherwise
// everything is a consumable.
func Try(c Config, sales []Sale, newItems bool) Trial {
	sales = slices.Clone(sales)
	slices.SortStableFunc(sales, func(a, b Sale) int { return a.Basket.At.Compare(b.Basket.At) })
	last := map[string]int{}
	for i, s := range sales {
		last[s.Member] = i
	}
	m, past := New(c), map[string][]Basket{}
	var catalogue []Item
	sold := map[string]int{}
	t := Trial{NewItems: newItems}
	hits, popular := 0, 0
	for i, s := range sales {
		if last[s.Member] == i && len(past[s.Member]) > 0 {
			t.N++
			has := map[string]bool{}
			if newItems {
				has = owned(past[s.Member], s.Basket.At)
			}
			var picked []string
			for _, p := range m.Recommend(catalogue, &Member{Past: past[s.Member]}, s.Basket.At, 10) {
				picked = append(picked, p.Item.ID)
			}
			hits += hit(picked, s.Basket, has)
			popular += hit(most(sold, has, 10), s.Basket, has)
		}
		m.Add(s.Basket)
		past[s.Member] = append(past[s.Member], s.Basket)
		for _, id := range s.Basket.Items {
			if sold[id]++; sold[id] == 1 {
				catalogue = append(catalogue, Item{ID: id, InStock: true, Consumable: !newItems})
			}
		}
	}
	if t.N > 0 {
		t.HitRate, t.Popular = float64(hits)/float64(t.N), float64(popular)/float64(t.N)
	}
	if t.Popular > 0 {
		t.Lift = t.HitRate / t.Popular
	}
	return t
}

// hit is 1 where a basket holds an item that was picked, and that is none of has.
func hit(picked []string, b Basket, has map[string]bool) int {
	for _, id := range b.Items {
		if !has[id] && slices.Contains(picked, id) {
			return 1
		}
	}
	return 0
}

// most returns what was sold in the most baskets, without what is in has.
func most(sold map[string]int, has map[string]bool, n int) []string {
	order := slices.SortedFunc(maps.Keys(sold), func(a, b string) int {
		return cmp.Or(cmp.Compare(sold[b], sold[a]), cmp.Compare(a, b))
	})
	order = slices.DeleteFunc(order, func(id string) bool { return has[id] })
	return order[:min(n, len(order))]
}
