package wording

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"huike/dialog"
)

// template is one variant of an act's words, cut at its placeholders.
type template struct {
	where string // file:line
	parts []part
}

// part is literal text, or a placeholder.
type part struct {
	text    string
	arg     string // name of the argument; "" for literal text
	reading string // how to read it; "" to go by its name and looks
}

// span is a piece of a reply. An atom is never cut, and brings its own spoken
// form; other spans are normalised together with what stands beside them.
type span struct {
	written string
	spoken  string
	atom    bool
	missing bool // a placeholder that nothing fills
}

var placeholder = regexp.MustCompile(`^([a-z][a-z0-9_]*)(?::([a-z]+))?$`)

// parse cuts text at its placeholders.
func parse(where, text string) (template, error) {
	t := template{where: where}
	if strings.TrimSpace(text) == "" {
		return t, fmt.Errorf("%s: no words", where)
	}
	for text != "" {
		open := strings.IndexAny(text, "{}")
		if open < 0 {
			break
		}
		shut := strings.IndexByte(text, '}')
		if text[open] == '}' || shut < 0 {
			return t, fmt.Errorf("%s: a brace without its fellow", where)
		}
		name := placeholder.FindStringSubmatch(text[open+1 : shut])
		if name == nil {
			return t, fmt.Errorf("%s: %s is no placeholder; want {name} or {name:reading}", where, text[open:shut+1])
		}
		if !readable(name[2]) {
			return t, fmt.Errorf("%s: %s: unknown reading %q; want digits, phone, number, money, date, time or text",
				where, text[open:shut+1], name[2])
		}
		if open > 0 {
			t.parts = append(t.parts, part{text: text[:open]})
		}
		t.parts = append(t.parts, part{arg: name[1], reading: name[2]})
		text = text[shut+1:]
	}
	if text != "" {
		t.parts = append(t.parts, part{text: text})
	}
	return t, nil
}

// filled says whether args has a value for every placeholder.
func (t template) filled(args map[string]string) bool {
	for _, p := range t.parts {
		if p.arg != "" && strings.TrimSpace(args[p.arg]) == "" {
			return false
		}
	}
	return true
}

// fill puts the values of args in place of the placeholders.
func (t template) fill(lang dialog.Lang, args map[string]string, today time.Time) []span {
	spans := make([]span, len(t.parts))
	for i, p := range t.parts {
		switch value := strings.TrimSpace(args[p.arg]); {
		case p.arg == "":
			spans[i] = span{written: p.text}
		case value == "":
			spans[i] = span{atom: true, missing: true}
		default:
			spans[i] = read(lang, reading(p, value), value, today)
		}
	}
	return spans
}

// constant returns the clauses of a template that hold no placeholder.
func (t template) constant(lang dialog.Lang) []Clause {
	return clauses(lang, t.fill(lang, nil, time.Time{}))
}

// reading says how to read the value of p when the template does not.
func reading(p part, value string) string {
	switch {
	case p.reading != "":
		return p.reading
	case isoDate.MatchString(value):
		return "date"
	case strings.HasSuffix(p.arg, "number"), strings.HasSuffix(p.arg, "ticket"), strings.HasSuffix(p.arg, "code"):
		return "digits"
	case strings.HasSuffix(p.arg, "phone"):
		return "phone"
	}
	return ""
}
