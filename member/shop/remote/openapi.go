package remote

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// spec is what is read of an OpenAPI document, version 3.
type spec struct {
	Servers []struct{ URL string }
	Paths   map[string]struct {
		Parameters                    []parameter
		Get, Post, Put, Patch, Delete *operation
	}
	Components struct {
		Parameters    map[string]parameter
		RequestBodies map[string]requestBody `yaml:"requestBodies"`
		Schemas       map[string]schema
	}
	XHuike struct {
		Headers map[string]string
	} `yaml:"x-huike"`
}

type parameter struct {
	Ref  string `yaml:"$ref"`
	Name string
	In   string
}

type operation struct {
	ID         string `yaml:"operationId"`
	Named      string `yaml:"x-huike-operation"`
	Parameters []parameter
	Body       *requestBody `yaml:"requestBody"`
	XHuike     extra        `yaml:"x-huike"`
}

type requestBody struct {
	Ref     string `yaml:"$ref"`
	Content map[string]struct{ Schema schema }
}

type schema struct {
	Ref        string `yaml:"$ref"`
	Properties map[string]yaml.Node
}

func parseOpenAPI(text []byte) (*Document, error) {
	var w spec
	if err := yaml.Unmarshal(text, &w); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDocument, err)
	}
	if len(w.Servers) == 0 {
		return nil, fmt.Errorf("servers is empty: %w", ErrDocument)
	}
	d := &Document{headers: w.XHuike.Headers, routes: map[string]*route{}}
	var err error
	if d.base, err = base(w.Servers[0].URL); err != nil {
		return nil, err
	}
	for _, path := range slices.Sorted(maps.Keys(w.Paths)) {
		item := w.Paths[path]
		for method, o := range map[string]*operation{"GET": item.Get, "POST": item.Post, "PUT": item.Put, "PATCH": item.Patch, "DELETE": item.Delete} {
			op := o.name()
			if op == "" {
				continue
			}
			if err := d.add(op, method, path, w.query(item.Parameters, o.Parameters), w.body(o), &o.XHuike); err != nil {
				return nil, err
			}
		}
	}
	return d, nil
}

// name is the shop's operation: one with a dot, as all have but calculate.
func (o *operation) name() string {
	switch {
	case o == nil:
		return ""
	case o.XHuike.Operation != "":
		return o.XHuike.Operation
	case o.Named != "":
		return o.Named
	case strings.Contains(o.ID, "."):
		return o.ID
	}
	return ""
}

// query returns the parameters that go into the query.
func (w *spec) query(lists ...[]parameter) []string {
	var names []string
	for _, p := range slices.Concat(lists...) {
		if name, is := strings.CutPrefix(p.Ref, "#/components/parameters/"); is {
			p = w.Components.Parameters[name]
		}
		if p.In == "query" && !slices.Contains(names, p.Name) {
			names = append(names, p.Name)
		}
	}
	return names
}

// body returns the fields of the request's body: those of its schema, or all arguments
// where it names none.
func (w *spec) body(o *operation) func(*call) []string {
	if o.Body == nil {
		return nil
	}
	b := *o.Body
	if name, is := strings.CutPrefix(b.Ref, "#/components/requestBodies/"); is {
		b = w.Components.RequestBodies[name]
	}
	s := b.Content["application/json"].Schema
	if name, is := strings.CutPrefix(s.Ref, "#/components/schemas/"); is {
		s = w.Components.Schemas[name]
	}
	if len(s.Properties) == 0 {
		return all
	}
	names := slices.Sorted(maps.Keys(s.Properties))
	return func(*call) []string { return names }
}
