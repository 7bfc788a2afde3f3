// Package golden plays golden dialogues: conversations written down as data, turn
// by turn, with what must be understood, said and done. It stands beside
// dialog/flow because both its tests and the command "huike eval dialogues" play
// them. The shop behind them is a stand-in ([Shop]); no sound, network or
// database takes part.
package golden

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"huike/dialog"
	"huike/dialog/flow"
)

// Script is one golden dialogue. What a turn does not give is not compared, but
// a handoff, an end or a withdrawal that is not given must not come.
type Script struct {
	Name   string         `yaml:"name"`
	Lang   dialog.Lang    `yaml:"lang"`
	Who    string         `yaml:"who"`    // see [Who]
	Faults map[string]int `yaml:"faults"` // operation: how many times the shop does not answer
	Turns  []Turn         `yaml:"turns"`

	File string `yaml:"-"` // where it stands
	Line int    `yaml:"-"`
}

// Turn is one input of one kind, and what must follow.
type Turn struct {
	Begin       bool     `yaml:"begin"`
	Caller      string   `yaml:"caller"`
	Or          []string `yaml:"or"` // the recogniser's other readings
	Keys        string   `yaml:"keys"`
	Silence     bool     `yaml:"silence"`
	Returned    bool     `yaml:"returned"`
	Nobody      bool     `yaml:"nobody"`
	Interrupted bool     `yaml:"interrupted"` // before all was heard
	Answer      bool     `yaml:"answer"`      // the shop answers what was held back
	Restart     bool     `yaml:"restart"`     // the node dies; another goes on from the JSON
	Again       bool     `yaml:"again"`       // the call is lost; the caller calls again, and is greeted

	Hold       bool              `yaml:"hold"` // the shop does not answer yet
	Intent     *dialog.Intent    `yaml:"intent"`
	Mood       string            `yaml:"mood"`
	Need       string            `yaml:"need"`
	Slots      map[string]string `yaml:"slots"`
	Acts       []string          `yaml:"acts"`
	Args       map[string]string `yaml:"args"` // some of the arguments of any of the acts
	Operations []string          `yaml:"operations"`
	Sent       map[string]string `yaml:"sent"` // some of the arguments of any of the operations
	Handoff    dialog.Reason     `yaml:"handoff"`
	Brief      []string          `yaml:"brief"` // what the person is told must hold
	Rule       string            `yaml:"rule"`  // the line of the routing table that decided
	Event      string            `yaml:"event"` // the name of an event to be kept
	Withdraw   bool              `yaml:"withdraw"`
	End        string            `yaml:"end"`
	Expect     string            `yaml:"expect"`
	State      string            `yaml:"state"`
}

// Read returns the dialogues of every *.yaml in folder. An error names file,
// line and column.
func Read(folder string) ([]Script, error) {
	names, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	if err != nil {
		return nil, fmt.Errorf("dialogues: %w", err)
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("dialogues: no *.yaml in %q", folder)
	}
	var all []Script
	for _, name := range names {
		list, err := readFile(name)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	return all, nil
}

func readFile(name string) ([]Script, error) {
	data, err := os.ReadFile(name) //nolint:gosec // whose name the caller gives, to be read
	if err != nil {
		return nil, fmt.Errorf("dialogues: %w", err)
	}
	var list []Script
	if err := yaml.UnmarshalWithOptions(data, &list, yaml.Strict()); err != nil {
		return nil, placed(name, err)
	}
	file, err := parser.ParseBytes(data, 0)
	if err != nil {
		return nil, placed(name, err)
	}
	for i := range list {
		list[i].File = name
		if len(list[i].Turns) == 0 {
			return nil, fmt.Errorf("%s: dialogue %q has no turns", name, list[i].Name)
		}
		if list[i].Lang != dialog.Chinese && list[i].Lang != dialog.English {
			return nil, fmt.Errorf("%s: dialogue %q: lang %q: want zh or en", name, list[i].Name, list[i].Lang)
		}
	}
	if len(file.Docs) == 1 {
		if entries, ok := file.Docs[0].Body.(*ast.SequenceNode); ok && len(entries.Values) == len(list) {
			for i, entry := range entries.Values {
				list[i].Line = entry.GetToken().Position.Line
			}
		}
	}
	return list, nil
}

func placed(name string, err error) error {
	var y yaml.Error
	if errors.As(err, &y) && y.GetToken() != nil {
		at := y.GetToken().Position
		return fmt.Errorf("%s:%d:%d: %s", name, at.Line, at.Column, y.GetMessage())
	}
	return fmt.Errorf("%s: %w", name, err)
}

// Today is the day on which the dialogues take place, a Monday.
const Today = "2026-05-18"

// Who returns the caller of a dialogue in its language: "member" (and ""),
// "shy" (who does not let the robot see purchases), "diamond" (the highest tier),
// "elderly" (by a tag), "young" (who may be asked for a year of birth), "decliner"
// (of offers), "enterprise", "dealer", "provider" (by their accounts) or "stranger".
func Who(name string, lang dialog.Lang) *flow.Person {
	p := &flow.Person{Known: true, Address: "Ms Zhang", Tier: "gold", LastPurchase: "running shoes", LastWhen: "2026-04-20", Phone: "138****1234"}
	if lang == dialog.Chinese {
		p.Address = "张女士"
	}
	switch name {
	case "diamond":
		p.Tier = "diamond"
	case "elderly":
		p.Tags = []string{"elderly"}
	case "young": // whose year of birth is not known, and may be asked for
		p.Ask = []string{"birth_year"}
	case "decliner": // of the offer to put something aside
		p.Declined = []string{"reserve"}
	case "enterprise", "dealer", "provider": // by the type of account
		p.Account, p.Tier = name, ""
	case "shy":
		p.LastPurchase = ""
	case "stranger":
		return &flow.Person{}
	}
	return p
}
