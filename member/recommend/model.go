package recommend

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"time"
)

// Basket is what was bought together: the ids of items, each once.
type Basket struct {
	At    time.Time
	Items []string
}

// Config shapes a [Model]. Zero values work.
type Config struct {
	// HalfLife is after how long a basket says half as much: tastes change with the
	// season. 0 is 60 days.
	HalfLife time.Duration
	// Recent is after how long a member's own purchase says half as much of what he
	// wants next. 0 is 90 days.
	Recent time.Duration
	// Neighbours bounds how many items each item remembers; 0 is 400.
	Neighbours int
}

func (c Config) withDefaults() Config {
	c.HalfLife = cmp.Or(c.HalfLife, 60*24*time.Hour)
	c.Recent = cmp.Or(c.Recent, 90*24*time.Hour)
	c.Neighbours = cmp.Or(c.Neighbours, 400)
	return c
}

// Model knows what is bought together, and what is bought much. It grows basket by
// basket. One goroutine adds; while none does, any number may ask.
type Model struct {
	c     Config
	start time.Time // of the weights: a basket weighs 2^((At−start)/HalfLife)
	index map[string]int
	items []item
}

type item struct {
	id     string
	weight float64         // of the baskets that hold it
	beside map[int]float64 // weight of the baskets shared with another item
}

// widest is how many items of one basket are counted in pairs: a wholesaler's basket
// says little about any two of its items.
const widest = 80

// New returns a model that knows nothing.
func New(c Config) *Model {
	return &Model{c: c.withDefaults(), index: map[string]int{}}
}

// Add learns from one basket of anybody. Baskets may come in any order.
func (m *Model) Add(b Basket) {
	if m.start.IsZero() {
		m.start = b.At
	}
	weight := m.weight(b.At)
	var in []int
	for _, id := range b.Items {
		i, there := m.index[id]
		if !there {
			i = len(m.items)
			m.index[id] = i
			m.items = append(m.items, item{id: id, beside: map[int]float64{}})
		}
		if !slices.Contains(in, i) {
			in = append(in, i)
			m.items[i].weight += weight
		}
	}
	if len(in) > widest {
		in = in[:widest]
	}
	share := weight / math.Sqrt(float64(max(1, len(in)-1)))
	for _, i := range in {
		for _, j := range in {
			if i != j {
				m.items[i].beside[j] += share
			}
		}
		m.prune(m.items[i].beside)
	}
}

// weight grows with time, so that what is older need not be touched. It stays finite
// for a thousand half-lives.
func (m *Model) weight(at time.Time) float64 {
	return math.Exp2(min(1000, float64(at.Sub(m.start))/float64(m.c.HalfLife)))
}

// prune forgets an item's faintest neighbours when they have become twice too many.
func (m *Model) prune(beside map[int]float64) {
	if len(beside) < 2*m.c.Neighbours {
		return
	}
	order := slices.SortedFunc(maps.Keys(beside), func(a, b int) int {
		return cmp.Or(cmp.Compare(beside[b], beside[a]), cmp.Compare(a, b))
	})
	for _, j := range order[m.c.Neighbours:] {
		delete(beside, j)
	}
}

// call is how strongly an item suggests itself to a member.
type call struct {
	value   float64
	because int     // the item of his own that it comes from most, −1 none
	own     float64 // how much of it he has had himself, by recency
}

// again is what having bought an item says for the item itself, beside the items that
// were bought with it.
const again = 0.5

// calls returns how each item that is known suggests itself to a member, by its
// number: the cosine of its baskets and those of each item that he has, times how
// recently he bought that one.
func (m *Model) calls(past []Basket, now time.Time) []call {
	all, norm := make([]call, len(m.items)), make([]float64, len(m.items))
	for i := range all {
		all[i].because = -1
		norm[i] = math.Sqrt(m.items[i].weight)
	}
	for _, b := range past {
		for _, id := range b.Items {
			if i, there := m.index[id]; there && !b.At.After(now) {
				all[i].own += math.Exp2(-float64(now.Sub(b.At)) / float64(m.c.Recent))
			}
		}
	}
	strongest := make([]float64, len(m.items))
	for i := range all {
		if all[i].own == 0 {
			continue
		}
		all[i].value += again * all[i].own
		for j, w := range m.items[i].beside { // each j once: the map's order is no matter
			link := all[i].own * w / (norm[i] * norm[j])
			all[j].value += link
			if link > strongest[j] {
				strongest[j], all[j].because = link, i
			}
		}
	}
	return all
}
