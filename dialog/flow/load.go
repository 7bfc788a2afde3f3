package flow

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

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
	d := &Definition{flows: map[string]*flow{}, intents: map[dialog.Intent]*flow{}, nodes: map[dialog.Intent]place{}, shown: map[string]bool{}}
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
	if err := d.readRouting(fsys, path.Join(name, "routing.yaml")); err != nil {
		return nil, err
	}
	if d.words.Trained, err = optional(fsys, path.Join(name, Trained)); err != nil {
		return nil, err
	}
	if d.understand, err = nlu.New(d.words); err != nil {
		return nil, fmt.Errorf("%s: %w", path.Join(name, "nlu.yaml"), err)
	}
	if err := d.readKnowledge(fsys, path.Join(name, "knowledge.json")); err != nil {
		return nil, err
	}
	return d, nil
}

// Trained is the name of the file, beside nlu.yaml, that holds what was learned ahead
// from its examples; there need be none.
const Trained = "nlu.model"

// optional reads a file; nil where there is none.
func optional(fsys fs.FS, name string) ([]byte, error) {
	data, err := fs.ReadFile(fsys, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("flow: %w", err)
	}
	return data, nil
}

// SaveTrained returns what was learned from the shop's examples, for [Trained].
func (d *Definition) SaveTrained() ([]byte, error) {
	u, ok := d.understand.(interface{ Save() ([]byte, error) })
	if !ok {
		return nil, errors.New("flow: this understanding is not learned")
	}
	return u.Save()
}

// readRouting reads the routing table; a shop without one has the demonstration's.
func (d *Definition) readRouting(fsys fs.FS, name string) error {
	tree, err := read(fsys, name, &d.routing)
	if errors.Is(err, fs.ErrNotExist) {
		tree, err = read(Shop, "shop/routing.yaml", &d.routing)
	}
	if err != nil {
		return err
	}
	if err := (&checker{d: d, tree: tree}).routing(); err != nil {
		return err
	}
	d.table = d.routing.version()
	return nil
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
		for _, name := range f.Related {
			d.shown[name] = true
		}
		for _, n := range f.Nodes {
			for _, in := range n.Intents {
				d.intents[in], d.nodes[in] = f, place{f.Name, n.ID}
			}
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
