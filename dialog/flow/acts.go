package flow

import (
	"maps"
	"slices"
	"strings"
)

// Acts returns every act that a conversation can come to, with the names of its
// arguments: what the wording must have words for.
func (d *Definition) Acts() map[string][]string {
	acts := map[string][]string{"choose.option": {"n", "label"}}
	for _, name := range []string{
		"anything_else", "cancelled", "confirm.change", "confirm.explicit", "confirm.unheard", "fault", "go_ahead",
		"goodbye", "goodbye.silent", "greeting", "draining", "handoff.again", "handoff.waiting", "handoff.withdrawn", "help", "looking", "no_recogniser",
		"menu", "no_input.1", "no_input.2", "kept", "language", "no_match.1", "no_match.2", "refused", "resume", "resumed", "robot", "steer", "thanks",
		"not_for_account", "not_for_account.offer", "noted", "too_late", "unproven", "unsolved", "wait", "what_else", "what_exactly",
	} {
		acts[name] = nil
	}
	acts["noted.as"] = []string{"what"}
	acts["related"] = []string{"title"}
	acts[RelatedShown] = []string{"titles"}
	d.sayElsewhere(acts)
	for _, f := range d.file.Flows {
		for _, n := range f.Nodes {
			for _, name := range d.says(n) {
				acts[name] = slices.Sorted(maps.Keys(n.With))
			}
			if n.Choose != "" && n.Label == "" {
				acts["choose."+n.Choose+".option"] = append(slices.Sorted(maps.Keys(n.With)), "n")
			}
		}
	}
	return acts
}

// sayElsewhere adds the acts of the routing table, of offers, and of what prepares a
// person.
func (d *Definition) sayElsewhere(acts map[string][]string) {
	for _, r := range d.routing.Rules {
		if r.Say != "" {
			acts[r.Say] = nil
		}
	}
	for _, o := range d.file.Offers {
		acts[o.Say] = slices.Sorted(maps.Keys(o.With))
	}
	for _, p := range d.file.Prepare {
		acts[p.Say] = nil
	}
	if len(d.file.Prepare) > 0 {
		acts["prepare.noted"] = nil
	}
}

// says returns the acts that a node can say.
func (d *Definition) says(n *node) []string {
	names := append([]string{}, n.All...)
	if n.Or != "" {
		names = append(names, n.Or)
	}
	if n.Confirm != "" {
		names = append(names, n.Confirm)
	}
	question, slot := n.Say, n.Ask+n.Choose
	switch {
	case n.Ask != "" && question == "":
		question = "ask." + n.Ask
	case n.Choose != "" && question == "":
		question = "choose." + n.Choose
	}
	if question != "" && !strings.Contains(question, "{") {
		names = append(names, question)
	}
	if slot == "" {
		return names
	}
	if n.Hour {
		names = append(names, question+".hour")
	}
	if d.file.Slots[slot].Kind == "digits" {
		names = append(names, "invalid."+slot)
	}
	return append(names, question+".again", whyOf(n))
}
