package remote

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// ErrDocument says that a document describes no operation of a shop.
var ErrDocument = errors.New(`want an OpenAPI document whose operationId (or x-huike-operation) names the shop's operations, such as order.status; or a mapping with url and operations`)

// Document says where each operation goes.
type Document struct {
	base    *url.URL
	headers map[string]string
	timeout time.Duration
	tries   uint
	routes  map[string]*route
}

// Operations returns the names of what the document has, in order.
func (d *Document) Operations() []string { return slices.Sorted(maps.Keys(d.routes)) }

// route is where one operation goes.
type route struct {
	method, path    string
	inPath, inQuery []string
	body            func(*call) []string // the names of the fields; nil: no body
	again           bool                 // a write may be sent again: the system knows keys
	public          bool                 // touches no member's data
	list            string               // where the rows are; empty: the answer itself
	row             map[string]string    // columns and where they are; none: the plain fields
	codes           map[string]string    // by status, or by the answer's own code
}

func (r *route) writes() bool { return r.method != http.MethodGet && r.method != http.MethodHead }

// Parse reads an OpenAPI document (version 3, YAML or JSON) or a mapping. Values of
// headers may name variables of the environment, such as ${SHOP_TOKEN}, which env looks
// up; nil is the process's own.
//
// A mapping:
//
//	url: https://shop.example/api
//	headers: {Authorization: "Bearer ${SHOP_TOKEN}"}
//	timeout: 2s
//	tries: 3
//	operations:
//	  order.status:
//	    get: /members/{member}/orders/{order_number}
//	    rows: data
//	    row: {number: id, status: state.name}
//	  order.cancel:
//	    post: /orders/{order_number}/cancel
//	    body: [member, reason]
//	    codes: {"409": too_late}
//
// OpenAPI's operations may have the same under x-huike: rows, row, codes, public, once.
func Parse(text []byte, env func(string) string) (*Document, error) {
	var w struct {
		OpenAPI string `yaml:"openapi"`
	}
	if err := yaml.Unmarshal(text, &w); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDocument, err)
	}
	read := parseMapping
	if w.OpenAPI != "" {
		read = parseOpenAPI
	}
	d, err := read(text)
	if err != nil {
		return nil, err
	}
	if len(d.routes) == 0 {
		return nil, ErrDocument
	}
	if env == nil {
		env = os.Getenv
	}
	for name, value := range d.headers {
		d.headers[name] = os.Expand(value, env)
	}
	return d, nil
}

// extra is what a route says besides its place.
type extra struct {
	Operation string            `yaml:"operation"`
	Rows      string            `yaml:"rows"`
	Row       map[string]string `yaml:"row"`
	Codes     map[string]string `yaml:"codes"`
	Public    bool              `yaml:"public"`
	Once      bool              `yaml:"once"` // a write is never sent again
}

func (d *Document) add(op, method, path string, inQuery []string, body func(*call) []string, e *extra) error {
	if !strings.HasPrefix(path, "/") {
		return fmt.Errorf("operation %s: path %q: want one that begins with /", op, path)
	}
	if d.routes[op] != nil {
		return fmt.Errorf("operation %s stands twice", op)
	}
	r := &route{
		method: method, path: path, inQuery: inQuery, body: body,
		again: !e.Once, public: e.Public, list: e.Rows, row: e.Row, codes: e.Codes,
	}
	for rest := path; ; {
		_, after, open := strings.Cut(rest, "{")
		name, behind, closed := strings.Cut(after, "}")
		if !open {
			break
		}
		if !closed || name == "" {
			return fmt.Errorf("operation %s: path %q: want names in { and }", op, path)
		}
		r.inPath, rest = append(r.inPath, name), behind
	}
	d.routes[op] = r
	return nil
}

func base(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil {
		return nil, fmt.Errorf("the address of the shop's systems: %w", errors.New("want http:// or https://, a host, and no password"))
	}
	return u, nil
}

func parseMapping(text []byte) (*Document, error) {
	var w struct {
		URL        string            `yaml:"url"`
		Headers    map[string]string `yaml:"headers"`
		Timeout    string            `yaml:"timeout"`
		Tries      uint              `yaml:"tries"`
		Operations map[string]struct {
			Get, Post, Put, Patch, Delete string
			Query, Body                   []string
			extra                         `yaml:",inline"`
		} `yaml:"operations"`
	}
	if err := yaml.Unmarshal(text, &w); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDocument, err)
	}
	d := &Document{headers: w.Headers, tries: w.Tries, routes: map[string]*route{}}
	var err error
	if d.base, err = base(w.URL); err != nil {
		return nil, err
	}
	if w.Timeout != "" {
		if d.timeout, err = time.ParseDuration(w.Timeout); err != nil || d.timeout <= 0 {
			return nil, fmt.Errorf("timeout %q: want a length above 0, such as 2s", w.Timeout)
		}
	}
	for _, op := range slices.Sorted(maps.Keys(w.Operations)) {
		o := w.Operations[op]
		ways := 0
		for method, path := range map[string]string{
			http.MethodGet: o.Get, http.MethodPost: o.Post, http.MethodPut: o.Put, http.MethodPatch: o.Patch, http.MethodDelete: o.Delete,
		} {
			if path == "" {
				continue
			}
			ways++
			var body func(*call) []string
			if method != http.MethodGet && method != http.MethodDelete {
				body = all
				if len(o.Body) > 0 {
					body = func(*call) []string { return o.Body }
				}
			}
			if err := d.add(op, method, path, o.Query, body, &o.extra); err != nil {
				return nil, err
			}
		}
		if ways != 1 {
			return nil, fmt.Errorf("operation %s has %d of get, post, put, patch and delete: want one", op, ways)
		}
	}
	return d, nil
}

// all sends every argument, and who it is about.
func all(c *call) []string { return append(slices.Sorted(maps.Keys(c.args)), "member") }
