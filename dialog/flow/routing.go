package flow

import (
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/vm"

	"huike/dialog"
)

// routing is routing.yaml: who is passed to a person, or offered one, and when. It
// is a decision table: of the rules for what has happened, the first that holds
// decides.
type routing struct {
	Thresholds map[string]any `yaml:"thresholds"`
	Rules      []*rule        `yaml:"rules"`
}

// rule is one line of the table.
type rule struct {
	ID     string        `yaml:"id"`
	On     string        `yaml:"on"`     // "words", "failure", "miss" or "solved"
	When   string        `yaml:"when"`   // an expression over facts
	Reason dialog.Reason `yaml:"reason"` // the code in reports
	Say    string        `yaml:"say"`
	Flow   string        `yaml:"flow"` // starts it; without one the call is passed on for Reason
	Once   bool          `yaml:"once"` // in a call
	when   *vm.Program
}

// What happens that the table is asked about.
const (
	onWords   = "words"   // the caller has said something
	onFailure = "failure" // a problem was not solved, once more
	onMiss    = "miss"    // words were not understood, once more
	onSolved  = "solved"  // a wish has been answered and no other waits
)

// Route is a decision of the routing table, to be kept with what it was decided on.
type Route struct {
	Rule    string         `json:"rule"`
	Reason  dialog.Reason  `json:"reason"`
	Version string         `json:"version"` // of the table with its thresholds: [Definition.RoutingVersion]
	Facts   map[string]any `json:"facts"`   // what the rule could see, but for the caller's words
}

// facts is what a rule can speak of.
type facts struct {
	Person    person             `expr:"person"`
	Intent    string             `expr:"intent"`
	Need      string             `expr:"need"`
	Mood      string             `expr:"mood"`
	Moods     map[string]float64 `expr:"moods"`    // each mood that shows, 0 to 1
	Wish      string             `expr:"wish"`     // the flow that the words ask for
	Path      string             `expr:"path"`     // and its path: answer, serve, person
	Flow      string             `expr:"flow"`     // the flow at work
	Problem   string             `expr:"problem"`  // that failed
	Failures  int                `expr:"failures"` // how often
	Misses    int                `expr:"misses"`   // words in a row that were not understood
	Repeats   int                `expr:"repeats"`  // how often "what did you say?" in this call
	Lead      float64            `expr:"lead"`     // how much the caller seems to want to buy
	Threshold map[string]any     `expr:"threshold"`
}

func (f facts) kept() map[string]any {
	return map[string]any{
		"intent": f.Intent, "need": f.Need, "mood": f.Mood, "moods": f.Moods, "wish": f.Wish, "path": f.Path, "flow": f.Flow, "problem": f.Problem,
		"failures": f.Failures, "misses": f.Misses, "repeats": f.Repeats, "lead": f.Lead,
		"known": f.Person.Known, "tier": f.Person.Tier, "account": f.Person.Account, "stage": f.Person.Stage, "tags": f.Person.Tags,
	}
}

// RoutingVersion names the routing table with its thresholds, and changes with
// any of them.
func (d *Definition) RoutingVersion() string { return d.table }

func (t *routing) version() string {
	h := fnv.New32a()
	for _, name := range slices.Sorted(maps.Keys(t.Thresholds)) {
		fmt.Fprintf(h, "%s=%v;", name, t.Thresholds[name])
	}
	for _, r := range t.Rules {
		fmt.Fprintf(h, "%s %s %s %s %s %s %v;", r.ID, r.On, r.When, r.Reason, r.Say, r.Flow, r.Once)
	}
	return fmt.Sprintf("%08x", h.Sum32())
}

// Thresholds returns a copy of the routing table's thresholds by name.
func (d *Definition) Thresholds() map[string]any { return maps.Clone(d.routing.Thresholds) }

// WithThresholds returns the same flows with some thresholds of the routing table
// changed. An error names the threshold that the table does not have, or the rule
// that cannot be decided with the new value.
func (d *Definition) WithThresholds(changed map[string]any) (*Definition, error) {
	other := *d
	other.routing.Thresholds = maps.Clone(d.routing.Thresholds)
	for name, value := range changed {
		if _, ok := d.routing.Thresholds[name]; !ok {
			return nil, fmt.Errorf("threshold %q: want one of %v", name, slices.Sorted(maps.Keys(d.routing.Thresholds)))
		}
		other.routing.Thresholds[name] = value
	}
	var errs []error
	for _, r := range other.routing.Rules {
		if err := other.routing.try(r); err != nil {
			errs = append(errs, fmt.Errorf("thresholds %v: rule %s: %w", changed, r.ID, err))
		}
	}
	other.table = other.routing.version()
	return &other, errors.Join(errs...)
}

// try decides a rule on nothing, to see whether it can be.
func (t *routing) try(r *rule) error {
	v, err := expr.Run(r.when, facts{Threshold: t.Thresholds, Moods: map[string]float64{}})
	if err != nil {
		return fmt.Errorf("when: %q: %w", r.When, err)
	}
	if _, ok := v.(bool); !ok {
		return fmt.Errorf("when: %q is %v: want true or false", r.When, v)
	}
	return nil
}

// route asks the table what to do about what has happened, and does it. It says
// whether anything was to be done.
func (c *Conversation) route(on, problem string, u dialog.Understanding, out *Output) bool {
	f := facts{
		Person: c.known(), Intent: string(u.Intent), Need: u.Need, Mood: u.Mood, Moods: u.Moods, Problem: problem, Failures: c.state.Failures[problem],
		Misses: c.state.NoMatch, Repeats: c.state.Repeats, Lead: c.state.Lead, Threshold: c.def.routing.Thresholds,
	}
	if w := c.def.intents[u.Intent]; w != nil && !u.Negated {
		f.Wish, f.Path = w.Name, w.Path
	}
	if u.Negated {
		f.Intent = ""
	}
	if top := c.top(); top != nil {
		f.Flow = top.Flow
	}
	for _, r := range c.def.routing.Rules {
		if r.On != on || r.Once && slices.Contains(c.state.Once, r.ID) {
			continue
		}
		if v, err := expr.Run(r.when, f); err != nil || v != true {
			continue
		}
		if r.Once {
			c.state.Once = append(c.state.Once, r.ID)
		}
		out.Route = &Route{r.ID, r.Reason, c.def.table, f.kept()}
		c.routed(r, u, out)
		return true
	}
	return false
}

func (c *Conversation) routed(r *rule, u dialog.Understanding, out *Output) {
	if r.Say != "" {
		c.say(out, r.Say)
	}
	switch {
	case r.Flow == "":
		c.remember(u.Slots)
		c.handoff(r.Reason, out)
	case c.def.flows[r.Flow].Urgent:
		c.urgent(c.def.flows[r.Flow], u.Slots, out)
	default:
		c.remember(u.Slots)
		c.push(r.Flow, nil)
		if r.On != onSolved { // which runs on by itself
			c.run(out)
		}
	}
}
