package flow

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/vm"

	"huike/dialog"
	"huike/dialog/nlu"
)

// checker holds what a check of flows.yaml needs.
type checker struct {
	d    *Definition
	tree source
	errs []error
}

func (c *checker) fail(at, format string, args ...any) {
	c.errs = append(c.errs, fmt.Errorf("%s: "+format, append([]any{at}, args...)...))
}

func (c *checker) check() error {
	file := c.d.file
	for kind, name := range map[string]string{"begin": file.Starts.Begin, "nobody": file.Starts.Nobody, "returned": file.Starts.Returned} {
		c.flow(c.tree.at("$.starts."+kind, "$.starts", "$"), "starts: "+kind, name)
	}
	for kind, name := range map[string]string{"identify": file.Starts.Identify, "barred": file.Starts.Barred} {
		if name != "" {
			c.flow(c.tree.at("$.starts."+kind, "$.starts"), "starts: "+kind, name)
		}
	}
	for key, name := range file.Keys {
		if name != string(nlu.Repeat) {
			c.flow(c.tree.at("$.keys"), "keys: "+key, name)
		}
	}
	c.accounts()
	c.words()
	c.extras()
	c.flows()
	return errors.Join(c.errs...)
}

// accounts checks for whom operations are.
func (c *checker) accounts() {
	for name, op := range c.d.file.Operations {
		for _, account := range op.Accounts {
			if !slices.Contains(accounts(), account) {
				c.fail(c.tree.at("$.operations"), "operation %s: account %q: want one of %v", name, account, accounts())
			}
		}
	}
}

// flows checks each flow with its nodes.
func (c *checker) flows() {
	seen := map[string]bool{}
	for i, f := range c.d.file.Flows {
		at := fmt.Sprintf("$.flows[%d]", i)
		if f.Name == "" || seen[f.Name] {
			c.fail(c.tree.at(at+".name", at), "flow %q: want a name that no other flow has", f.Name)
		}
		seen[f.Name] = true
		for _, s := range f.Slots {
			c.slot(c.tree.at(at+".slots", at), s)
		}
		if f.Path != "" && f.Path != "answer" && f.Path != "serve" && f.Path != "person" {
			c.fail(c.tree.at(at+".path"), "path %q: want answer, serve or person", f.Path)
		}
		if len(f.Intents) > 0 && f.Path == "" {
			c.fail(c.tree.at(at+".intents"), "flow %s has intents and no path: want answer, serve or person", f.Name)
		}
		c.related(at, f)
		for what, name := range map[string]string{"amend": f.Amend, "undo": f.Undo} {
			if name != "" {
				c.flow(c.tree.at(at+"."+what), what, name)
			}
		}
		if f.Retry != "" {
			c.target(c.tree.at(at+".retry"), f, "retry", f.Retry)
		}
		for k, n := range f.Nodes {
			c.node(fmt.Sprintf("%s.nodes[%d]", at, k), f, k, n)
		}
	}
}

func (c *checker) flow(at, what, name string) {
	if c.d.flows[name] == nil {
		c.fail(at, "%s: no flow %q", what, name)
	}
}

func (c *checker) slot(at, name string) {
	t, ok := c.d.file.Slots[name]
	if !ok {
		c.fail(at, "no slot %q under slots", name)
		return
	}
	switch t.Kind {
	case "digits", "name", "date", "yesno", "choice", "text":
	default:
		c.fail(c.tree.at("$.slots."+name+".kind", "$.slots."+name), "kind %q: want digits, name, date, yesno, choice or text", t.Kind)
	}
}

func (c *checker) target(at string, f *flow, what, id string) {
	if _, ok := f.index[id]; !ok && id != done {
		c.fail(at, "%s %q: flow %s has no such node", what, id, f.Name)
	}
}

func (c *checker) node(at string, f *flow, k int, n *node) {
	does := 0
	for _, s := range []string{n.Ask, n.Choose, n.Do, n.Confirm, n.Flow, string(n.Handoff), n.End} {
		if s != "" {
			does++
		}
	}
	if does > 1 {
		c.fail(c.tree.at(at), "node %q: want at most one of ask, choose, do, confirm, flow, handoff and end", n.ID)
	}
	for what, id := range map[string]string{"next": n.Next, "no": n.No, "unknown": n.Unknown} {
		if id != "" {
			c.target(c.tree.at(at+"."+what), f, what, id)
		}
	}
	for code, id := range n.On {
		c.target(c.tree.at(at+".on."+code, at+".on"), f, "on "+code, id)
	}
	for what, s := range map[string]string{"ask": n.Ask, "choose": n.Choose, "free": n.Free, "given": n.Given, "pick": n.Pick} {
		if s != "" {
			c.slot(c.tree.at(at+"."+what), s)
		}
	}
	if len(n.Intents) > 0 && n.ID == "" {
		c.fail(c.tree.at(at+".intents"), "a node with intents wants an id")
	}
	c.leads(at, n)
	if n.Do != "" {
		c.operation(at, f, k, n)
	}
	if n.When != "" {
		var err error
		if n.when, err = expr.Compile(n.When, expr.Env(env{}), expr.AsBool()); err != nil {
			c.fail(c.tree.at(at+".when"), "when: %s", strings.ReplaceAll(err.Error(), "\n", " "))
		}
	}
}

