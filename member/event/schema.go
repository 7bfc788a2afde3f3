package event

import (
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"
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

// form is a schema made ready for reading: its fields in the order of their names.
type form []slot

// slot is one field of a form.
type slot struct {
	Field
	name, where string
	key         []byte // the name as JSON, with its colon
	each        form   // of a list's objects
}

// told is what an event tells of one field: a string, int64, float64, bool, time.Time or
// [][]told.
type told struct {
	slot  *slot
	value any
}

func (s Schema) form(where string) form {
	f := make(form, 0, len(s))
	for _, name := range slices.Sorted(maps.Keys(s)) {
		at := where + "." + name
		f = append(f, slot{Field: s[name], name: name, where: at, key: append(appendText(nil, name), ':'), each: Schema(s[name].Fields).form(at + "[]")})
	}
	return f
}

// forms makes all kinds ready.
func (k Kinds) forms() map[string]form {
	all := make(map[string]form, len(k))
	for kind, schema := range k {
		all[kind] = schema.form("data")
	}
	return all
}

// check returns what the data, valid JSON or nothing, tells of the form's fields, and that
// as JSON.
func (f form) check(data []byte) ([]byte, []told, error) {
	if len(data) == 0 {
		data = []byte("{}")
	}
	kept, object, err := f.keep(data)
	switch {
	case err != nil:
		return nil, nil, err
	case !object:
		return nil, nil, refuse("data is not a JSON object")
	}
	return appendTold(make([]byte, 0, len(data)+16), kept), kept, nil
}

func (f form) keep(data []byte) (kept []told, object bool, err error) {
	raw := make([][]byte, len(f))
	object = members(data, func(name, value []byte) {
		for i := range f {
			if f[i].name == string(name) {
				raw[i] = value // the last counts, where it stands twice
			}
		}
	})
	if !object {
		return nil, false, nil
	}
	kept = make([]told, 0, len(f))
	for i := range f {
		if raw[i] == nil || string(raw[i]) == "null" {
			if f[i].Required {
				return nil, true, refuse("%s is missing", f[i].where)
			}
			continue
		}
		value, err := f[i].read(raw[i])
		if err != nil {
			return nil, true, err
		}
		kept = append(kept, told{&f[i], value})
	}
	return kept, true, nil
}

func (f *slot) read(raw []byte) (any, error) {
	switch f.Type {
	case Text:
		return f.text(raw)
	case Whole:
		n, err := strconv.ParseInt(string(raw), 10, 64)
		if err != nil || !f.within(float64(n)) {
			return nil, refuse("%s is not a whole number%s", f.where, f.bounds())
		}
		return n, nil
	case Number:
		var x float64
		if json.Unmarshal(raw, &x) != nil || math.IsInf(x, 0) || !f.within(x) {
			return nil, refuse("%s is not a number%s", f.where, f.bounds())
		}
		return x, nil
	case YesNo:
		if yes := string(raw); yes != "true" && yes != "false" {
			return nil, refuse("%s is neither true nor false", f.where)
		}
		return raw[0] == 't', nil
	case Moment:
		return f.moment(raw)
	case List:
		return f.list(raw)
	}
	return nil, refuse("%s has the type %q in its schema, which is none", f.where, f.Type)
}

func (f *slot) moment(raw []byte) (any, error) {
	var at time.Time
	if json.Unmarshal(raw, &at) != nil || at.Year() < 1970 {
		return nil, refuse("%s is not a time as in RFC 3339", f.where)
	}
	return at.UTC().Truncate(time.Millisecond), nil
}

func (f *slot) text(raw []byte) (any, error) {
	most := longestText
	if f.Max != nil {
		most = int(*f.Max)
	}
	says, is := text(raw)
	switch {
	case !is:
		return nil, refuse("%s is not a text", f.where)
	case len(f.OneOf) > 0 && !slices.Contains(f.OneOf, says):
		return nil, refuse("%s is not one of %s", f.where, strings.Join(f.OneOf, ", "))
	case len(says) > most:
		return nil, refuse("%s is longer than %d bytes", f.where, most)
	case f.Required && says == "":
		return nil, refuse("%s is empty", f.where)
	case strings.ContainsRune(says, 0) || !utf8.ValidString(says):
		return nil, refuse("%s holds a zero byte or is not UTF-8", f.where)
	}
	return says, nil
}

func (f *slot) list(raw []byte) (any, error) {
	var rows [][]byte
	objects := elements(raw, func(value []byte) {
		if string(value) == "null" {
			value = []byte("{}")
		}
		rows = append(rows, value)
	})
	other := func(row []byte) bool { return row[0] != '{' }
	if !objects || len(rows) > longestList || slices.ContainsFunc(rows, other) {
		return nil, refuse("%s is not a list of at most %d objects", f.where, longestList)
	}
	kept := make([][]told, len(rows))
	for i, row := range rows {
		one, _, err := f.each.keep(row)
		if err != nil {
			return nil, err
		}
		kept[i] = one
	}
	return kept, nil
}

// appendTold writes what is told as a JSON object, its fields in the order of their names.
func appendTold(to []byte, all []told) []byte {
	to = append(to, '{')
	for i, t := range all {
		if i > 0 {
			to = append(to, ',')
		}
		to = append(to, t.slot.key...)
		switch value := t.value.(type) {
		case string:
			to = appendText(to, value)
		case int64:
			to = strconv.AppendInt(to, value, 10)
		case [][]told:
			to = append(to, '[')
			for j, one := range value {
				if j > 0 {
					to = append(to, ',')
				}
				to = appendTold(to, one)
			}
			to = append(to, ']')
		default:
			text, _ := json.Marshal(value) // a finite number, a bool or a time from 1970 on
			to = append(to, text...)
		}
	}
	return append(to, '}')
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
