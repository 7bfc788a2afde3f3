package flow

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"

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
	answers    Answers
	company    Company
	shown      map[string]bool                // flows that are related to another in the data
	names      map[string]map[string]nlu.Name // by slot and by any of its names or its id
	nodes      map[dialog.Intent]place        // that a sentence leads to at once
	refers     map[dialog.Lang]*regexp.Regexp
	routing    routing
	table      string // the routing table's version
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
	other.words.Trained = nil // of other names
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
	Refers     map[string]string        `yaml:"refers"` // by language: a regular expression for words such as "it"
	Leads      map[string]float64       `yaml:"leads"`  // intent, or need: how much it shows that the caller wants to buy
	Offers     []*offer                 `yaml:"offers"`
	Profile    []*question              `yaml:"profile"`
	Manners    Manners                  `yaml:"manners"`
	Tiers      map[string]Tier          `yaml:"tiers"` // by code
	Prepare    []*preparation           `yaml:"prepare"`
	Brief      brief                    `yaml:"brief"`
	Flows      []*flow                  `yaml:"flows"`
}

type operationType struct {
	Args  []string `yaml:"args"`
	Write bool     `yaml:"write"`
	Sure  bool     `yaml:"sure"` // only for a caller who is known for sure: see [Person.Unproven]

	Accounts []string `yaml:"accounts"` // only for these types of account; none: for all. See [Definition.Permits]
}

// Sure says whether an operation is only for a caller who is known for sure.
func (d *Definition) Sure(operation string) bool { return d.file.Operations[operation].Sure }

// Tier is what a shop's flows say of one of its tiers, where its rules for tiers say
// nothing.
type Tier struct {
	Name     map[string]string `yaml:"name"`     // by language
	Greeting map[string]string `yaml:"greeting"` // by language
	Discount int               `yaml:"discount"` // percent
	Priority int               `yaml:"priority"` // in the queue for a person, 0 to 9
}

// Tier returns what is said of a tier by its code, and nothing of one that is not known.
func (d *Definition) Tier(code string) Tier { return d.file.Tiers[code] }

// Manners are how often a caller may be asked or offered something.
type Manners struct {
	Questions    int `yaml:"questions"`     // about the profile, in one call; 0: one
	QuestionRest int `yaml:"question_rest"` // days without a question that was refused; 0: 30
	OfferRest    int `yaml:"offer_rest"`    // days without an offer that was refused; 0: 30
}

// Manners returns the shop's manners, with what it leaves out.
func (d *Definition) Manners() Manners {
	m := d.file.Manners
	return Manners{cmp.Or(m.Questions, 1), cmp.Or(m.QuestionRest, 30), cmp.Or(m.OfferRest, 30)}
}

type starts struct {
	Begin    string `yaml:"begin"`
	Nobody   string `yaml:"nobody"`
	Returned string `yaml:"returned"`
	Identify string `yaml:"identify"` // makes sure who calls; none: then a person does
	Barred   string `yaml:"barred"`   // offered to a caller for whose type of account something is not done; may be none
}

// slotType says what an answer must look like.
type slotType struct {
	Kind   string   `yaml:"kind"`   // "digits", "name", "date", "yesno", "choice", "text"
	Digits int      `yaml:"digits"` // kind digits: the only right length; 0: any
	Story  bool     `yaml:"story"`  // kind text: wishes in it are part of what is told
	Strip  string   `yaml:"strip"`  // kind text: a regular expression for what is no part of the answer: "my name is"
	Form   string   `yaml:"form"`   // kind text: a regular expression that a right answer matches
	Recall bool     `yaml:"recall"` // "it" is the one last spoken of
	From   string   `yaml:"from"`   // the slot that answers it where it was filled before
	Said   bool     `yaml:"said"`   // every answer is kept with the recogniser's other readings, for {readings.x}
	Tells  string   `yaml:"tells"`  // kind text: a regular expression for words that are an answer, whatever else they look like
	Clears []string `yaml:"clears"` // the slots that another value of this one empties
	Own    bool     `yaml:"own"`    // set by flows alone, and by nothing that is said
	// Takes are the other slots whose values this one, of kind text, takes as its own where
	// the flow has no slot for them, such as "phone"; place-holders are filled in.
	Takes []string `yaml:"takes"`

	strip *regexp.Regexp
	tells *regexp.Regexp
	form  *regexp.Regexp
}

