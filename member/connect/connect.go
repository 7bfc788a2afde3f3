// Package connect joins the shop's own systems to the members: it pulls what happened in
// them over HTTP, takes what they push as signed webhooks, and tells them of members who
// have changed. Where things stand in their answers is data: a file of YAML with
// expressions (expr-lang/expr).
//
// Webhooks both ways are signed as Standard Webhooks 1.0.0 has it: webhook-id,
// webhook-timestamp, and webhook-signature with HMAC-SHA-256 over all three.
//
// Everything that comes in goes through [event.Inbox], and so counts once, in whatever order
// it comes. Goroutines: [Puller.Run], one for each source, and [Teller.Run], one for each
// system that is told.
package connect

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/vm"
	"gopkg.in/yaml.v3"
)

// Book is a file of connectors, checked.
type Book struct {
	Pulls []*Pull
	Hooks []*Hook
	Tells []*Tell
}

// Pull is a source that is read by HTTP.
type Pull struct {
	Name    string
	Every   time.Duration
	Timeout time.Duration // of one try
	Tries   uint
	url     *url.URL
	headers map[string]string
	since   string // the query's name for the newest time read; empty: everything is read each time
	page    paging
	mapping
}

// paging is how the next page is asked for: by number, or by what the answer says.
type paging struct {
	Param string `yaml:"param"` // the query's name for the page's number, from 1, or for the mark
	Next  string `yaml:"next"`  // where in the answer the next page's mark or address is; empty: by number
}

// Hook is a system that pushes.
type Hook struct {
	Name   string
	secret []byte
	mapping
}

// Tell is a system that is told of members who have changed.
type Tell struct {
	Name    string
	Timeout time.Duration
	Tries   int // before a message is dead
	url     string
	secret  []byte
}

// mapping makes events of rows.
type mapping struct {
	rows  string // a path such as data.orders; empty: the answer itself
	when  *vm.Program
	parts map[string]*vm.Program // id, type, subject, time
	data  map[string]*vm.Program
}

// written is the file's form.
type written struct {
	Pulls []struct {
		Name, URL, Since string
		Headers          map[string]string
		Every, Timeout   string
		Tries            uint
		Page             paging
		writtenMapping   `yaml:",inline"`
	}
	Hooks []struct {
		Name, Secret   string
		writtenMapping `yaml:",inline"`
	}
	Tells []struct {
		Name, URL, Secret, Timeout string
		Tries                      int
	}
}

type writtenMapping struct {
	Rows, When string
	Event      struct {
		ID, Type, Subject, Time string
		Data                    map[string]string
	}
}

// Parse reads a file of connectors. Values of headers and secrets may name variables, such
// as ${CRM_TOKEN}, which env looks up; nil is the process's environment.
//
//	pulls:
//	  - name: orders
//	    url: https://crm.example/api/orders
//	    headers: {Authorization: "Bearer ${CRM_TOKEN}"}
//	    every: 5m
//	    since: updated_after
//	    page: {param: page}
//	    rows: data.orders
//	    when: row.state != "draft"
//	    event:
//	      id: '"order-" + string(int(row.id)) + "-" + row.updated'
//	      type: '"order"'
//	      subject: '"phone:" + row.customer.mobile'
//	      time: row.updated
//	      data: {order: row.number, total: int(round(row.amount * 100))}
//	hooks:
//	  - name: crm # POST /v1/hooks/crm
//	    secret: ${CRM_HOOK_SECRET} # whsec_ and 24 to 64 bytes in base64
//	    rows: events
//	    event: {…}
//	tells:
//	  - {name: crm, url: https://crm.example/hooks/huike, secret: "${CRM_TELL_SECRET}"}
//
// An expression knows row. What it makes nil is not told. An error names the connector and
// what is wanted.
func Parse(text []byte, env func(string) string) (*Book, error) {
	var w written
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&w); err != nil {
		return nil, fmt.Errorf("want lists pulls, hooks and tells: %w", err)
	}
	if env == nil {
		env = os.Getenv
	}
	b := &Book{}
	names := map[string]bool{}
	for i := range w.Pulls {
		p, err := w.pull(i, env)
		if err = errors.Join(err, named(names, "pull "+p.Name)); err != nil {
			return nil, fmt.Errorf("pull %q: %w", p.Name, err)
		}
		b.Pulls = append(b.Pulls, p)
	}
	for _, one := range w.Hooks {
		m, err := one.compile()
		secret, bad := Secret(os.Expand(one.Secret, env))
		if err = errors.Join(err, bad, named(names, "hook "+one.Name)); err != nil {
			return nil, fmt.Errorf("hook %q: %w", one.Name, err)
		}
		b.Hooks = append(b.Hooks, &Hook{Name: one.Name, secret: secret, mapping: *m})
	}
	for _, one := range w.Tells {
		_, err := address(one.URL)
		secret, bad := Secret(os.Expand(one.Secret, env))
		timeout, wrong := span(one.Timeout, 10*time.Second)
		if err = errors.Join(err, bad, wrong, named(names, "tell "+one.Name)); err != nil {
			return nil, fmt.Errorf("tell %q: %w", one.Name, err)
		}
		if one.Tries <= 0 {
			one.Tries = 12
		}
		b.Tells = append(b.Tells, &Tell{Name: one.Name, Timeout: timeout, Tries: one.Tries, url: one.URL, secret: secret})
	}
	return b, nil
}

