package flow

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/expr-lang/expr/vm"

	"huike/dialog"
	"huike/dialog/nlu"
)

// Definition is a shop's flows made ready by [Load]. It is read-only and serves
// any number of conversations at a time.
type Definition struct {
	file       flowFile
	flows      map[string]*flow
	intents    map[dialog.Intent]*flow
	words      nlu.Definition
	understand understander
	names      map[string]map[string]nlu.Name // by slot and by any of its names or its id
}

// understander finds out what words mean: [nlu.Understander].
type understander interface {
	Understand(lang dialog.Lang, text string, alternatives []string, expect nlu.Expect) dialog.Understanding
}

// Names returns the shop's own names by slot ("product", "store"), for a
// recogniser's hints. The caller only reads them.
func (d *Definition) Names() map[string][]nlu.Name { return d.words.Names }

// WithNames returns the same flows with the names of a shop's own records in
// place of those in names.yaml, slot by slot.
func (d *Definition) WithNames(names map[string][]nlu.Name) (*Definition, error) {
	other := *d
	other.words.Names = maps.Clone(d.words.Names)
	if other.words.Names == nil {
		other.words.Names = map[string][]nlu.Name{}
	}
	maps.Copy(other.words.Names, names)
	other.indexNames()
	var err error
	if other.understand, err = nlu.New(other.words); err != nil {
		return nil, fmt.Errorf("names of the shop: %w", err)
	}
	return &other, nil
}

// flowFile is flows.yaml.
type flowFile struct {
	Operations map[string]operationType `yaml:"operations"`
	Slots      map[string]slotType      `yaml:"slots"`
	Keys       map[string]string        `yaml:"keys"`   // key: flow, or "repeat"
	Starts     starts                   `yaml:"starts"` // the flows that events start
	Moods      map[string]string        `yaml:"moods"`  // mood: the flow for words that show it and mean nothing else
	Brief      brief                    `yaml:"brief"`
	Flows      []*flow                  `yaml:"flows"`
}

type operationType struct {
	Args  []string `yaml:"args"`
	Write bool     `yaml:"write"`
}

type starts struct {
	Begin    string `yaml:"begin"`
	Nobody   string `yaml:"nobody"`
	Returned string `yaml:"returned"`
}

// slotType says what an answer must look like.
type slotType struct {
	Kind   string `yaml:"kind"`   // "digits", "name", "date", "yesno", "choice", "text"
	Digits int    `yaml:"digits"` // kind digits: the only right length; 0: any
}

// flow is a list of nodes, run from the first to the last unless one says where
// to go next.
type flow struct {
	Name    string            `yaml:"name"`
	Title   map[string]string `yaml:"title"`   // for the brief to a person, by language
	Intents []dialog.Intent   `yaml:"intents"` // what starts it
	Starts  []string          `yaml:"starts"`  // the slots that start it when they come alone
	Problem string            `yaml:"problem"` // what its failures count for; its name when empty
	Path    string            `yaml:"path"`    // "answer", "serve" or "person"
	Slots   []string          `yaml:"slots"`   // the slots it takes from the caller's words
	Urgent  bool              `yaml:"urgent"`  // overrules whatever is going on
	Quiet   bool              `yaml:"quiet"`   // "anything else?" does not follow it
	Retry   string            `yaml:"retry"`   // the node to go on from when the answer was not what was meant
	Nodes   []*node           `yaml:"nodes"`
	index   map[string]int
}

// node does, in this order: skip itself unless When; Set and Clear; count a
// failure (Fail) or a success (Solved); Say; then the one of Ask, Choose, Do,
// Confirm, Flow, Handoff and End that it has; then go to Next.
type node struct {
	ID      string            `yaml:"id"`
	When    string            `yaml:"when"` // an expression over person, slot, row, rows, code, reason
	Set     map[string]string `yaml:"set"`
	Clear   []string          `yaml:"clear"`
	Fail    bool              `yaml:"fail"`
	Outcome string            `yaml:"outcome"` // the disposition's code if the call ends well from here on
	Solved  bool              `yaml:"solved"`
	Say     string            `yaml:"say"`
	Or      string            `yaml:"or"`   // what to say where Say, filled in, is no act that All lists
	All     []string          `yaml:"all"`  // the acts that a Say with a place-holder can become
	Each    int               `yaml:"each"` // say it for each row, at most so many
	With    map[string]string `yaml:"with"` // arguments of Say, Do or Confirm
	Whole   bool              `yaml:"whole"`
	Ask     string            `yaml:"ask"`     // a slot; Say is the question, "ask." and the slot when empty
	Free    string            `yaml:"free"`    // Ask: the slot that takes words which fit nothing
	Unknown string            `yaml:"unknown"` // Ask: where "I don't know" leads
	Choose  string            `yaml:"choose"`  // a slot that one of the rows fills; asked where there are several
	Value   string            `yaml:"value"`   // Choose: the column that becomes the slot's value
	Label   string            `yaml:"label"`   // Choose: the column that is read out
	Do      string            `yaml:"do"`      // an operation
	On      map[string]string `yaml:"on"`      // Do: where a code leads: "ok", "none" (no rows), "fault" (any other), or a shop's code
	Confirm string            `yaml:"confirm"` // the act of the read-back
	No      string            `yaml:"no"`      // Confirm: where a no leads
	Flow    string            `yaml:"flow"`    // another flow, from whose end this one goes on
	Handoff dialog.Reason     `yaml:"handoff"`
	End     string            `yaml:"end"`  // a disposition's code
	Next    string            `yaml:"next"` // a node, or "done"
	when    *vm.Program
}

// Acts returns every act that a conversation can come to, with the names of its
// arguments: what the wording must have words for.
func (d *Definition) Acts() map[string][]string {
	acts := map[string][]string{"choose.option": {"n", "label"}}
	for _, name := range []string{
		"anything_else", "cancelled", "cannot_help", "confirm.change", "confirm.explicit", "confirm.unheard", "fault", "go_ahead",
		"goodbye", "goodbye.silent", "greeting", "draining", "handoff.again", "handoff.waiting", "handoff.withdrawn", "help", "looking", "no_recogniser",
		"no_input.1", "no_input.2", "no_match.1", "no_match.2", "resume", "steer", "thanks", "three_failures",
		"too_late", "unsolved", "wait", "what_else", "what_exactly",
	} {
		acts[name] = nil
	}
	for _, f := range d.file.Flows {
		for _, n := range f.Nodes {
			for _, name := range d.says(n) {
				acts[name] = slices.Sorted(maps.Keys(n.With))
			}
		}
	}
	return acts
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
	if d.file.Slots[slot].Kind == "digits" {
		names = append(names, "invalid."+slot)
	}
	return append(names, question+".again", "why."+slot)
}

// done is the Next that ends a flow.
const done = "done"

func (f *flow) problem() string {
	if f.Problem != "" {
		return f.Problem
	}
	return f.Name
}

// takes says whether the flow uses slot.
func (f *flow) takes(slot string) bool {
	return slices.Contains(f.Slots, slot)
}
