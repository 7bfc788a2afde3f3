package event

import (
	"bytes"
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Type is what a field of an event holds.
type Type string

// The types. Money is Whole, in hundredths of the shop's currency.
const (
	Text   Type = "text"
	Whole  Type = "whole"  // a whole number
	Number Type = "number" // any finite number
	YesNo  Type = "yesno"
	Moment Type = "time" // RFC 3339
	List   Type = "list" // of objects with Fields of their own
)

// Limits of a value.
const (
	longestText = 2000 // bytes, unless the field says
	longestList = 500
)

// Field is one thing that an event may tell.
type Field struct {
	Type     Type             `json:"type" yaml:"type"`
	Required bool             `json:"required,omitempty" yaml:"required"`
	Min      *float64         `json:"min,omitempty" yaml:"min"`       // of a number
	Max      *float64         `json:"max,omitempty" yaml:"max"`       // of a number; bytes of a text
	OneOf    []string         `json:"one_of,omitempty" yaml:"one_of"` // what a text may be
	Fields   map[string]Field `json:"fields,omitempty" yaml:"fields"` // of a list's objects
}

// Schema is what the data of one kind of event holds. What it does not name is dropped
// unread: nobody keeps what nobody asked for.
type Schema map[string]Field

// Kinds are the kinds of event that are taken, by name.
type Kinds map[string]Schema

func (k Kinds) names() string { return strings.Join(slices.Sorted(maps.Keys(k)), ", ") }

// check returns the data with what the schema names, in one order.
func (s Schema) check(data []byte) ([]byte, error) {
	if len(bytes.TrimSpace(data)) == 0 {
		data = []byte("{}")
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(data, &all); err != nil || all == nil {
		return nil, refuse("data is not a JSON object")
	}
	kept, err := s.keep("data", all)
	if err != nil {
		return nil, err
	}
	return json.Marshal(kept)
}

func (s Schema) keep(where string, all map[string]json.RawMessage) (map[string]any, error) {
	kept := make(map[string]any, len(s))
	for _, name := range slices.Sorted(maps.Keys(s)) {
		raw, there := all[name]
		if !there || string(raw) == "null" {
			if s[name].Required {
				return nil, refuse("%s.%s is missing", where, name)
			}
			continue
		}
		value, err := s[name].read(where+"."+name, raw)
		if err != nil {
			return nil, err
		}
		kept[name] = value
	}
	return kept, nil
}

func (f Field) read(where string, raw json.RawMessage) (any, error) {
	switch f.Type {
	case Text:
		return f.text(where, raw)
	case Whole:
		var n int64
		if json.Unmarshal(raw, &n) != nil || !f.within(float64(n)) {
			return nil, refuse("%s is not a whole number%s", where, f.bounds())
		}
		return n, nil
	case Number:
		var x float64
		if json.Unmarshal(raw, &x) != nil || math.IsInf(x, 0) || !f.within(x) {
			return nil, refuse("%s is not a number%s", where, f.bounds())
		}
		return x, nil
	case YesNo:
		var yes bool
		if json.Unmarshal(raw, &yes) != nil {
			return nil, refuse("%s is neither true nor false", where)
		}
		return yes, nil
	case Moment:
		var at time.Time
		if json.Unmarshal(raw, &at) != nil || at.Year() < 1970 {
			return nil, refuse("%s is not a time as in RFC 3339", where)
		}
		return at.UTC().Truncate(time.Millisecond), nil
	case List:
		return f.list(where, raw)
	}
	return nil, refuse("%s has the type %q in its schema, which is none", where, f.Type)
}

func (f Field) text(where string, raw json.RawMessage) (any, error) {
	most := longestText
	if f.Max != nil {
		most = int(*f.Max)
	}
	var text string
	switch {
	case json.Unmarshal(raw, &text) != nil:
		return nil, refuse("%s is not a text", where)
	case len(f.OneOf) > 0 && !slices.Contains(f.OneOf, text):
		return nil, refuse("%s is not one of %s", where, strings.Join(f.OneOf, ", "))
	case len(text) > most:
		return nil, refuse("%s is longer than %d bytes", where, most)
	case f.Required && text == "":
		return nil, refuse("%s is empty", where)
	case strings.ContainsRune(text, 0) || !utf8.ValidString(text):
		return nil, refuse("%s holds a zero byte or is not UTF-8", where)
	}
	return text, nil
}

func (f Field) list(where string, raw json.RawMessage) (any, error) {
	var rows []map[string]json.RawMessage
	if json.Unmarshal(raw, &rows) != nil || len(rows) > longestList {
		return nil, refuse("%s is not a list of at most %d objects", where, longestList)
	}
	kept := make([]map[string]any, len(rows))
	for i, row := range rows {
		one, err := Schema(f.Fields).keep(where+"[]", row)
		if err != nil {
			return nil, err
		}
		kept[i] = one
	}
	return kept, nil
}

func (f Field) within(x float64) bool {
	return (f.Min == nil || x >= *f.Min) && (f.Max == nil || x <= *f.Max)
}

func (f Field) bounds() string {
	text := func(x *float64) string { b, _ := json.Marshal(x); return string(b) }
	switch {
	case f.Min != nil && f.Max != nil:
		return " between " + text(f.Min) + " and " + text(f.Max)
	case f.Min != nil:
		return " of " + text(f.Min) + " or more"
	case f.Max != nil:
		return " of " + text(f.Max) + " or less"
	}
	return ""
}