var errName = errors.New("want a name of its own, of letters, digits, - and _")

func named(names map[string]bool, name string) error {
	_, own, _ := strings.Cut(name, " ")
	odd := strings.ContainsFunc(own, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_'
	})
	if own == "" || odd || len(own) > 64 || names[name] {
		return errName
	}
	names[name] = true
	return nil
}

func (w *written) pull(i int, env func(string) string) (*Pull, error) {
	one := &w.Pulls[i]
	p := &Pull{Name: one.Name, Tries: one.Tries, since: one.Since, page: one.Page, headers: map[string]string{}}
	if p.Tries == 0 {
		p.Tries = 4
	}
	for name, value := range one.Headers {
		p.headers[name] = os.Expand(value, env)
	}
	m, err := one.compile()
	var bad, wrong, odd error
	p.url, bad = address(one.URL)
	p.Every, wrong = span(one.Every, 5*time.Minute)
	p.Timeout, odd = span(one.Timeout, 10*time.Second)
	if m != nil {
		p.mapping = *m
	}
	return p, errors.Join(err, bad, wrong, odd)
}

func address(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil {
		return nil, errors.New("url: want http:// or https://, a host, and no password")
	}
	return u, nil
}

func span(text string, usual time.Duration) (time.Duration, error) {
	if text == "" {
		return usual, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("%q: want a length of time above 0, such as 30s or 5m", text)
	}
	return d, nil
}

func (w *writtenMapping) compile() (*mapping, error) {
	m := &mapping{rows: w.Rows, parts: map[string]*vm.Program{}, data: map[string]*vm.Program{}}
	var err error
	if w.When != "" {
		if m.when, err = compile(w.When, expr.AsBool()); err != nil {
			return nil, fmt.Errorf("when: %w", err)
		}
	}
	for _, part := range []struct{ name, text string }{
		{"id", w.Event.ID}, {"type", w.Event.Type}, {"subject", w.Event.Subject}, {"time", w.Event.Time},
	} {
		if part.text == "" {
			return nil, fmt.Errorf("event.%s is missing; want an expression over row", part.name)
		}
		if m.parts[part.name], err = compile(part.text); err != nil {
			return nil, fmt.Errorf("event.%s: %w", part.name, err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(w.Event.Data)) {
		if m.data[name], err = compile(w.Event.Data[name]); err != nil {
			return nil, fmt.Errorf("event.data.%s: %w", name, err)
		}
	}
	return m, nil
}

// env is what an expression knows.
type env struct {
	Row any `expr:"row"`
}

func compile(text string, more ...expr.Option) (*vm.Program, error) {
	p, err := expr.Compile(text, append(more, expr.Env(env{}))...)
	if err != nil {
		first, _, _ := strings.Cut(err.Error(), "\n")
		return nil, fmt.Errorf("%q: %s", text, first)
	}
	return p, nil
}

// event makes a CloudEvent of a row; nil is none. The reason says why a row is none that
// can be made: it repeats nothing of it.
func (m *mapping) event(source string, row any) (body []byte, reason string) {
	if m.when != nil {
		if says, err := expr.Run(m.when, env{row}); err != nil {
			return nil, "when cannot be worked out of the row"
		} else if says != true {
			return nil, ""
		}
	}
	e := map[string]any{"specversion": "1.0", "source": source}
	for name, code := range m.parts {
		value, err := expr.Run(code, env{row})
		text, is := value.(string)
		if err != nil || !is {
			return nil, "event." + name + " is no text in the row"
		}
		e[name] = text
	}
	data := map[string]any{}
	for name, code := range m.data {
		value, err := expr.Run(code, env{row})
		if err != nil {
			return nil, "event.data." + name + " cannot be worked out of the row"
		}
		if value != nil {
			data[name] = value
		}
	}
	e["data"] = data
	body, err := json.Marshal(e)
	if err != nil {
		return nil, "the event made of the row is no JSON"
	}
	return body, ""
}

// all returns the rows of an answer.
func (m *mapping) all(answer any) ([]any, error) {
	value := at(answer, m.rows)
	switch rows := value.(type) {
	case []any:
		return rows, nil
	case map[string]any:
		return []any{rows}, nil
	case nil:
		return nil, fmt.Errorf("rows: nothing stands at %q", m.rows)
	}
	return nil, fmt.Errorf("rows: what stands at %q is neither a list nor an object", m.rows)
}

// at follows a path such as data.orders.
func at(value any, path string) any {
	if path == "" {
		return value
	}
	for name := range strings.SplitSeq(path, ".") {
		in, is := value.(map[string]any)
		if !is {
			return nil
		}
		value = in[name]
	}
	return value
}