// leads checks what a node names of other slots and flows.
func (c *checker) leads(at string, n *node) {
	for name := range n.By {
		c.slot(c.tree.at(at+".by"), name)
	}
	for name := range n.Answer {
		c.slot(c.tree.at(at+".answer"), name)
	}
	if n.Flow != "" {
		c.flow(c.tree.at(at+".flow"), "flow", n.Flow)
	}
}

func (c *checker) operation(at string, f *flow, k int, n *node) {
	op, ok := c.d.file.Operations[n.Do]
	if !ok {
		c.fail(c.tree.at(at+".do"), "no operation %q under operations", n.Do)
		return
	}
	for arg := range n.With {
		found := false
		for _, a := range op.Args {
			found = found || a == arg
		}
		if !found {
			c.fail(c.tree.at(at+".with"), "operation %s has no argument %q: want one of %v", n.Do, arg, op.Args)
		}
	}
	if !op.Write {
		return
	}
	if confirmBefore(f, k) < 0 {
		c.fail(c.tree.at(at+".do"), "operation %s writes: want a confirm node before it", n.Do)
	}
}

// confirmBefore returns the read-back that node k of f relies on, or -1.
func confirmBefore(f *flow, k int) int {
	for i := k - 1; i >= 0; i-- {
		if f.Nodes[i].Confirm != "" {
			return i
		}
	}
	return -1
}

// words compiles the regular expressions of slots and of references.
func (c *checker) words() {
	file := &c.d.file
	compile := func(at, text string) *regexp.Regexp {
		if text == "" {
			return nil
		}
		re, err := regexp.Compile(text)
		if err != nil {
			c.fail(at, "%v", err)
		}
		return re
	}
	for name, t := range file.Slots {
		if _, known := file.Slots[t.From]; !known && t.From != "" {
			c.fail(c.tree.at("$.slots."+name+".from", "$.slots."+name), "from %q: no such slot", t.From)
		}
		for _, other := range t.Clears {
			c.slot(c.tree.at("$.slots."+name+".clears", "$.slots."+name), other)
		}
		t.strip = compile(c.tree.at("$.slots."+name+".strip", "$.slots."+name), t.Strip)
		t.tells = compile(c.tree.at("$.slots."+name+".tells", "$.slots."+name), t.Tells)
		t.form = compile(c.tree.at("$.slots."+name+".form", "$.slots."+name), t.Form)
		file.Slots[name] = t
	}
	c.d.refers = map[dialog.Lang]*regexp.Regexp{}
	for lang, text := range file.Refers {
		c.d.refers[dialog.Lang(lang)] = compile(c.tree.at("$.refers."+lang), text)
	}
}

func (c *checker) related(at string, f *flow) {
	if len(f.Related) > mostRelated {
		c.fail(c.tree.at(at+".related"), "flow %s has %d related flows: want three at most", f.Name, len(f.Related))
	}
	if f.Suggest != "" && !slices.Contains(f.Related, f.Suggest) {
		c.fail(c.tree.at(at+".suggest"), "suggest %q: want one of related, %v", f.Suggest, f.Related)
	}
	for _, name := range f.Related {
		c.flow(c.tree.at(at+".related"), "related", name)
	}
}

// extras checks offers, profile questions and what prepares a person.
func (c *checker) extras() {
	for i, o := range c.d.file.Offers {
		at := c.tree.at(fmt.Sprintf("$.offers[%d]", i))
		for _, name := range append([]string{o.Flow}, o.After...) {
			c.flow(at, "offer "+o.ID, name)
		}
		o.when = c.expression(at, o.When, env{})
	}
	for i, q := range c.d.file.Profile {
		c.flow(c.tree.at(fmt.Sprintf("$.profile[%d]", i)), "profile "+q.Field, q.Flow)
	}
	for i, p := range c.d.file.Prepare {
		at := c.tree.at(fmt.Sprintf("$.prepare[%d]", i))
		c.slot(at, p.Slot)
		p.when = c.expression(at, p.When, preparing{})
	}
}

// expression compiles a condition over what from holds; nil where there is none.
func (c *checker) expression(at, text string, from any) *vm.Program {
	if text == "" {
		return nil
	}
	program, err := expr.Compile(text, expr.Env(from), expr.AsBool())
	if err != nil {
		c.fail(at, "when: %s", strings.ReplaceAll(err.Error(), "\n", " "))
	}
	return program
}

// routing checks the routing table.
func (c *checker) routing() error {
	c.errs = nil
	seen := map[string]bool{}
	for i, r := range c.d.routing.Rules {
		at := c.tree.at(fmt.Sprintf("$.rules[%d]", i))
		if r.ID == "" || seen[r.ID] {
			c.fail(at, "rule %q: want an id that no other rule has", r.ID)
		}
		seen[r.ID] = true
		switch r.On {
		case onWords, onFailure, onMiss, onSolved:
		default:
			c.fail(at, "rule %s: on %q: want words, failure, miss or solved", r.ID, r.On)
		}
		if r.Reason == "" {
			c.fail(at, "rule %s: want a reason, the code in reports", r.ID)
		}
		if r.Flow != "" {
			c.flow(at, "rule "+r.ID, r.Flow)
		}
		if r.when = c.expression(at, cmp.Or(r.When, "true"), facts{}); r.when == nil {
			continue
		}
		if err := c.d.routing.try(r); err != nil {
			c.fail(at, "rule %s: %s", r.ID, strings.ReplaceAll(err.Error(), "\n", " "))
		}
	}
	return errors.Join(c.errs...)
}
