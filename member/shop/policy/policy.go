// Package policy holds a shop's rules as data: who may change which order and when, what
// a change makes of it, and the numbers that go with it. A rule is an expression
// (https://expr-lang.org) over [Facts] that says when to refuse; it is checked when the
// file is read. The package knows no database and no clock: facts come in.
package policy

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/vm"
	"gopkg.in/yaml.v3"
)

//go:embed policy.yaml
var file []byte

// Default reads the rules of the demonstration shop.
func Default() (*Policy, error) { return Parse(file) }

// Policy is a shop's rules. It is read only, and safe from any goroutine.
type Policy struct {
	version string
	exact   bool
	values  map[string]int
	all     map[string]operation
}

// Refund is what calling off an order gives back.
type Refund string

// The two ways to give back.
const (
	Net  Refund = "net"  // to each means of payment what it has paid in all
	Each Refund = "each" // every line of the order's payments once more, as a refund
)

// Effect is what a change makes of an order beside the change itself.
type Effect struct {
	Status string // what it becomes; empty: it stays
	Refund Refund // of a cancellation
	Settle bool   // a difference in price is paid, or paid back, at once
}

// Refusal is the rule that refused.
type Refusal struct {
	Rule string // its name
	Code string // for the flow that asked
	Arg  string // the argument that is to be given again; may be empty
}

type operation struct {
	open, rules []rule
	effect      Effect
}

type rule struct {
	Refusal
	when *vm.Program
}

// written is the file's form.
type written struct {
	Version    string
	Exact      bool
	Values     map[string]int
	Operations map[string]struct {
		Open, Rules []struct{ Rule, Refuse, Arg, When string }
		Status      string
		Refund      Refund
		Settle      bool
	}
}

// Parse reads rules from YAML. An error names the operation and the rule, and where its
// expression is wrong.
func Parse(text []byte) (*Policy, error) {
	var w written
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&w); err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	p := &Policy{version: w.Version, exact: w.Exact, values: w.Values, all: map[string]operation{}}
	for _, name := range slices.Sorted(maps.Keys(w.Operations)) {
		from := w.Operations[name]
		o := operation{effect: Effect{Status: from.Status, Refund: from.Refund, Settle: from.Settle}}
		if from.Refund != "" && from.Refund != Net && from.Refund != Each {
			return nil, fmt.Errorf("policy of %s: refund %s: want net or each", name, from.Refund)
		}
		for _, r := range from.Open {
			o.open = append(o.open, rule{Refusal: Refusal{r.Rule, r.Refuse, r.Arg}, when: nil})
			if err := compile(&o.open[len(o.open)-1], name, r.When); err != nil {
				return nil, err
			}
		}
		for _, r := range from.Rules {
			o.rules = append(o.rules, rule{Refusal: Refusal{r.Rule, r.Refuse, r.Arg}, when: nil})
			if err := compile(&o.rules[len(o.rules)-1], name, r.When); err != nil {
				return nil, err
			}
		}
		p.all[name] = o
	}
	return p, nil
}

func compile(r *rule, operation, when string) (err error) {
	if r.Rule == "" || r.Code == "" {
		return fmt.Errorf("policy of %s: rule %q refuses with %q: a rule has a name and a code", operation, r.Rule, r.Code)
	}
	if r.when, err = expr.Compile(when, expr.Env(Facts{}), expr.AsBool()); err != nil {
		return fmt.Errorf("policy of %s, rule %s: %w", operation, r.Rule, err)
	}
	return nil
}

// Version names the rules, as their file does.
func (p *Policy) Version() string { return p.version }

// Exact reports whether orders, items and means of payment are named by their ids alone,
// as a program names them, and nothing is filled in that was not said.
func (p *Policy) Exact() bool { return p.exact }

// Value returns one of the numbers that go with the rules, or other where the file does
// not have it. Money is in hundredths.
func (p *Policy) Value(name string, other int) int {
	if v, there := p.values[name]; there {
		return v
	}
	return other
}

// Effect returns what an operation makes of an order.
func (p *Policy) Effect(operation string) Effect { return p.all[operation].effect }

// Open asks the rules of an operation that look at the order alone, and whether the
// operation is known at all. Nil refuses nothing.
func (p *Policy) Open(operation string, f *Facts) (*Refusal, error) {
	o, known := p.all[operation]
	if !known {
		return nil, fmt.Errorf("policy %s has nothing on %s: %w", p.version, operation, ErrUnknown)
	}
	return p.ask(operation, o.open, f)
}

// Ask asks the rules of an operation that look at everything. Nil refuses nothing, and
// so does an operation without rules.
func (p *Policy) Ask(operation string, f *Facts) (*Refusal, error) {
	return p.ask(operation, p.all[operation].rules, f)
}

// ErrUnknown says that the rules do not name an operation.
var ErrUnknown = errors.New("the operation is not in the policy; add it there, with empty rules if anybody may")

func (p *Policy) ask(operation string, rules []rule, f *Facts) (*Refusal, error) {
	f.Value = p.values
	for i := range rules {
		refuse, err := expr.Run(rules[i].when, *f)
		if err != nil {
			return nil, fmt.Errorf("policy of %s, rule %s: %w", operation, rules[i].Rule, err)
		}
		if refuse == true {
			return &rules[i].Refusal, nil
		}
	}
	return nil, nil //nolint:nilnil // nil is the answer: nothing is refused
}
