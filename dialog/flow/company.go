package flow

import (
	"cmp"
	"slices"

	"huike/dialog"
)

// Company is which wishes come together in one call: for each, the others in order, the
// likeliest first. It is only read once it is made, by any number of conversations.
type Company map[dialog.Intent][]dialog.Intent

const (
	leastTogether = 5 // calls in which two wishes came together, below which it is chance
	mostRelated   = 3 // flows that are related to one, at most
)

// Together counts which wishes came together in calls that have ended: calls are the
// wishes of each, each once. What comes with a wish no more often than with any other is
// left out.
func Together(calls [][]dialog.Intent) Company {
	alone := map[dialog.Intent]int{}
	both := map[dialog.Intent]map[dialog.Intent]int{}
	for _, wishes := range calls {
		for _, a := range wishes {
			alone[a]++
			for _, b := range wishes {
				if a == b {
					continue
				}
				if both[a] == nil {
					both[a] = map[dialog.Intent]int{}
				}
				both[a][b]++
			}
		}
	}
	c := Company{}
	for a, with := range both {
		var list []dialog.Intent
		for b, n := range with {
			if n >= leastTogether && n*len(calls) > alone[a]*alone[b] {
				list = append(list, b)
			}
		}
		slices.SortFunc(list, func(x, y dialog.Intent) int {
			return cmp.Or(cmp.Compare(with[y], with[x]), cmp.Compare(x, y))
		})
		if len(list) > 0 {
			c[a] = list
		}
	}
	return c
}

// WithCompany returns the same flows, whose related ones are, before those of the flows
// themselves, what callers wanted in the same calls. Only what is related to some flow in
// the shop's data is ever shown: a shop says what may be.
func (d *Definition) WithCompany(c Company) *Definition {
	other := *d
	other.company = c
	return &other
}

// related are the names of the flows to show after w.
func (c *Conversation) related(w *flow) []string {
	var names []string
	for _, intent := range w.Intents {
		for _, b := range c.def.company[intent] {
			if next := c.def.intents[b]; next != nil && next != w && c.def.shown[next.Name] && !slices.Contains(names, next.Name) {
				names = append(names, next.Name)
			}
		}
	}
	for _, name := range w.Related {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names[:min(len(names), mostRelated)]
}