// place is a node of a flow.
type place struct{ flow, node string }

// flow is a list of nodes, run from the first to the last unless one says where
// to go next.
type flow struct {
	Name    string            `yaml:"name"`
	Title   map[string]string `yaml:"title"`   // for the brief to a person, by language
	Intents []dialog.Intent   `yaml:"intents"` // what starts it
	Starts  []string          `yaml:"starts"`  // the slots that start it when they come alone
	Problem string            `yaml:"problem"` // what its failures count for; its name when empty
	Path    string            `yaml:"path"`    // "answer", "serve" or "person": how its intents are dealt with
	NoSell  bool              `yaml:"no_sell"` // nothing is offered after it, nor in the rest of the call
	Related []string          `yaml:"related"` // flows that callers often want next, at most three
	Suggest string            `yaml:"suggest"` // the one of them that is spoken of after success, once in a call
	Slots   []string          `yaml:"slots"`   // the slots it takes from the caller's words
	Urgent  bool              `yaml:"urgent"`  // overrules whatever is going on
	Quiet   bool              `yaml:"quiet"`   // "anything else?" does not follow it
	Retry   string            `yaml:"retry"`   // the node to go on from when the answer was not what was meant
	Amend   string            `yaml:"amend"`   // the flow that changes what this one has done, with its slots: "no, on Friday"
	Undo    string            `yaml:"undo"`    // the flow that takes back what this one has done: "cancel it"
	Nodes   []*node           `yaml:"nodes"`
	index   map[string]int
}

// node does, in this order: skip itself unless When; Set and Clear; count a
// failure (Fail) or a success (Solved); Say; then the one of Ask, Choose, Do,
// Confirm, Flow, Handoff and End that it has; then go to Next.
type node struct {
	ID      string            `yaml:"id"`
	Intents []dialog.Intent   `yaml:"intents"` // sentences that lead here at once, from anywhere
	When    string            `yaml:"when"`    // an expression over person, slot, row, rows, code, reason
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
	Base    string            `yaml:"base"`    // with Ask, of a date: what an hour, or a day, alone is completed from
	Hour    bool              `yaml:"hour"`    // of Ask: a day without an hour is not enough; the question is then Say and ".hour"
	Given   string            `yaml:"given"`   // with Ask, of a yes-no question: a slot that only a yes would give, "at three"
	Free    string            `yaml:"free"`    // Ask: the slot that takes words which fit nothing
	Unknown string            `yaml:"unknown"` // Ask: where "I don't know" leads
	Choose  string            `yaml:"choose"`  // a slot that one of the rows fills; asked where there are several
	By      map[string]string `yaml:"by"`      // Choose: the slots that choose a row, too, by the column that they stand in
	Answer  map[string]string `yaml:"answer"`  // Choose: as By, of the answer alone: before it the slot means something else
	Pick    string            `yaml:"pick"`    // Each: the slot that "the second one" fills afterwards, from the column Value
	Note    map[string]string `yaml:"note"`    // what was found, for the brief, by language
	Event   string            `yaml:"event"`   // something to keep of the caller, With its arguments
	Value   string            `yaml:"value"`   // Choose, Pick: the column that becomes the slot's value
	Label   string            `yaml:"label"`   // Choose: the column that is read out; none: the act "choose.", the slot and ".option", With its arguments
	Do      string            `yaml:"do"`      // an operation
	On      map[string]string `yaml:"on"`      // Do: where a code leads: "ok", "none" (no rows), "fault" (any other), or a shop's code
	Confirm string            `yaml:"confirm"` // the act of the read-back
	No      string            `yaml:"no"`      // Confirm, Ask: where a no leads
	Flow    string            `yaml:"flow"`    // another flow, from whose end this one goes on
	Handoff dialog.Reason     `yaml:"handoff"`
	End     string            `yaml:"end"`  // a disposition's code
	Next    string            `yaml:"next"` // a node, or "done"
	when    *vm.Program
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
