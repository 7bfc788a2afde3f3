package flow

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"huike/dialog"
	"huike/dialog/nlu"
)

// Load reads flows.yaml, nlu.yaml and names.yaml from the folder name of fsys
// and checks all that they say of each other. An error names file, line and
// column, what stands there and what could.
func Load(fsys fs.FS, name string) (*Definition, error) {
	d := &Definition{flows: map[string]*flow{}, intents: map[dialog.Intent]*flow{}}
	if _, err := read(fsys, path.Join(name, "nlu.yaml"), &d.words); err != nil {
		return nil, err
	}
	if _, err := read(fsys, path.Join(name, "names.yaml"), &d.words.Names); err != nil {
		return nil, err
	}
	tree, err := read(fsys, path.Join(name, "flows.yaml"), &d.file)
	if err != nil {
		return nil, err
	}
	if d.words.Digits == 0 {
		d.words.Digits = d.file.Slots[nlu.SlotOrder].Digits
	}
	d.index()
	if err := (&checker{d: d, tree: tree}).check(); err != nil {
		return nil, err
	}
	if d.understand, err = nlu.New(d.words); err != nil {
		return nil, fmt.Errorf("%s: %w", path.Join(name, "nlu.yaml"), err)
	}
	return d, nil
}

// source is a file parsed, to look up where a thing stands.
type source struct {
	name string
	file *ast.File
}

func read(fsys fs.FS, name string, into any) (source, error) {
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return source{}, fmt.Errorf("flow: %w", err)
	}
	file, err := parser.ParseBytes(data, 0)
	if err != nil {
		return source{}, placed(name, err)
	}
	if err := yaml.UnmarshalWithOptions(data, into, yaml.Strict()); err != nil {
		return source{}, placed(name, err)
	}
	return source{name, file}, nil
}

// placed writes a YAML error as file:line:column: message.
func placed(name string, err error) error {
	var y yaml.Error
	if errors.As(err, &y) && y.GetToken() != nil {
		at := y.GetToken().Position
		return fmt.Errorf("%s:%d:%d: %s", name, at.Line, at.Column, y.GetMessage())
	}
	return fmt.Errorf("%s: %w", name, err)
}

// at returns file:line:column of the first of the YAML paths that exists.
func (s source) at(paths ...string) string {
	for _, p := range paths {
		q, err := yaml.PathString(p)
		if err != nil {
			continue
		}
		n, err := q.FilterFile(s.file)
		if err != nil || n == nil || n.GetToken() == nil {
			continue
		}
		at := n.GetToken().Position
		return fmt.Sprintf("%s:%d:%d", s.name, at.Line, at.Column)
	}
	return s.name
}

// index makes the flows and names findable.
func (d *Definition) index() {
	for _, f := range d.file.Flows {
		d.flows[f.Name] = f
		f.index = map[string]int{}
		for i, n := range f.Nodes {
			if n.ID != "" {
				f.index[n.ID] = i
			}
		}
		for _, in := range f.Intents {
			d.intents[in] = f
		}
	}
	d.indexNames()
}

func (d *Definition) indexNames() {
	d.names = map[string]map[string]nlu.Name{}
	for slot, names := range d.words.Names {
		by := map[string]nlu.Name{}
		for _, n := range names {
			by[strings.ToLower(n.ID)] = n
			for _, text := range append(append([]string{}, n.ZH...), n.EN...) {
				by[strings.ToLower(text)] = n
			}
		}
		d.names[slot] = by
	}
}

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
	for key, name := range file.Keys {
		if name != string(nlu.Repeat) {
			c.flow(c.tree.at("$.keys"), "keys: "+key, name)
		}
	}
	for mood, name := range file.Moods {
		c.flow(c.tree.at("$.moods."+mood, "$.moods"), "moods: "+mood, name)
	}
	seen := map[string]bool{}
	for i, f := range file.Flows {
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
		if f.Retry != "" {
			c.target(c.tree.at(at+".retry"), f, "retry", f.Retry)
		}
		for k, n := range f.Nodes {
			c.node(fmt.Sprintf("%s.nodes[%d]", at, k), f, k, n)
		}
	}
	return errors.Join(c.errs...)
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
	for what, s := range map[string]string{"ask": n.Ask, "choose": n.Choose, "free": n.Free} {
		if s != "" {
			c.slot(c.tree.at(at+"."+what), s)
		}
	}
	if n.Flow != "" {
		c.flow(c.tree.at(at+".flow"), "flow", n.Flow)
	}
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
