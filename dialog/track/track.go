// Package track reads what a conversation's turns mean as acts over domains and
// slots (inform a hotel's price, ask for its address), and keeps the state of
// what the caller wants over many turns, domains and corrections. The readers of
// acts are trained from a shop's labelled dialogues in seconds. It does not
// decide what to do, and knows intents only as the names that the data has.
//
// A [Tagger] finds the mentions of values by the shop's catalogue and by
// patterns for amounts and times, and judges each with a linear model; what is
// meant without a value ("and the phone?") is judged by one linear model for
// each act. A [Tracker] is rules alone. Acts, states and measures are those of
// CrossWOZ (Zhu et al., TACL 2020, arXiv:2002.11893).
package track

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// Act is one thing that a turn means.
type Act struct {
	Intent string // such as Inform, Request, Recommend, Select, NoOffer, General
	Domain string // such as 酒店; a General act has its kind here
	Slot   string // such as 价格; none where there is no slot
	Value  string // empty in a Request
}

func (a Act) String() string { return strings.Join([]string{a.Intent, a.Domain, a.Slot, a.Value}, "+") }

func compareActs(a, b Act) int {
	return cmp.Or(cmp.Compare(a.Intent, b.Intent), cmp.Compare(a.Domain, b.Domain), cmp.Compare(a.Slot, b.Slot), cmp.Compare(a.Value, b.Value))
}

// Turn is what one party said at once.
type Turn struct {
	User bool // the caller, not the agent
	Text string
	Acts []Act
	// State is what the agent searched by in the end, and First what it searched
	// by at first, which is what the caller wants: of the agent's turns only.
	State, First State
}

// State is the value of each slot of each domain. What is absent is not wanted.
type State map[string]map[string]string

// Get returns the value of a slot, or nothing.
func (s State) Get(domain, slot string) string { return s[domain][slot] }

// Set gives a slot a value; an empty one takes it out.
func (s State) Set(domain, slot, value string) {
	if value == "" {
		delete(s[domain], slot)
		return
	}
	if s[domain] == nil {
		s[domain] = map[string]string{}
	}
	s[domain][slot] = value
}

// Clone copies the state.
func (s State) Clone() State {
	out := State{}
	for domain, slots := range s {
		out[domain] = maps.Clone(slots)
	}
	return out
}

// Equal says whether all slots have the same values.
func (s State) Equal(other State) bool {
	return s.within(other) && other.within(s)
}

func (s State) within(other State) bool {
	for domain, slots := range s {
		for slot, value := range slots {
			if value != other.Get(domain, slot) {
				return false
			}
		}
	}
	return true
}

// sorted returns acts in order, each once.
func sorted(acts []Act) []Act {
	slices.SortFunc(acts, compareActs)
	return slices.Compact(acts)
}
