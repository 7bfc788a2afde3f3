// Package score holds finished calls to a shop's rules, and reports how many were held
// to them and what was broken. Rules are data ([Load]); what they can speak of is
// counted from a call's journal ([Facts]). It reads journals and never changes a call.
package score

import (
	_ "embed"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/vm"
	"github.com/goccy/go-yaml"

	"huike/session/journal"
)

//go:embed rules.yaml
var standard []byte

// Rule is one line of the rules.
type Rule struct {
	ID    string            `yaml:"id" json:"id"`
	Title map[string]string `yaml:"title" json:"title"` // by language
	When  string            `yaml:"when" json:"when"`   // which calls it is for; empty: all
	Holds string            `yaml:"holds" json:"holds"` // what must hold

	when, holds *vm.Program
}

// Rules are made ready by [Load]. They are read-only and serve any number of calls at
// a time.
type Rules struct {
	list    []*Rule
	version string
}

// Load reads rules in YAML; nil reads those that come with huike. An error names the
// rule and what is wrong with it.
func Load(data []byte) (*Rules, error) {
	if data == nil {
		data = standard
	}
	var file struct {
		Rules []*Rule `yaml:"rules"`
	}
	if err := yaml.UnmarshalWithOptions(data, &file, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("quality rules: %s", yaml.FormatError(err, false, true))
	}
	if len(file.Rules) == 0 {
		return nil, errors.New("quality rules: there are none; want a list under \"rules:\"")
	}
	h := fnv.New32a()
	seen := map[string]bool{}
	for _, r := range file.Rules {
		if r.ID == "" || seen[r.ID] {
			return nil, fmt.Errorf("quality rules: rule %q: want an id that no other rule has", r.ID)
		}
		seen[r.ID] = true
		if r.When == "" {
			r.When = "true"
		}
		var err error
		if r.when, err = expr.Compile(r.When, expr.Env(Facts{}), expr.AsBool()); err != nil {
			return nil, fmt.Errorf("quality rules: rule %s: when: %w", r.ID, err)
		}
		if r.holds, err = expr.Compile(r.Holds, expr.Env(Facts{}), expr.AsBool()); err != nil {
			return nil, fmt.Errorf("quality rules: rule %s: holds: %w", r.ID, err)
		}
		fmt.Fprintf(h, "%s|%s|%s\n", r.ID, r.When, r.Holds)
	}
	return &Rules{file.Rules, fmt.Sprintf("%08x", h.Sum32())}, nil
}

// Version names the rules, and changes with any of them.
func (r *Rules) Version() string { return r.version }

// List returns the rules in order: read only.
func (r *Rules) List() []*Rule { return r.list }

// Score holds one call to the rules.
func (r *Rules) Score(events []journal.Event) journal.Score {
	facts := FactsOf(events)
	s := journal.Score{Rules: r.version}
	for _, rule := range r.list {
		if !truth(rule.when, facts) {
			continue
		}
		s.Held++
		if !truth(rule.holds, facts) {
			s.Broken = append(s.Broken, rule.ID)
		}
	}
	return s
}

func truth(p *vm.Program, facts Facts) bool {
	v, err := expr.Run(p, facts)
	return err == nil && v == true
}

// Report is what came of many calls.
type Report struct {
	Version    string         `json:"rules"`
	Calls      int            `json:"calls"`    // that are over
	Scored     int            `json:"scored"`   // of these
	Coverage   float64        `json:"coverage"` // the share of them, 0 to 1
	Clean      int            `json:"clean"`    // scored, with nothing broken
	Violations map[string]int `json:"violations"`
	Rules      []*Rule        `json:"list"`
	Broken     []Call         `json:"broken"` // the calls with violations, newest first
}

// Call is a call with what was broken in it.
type Call struct {
	Call   string   `json:"call"`
	Began  string   `json:"began"` // RFC 3339
	Broken []string `json:"broken"`
}

// Add takes one call that is over; score is nil where it could not be scored.
func (p *Report) Add(sum journal.Summary, score *journal.Score) {
	p.Calls++
	if score != nil {
		p.Scored++
		if len(score.Broken) == 0 {
			p.Clean++
		} else {
			p.Broken = append(p.Broken, Call{sum.Call, sum.Began.UTC().Format("2006-01-02T15:04:05Z"), slices.Clone(score.Broken)})
		}
		for _, id := range score.Broken {
			if p.Violations == nil {
				p.Violations = map[string]int{}
			}
			p.Violations[id]++
		}
	}
	p.Coverage = float64(p.Scored) / float64(p.Calls)
}

// Calls is where kept calls are: [journal.Store].
type Calls interface {
	List(limit int) []journal.Summary
	Open(id string) (journal.Call, error)
}

// Report scores all calls of a store that are over. A call that was scored with these
// rules as it ended is not read again.
func (r *Rules) Report(calls Calls) Report {
	p := Report{Version: r.version, Rules: r.list, Violations: map[string]int{}, Broken: []Call{}}
	for _, sum := range calls.List(0) {
		if sum.Live {
			continue
		}
		if sum.Score != nil && sum.Score.Rules == r.version {
			p.Add(sum, sum.Score)
			continue
		}
		call, err := calls.Open(sum.Call)
		if err != nil { // it was deleted meanwhile, or cannot be read: not covered
			if !errors.Is(err, journal.ErrNotFound) {
				p.Add(sum, nil)
			}
			continue
		}
		score := r.Score(call.Events)
		p.Add(sum, &score)
	}
	return p
}
