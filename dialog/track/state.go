package track

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// Schema says how acts change a state.
type Schema struct {
	Name   string   // the slot that names a thing of a domain: 名称
	Near   string   // what the slot for "near a thing of that domain" begins with: 周边
	Slots  []string // slots with one value: a later one takes its place
	Listed []string // slots with several values, kept in one text with spaces between; options are listed in theirs
}

// Tracker keeps what one caller wants, by rules. It is for one goroutine.
//
// An inform takes the place of what was wanted before. A request for a name
// begins a new search of its domain, and so does a choice "near" something. A name
// that is said where there are other constraints is that of something which was
// offered: it is spoken of, not searched by. What is listed grows within a turn
// and begins anew with the next one.
type Tracker struct {
	schema  Schema
	state   State
	offered map[string]string // the name last spoken of in each domain
}

// NewTracker starts with a caller who wants nothing yet.
func NewTracker(schema Schema) *Tracker {
	return &Tracker{schema: schema, state: State{}, offered: map[string]string{}}
}

// Searched takes over what the agent did search by in the end, which may be less
// than what was wanted. The state is copied.
func (t *Tracker) Searched(state State) { t.state = state.Clone() }

// Agent hears the agent's acts: what it offers may be meant later.
func (t *Tracker) Agent(acts []Act) { t.names(acts) }

func (t *Tracker) names(acts []Act) {
	for _, a := range acts {
		if a.Slot == t.schema.Name && a.Value != "" && (a.Intent == "Inform" || a.Intent == "Recommend") {
			t.offered[a.Domain] = a.Value
		}
	}
}

// User hears the caller's acts and returns what is wanted now. The text is that
// of the turn, for the order in which several values of a slot were said; it may
// be empty.
func (t *Tracker) User(acts []Act, text string) State {
	said := newSaid(acts, text, t.schema.Name)
	prev := t.state.Clone()
	for _, domain := range slices.Sorted(maps.Keys(said.from)) {
		from := said.from[domain]
		name := cmp.Or(said.named[from], t.offered[from], prev.Get(from, t.schema.Name))
		if name != "" {
			t.state[domain] = map[string]string{}
			t.state.Set(domain, t.schema.Near+from, name)
		}
	}
	for domain := range said.sought {
		if said.from[domain] == "" && said.named[domain] == "" && len(prev[domain]) > 0 {
			t.state[domain] = map[string]string{}
		}
	}
	for _, a := range said.informs {
		if a.Slot == t.schema.Name && (said.isSource(a.Domain) || len(prev[a.Domain]) > 0 && prev.Get(a.Domain, a.Slot) == "") {
			continue
		}
		t.inform(a, prev)
	}
	t.names(acts)
	return t.state
}

// inform sets one slot. prev is the state before the turn.
func (t *Tracker) inform(a Act, prev State) {
	slot, option, isOption := strings.Cut(a.Slot, "-")
	value := a.Value
	if isOption {
		value = option
	}
	switch {
	case !isOption && slices.Contains(t.schema.Slots, slot):
		t.state.Set(a.Domain, slot, value)
	case !slices.Contains(t.schema.Listed, slot):
	case isOption && a.Value != "是":
		kept := slices.DeleteFunc(strings.Fields(t.state.Get(a.Domain, slot)), func(v string) bool { return v == option })
		t.state.Set(a.Domain, slot, strings.Join(kept, " "))
	default:
		old := t.state.Get(a.Domain, slot)
		if !isOption && old == prev.Get(a.Domain, slot) {
			old = ""
		}
		if slices.Contains(strings.Fields(old), value) {
			return
		}
		t.state.Set(a.Domain, slot, strings.TrimSpace(old+" "+value))
	}
}

// said is a turn's acts by what they do.
type said struct {
	informs []Act             // in the order in which the text has their values
	named   map[string]string // by domain
	sought  map[string]bool   // domains of which a name is asked for
	from    map[string]string // by domain: near what its things shall be
}

func newSaid(acts []Act, text, name string) said {
	s := said{named: map[string]string{}, sought: map[string]bool{}, from: map[string]string{}}
	for _, a := range acts {
		switch a.Intent {
		case "Inform":
			s.informs = append(s.informs, a)
			if a.Slot == name {
				s.named[a.Domain] = a.Value
			}
		case "Request":
			if a.Slot == name {
				s.sought[a.Domain] = true
			}
		case "Select":
			s.from[a.Domain] = a.Value
		}
	}
	slices.SortStableFunc(s.informs, func(a, b Act) int { return cmp.Compare(place(a, text), place(b, text)) })
	return s
}

func (s *said) isSource(domain string) bool {
	for _, from := range s.from {
		if from == domain {
			return true
		}
	}
	return false
}

// place is where a text has an act's value; -1 for nowhere.
func place(a Act, text string) int {
	if _, option, ok := strings.Cut(a.Slot, "-"); ok {
		return strings.Index(text, option)
	}
	return strings.Index(text, a.Value)
}
