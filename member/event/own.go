package event

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// ReadKinds reads the kinds of a file; see [ParseKinds]. An empty path is no kinds.
func ReadKinds(path string) (Kinds, error) {
	if path == "" {
		return Kinds{}, nil
	}
	text, err := os.ReadFile(path) //nolint:gosec // the operator's own file
	if err != nil {
		return nil, fmt.Errorf("kinds of events: %w", err)
	}
	k, err := ParseKinds(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return k, nil
}

// ParseKinds reads a shop's own kinds of events from YAML, each with its schema:
//
//	test_drive:
//	  model: {type: text, required: true}
//	  minutes: {type: whole, min: 0, max: 600}
//	  road: {type: text, one_of: [city, country]}
//
// The types are text, whole, number, yesno, time, and list with fields of its own. A kind
// of every shop cannot be made another. An error names the kind, the field, the value and
// what is wanted.
func ParseKinds(text []byte) (Kinds, error) {
	kinds := Kinds{}
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&kinds); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("want kinds of events, each with its fields of type, required, min, max, one_of and fields: %w", err)
	}
	standard := Standard(nil)
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		if _, taken := standard[kind]; taken {
			return nil, fmt.Errorf("kind %q is one that every shop has; want another name", kind)
		}
		if named("kind", kind) != nil || strings.HasPrefix(kind, typePrefix) {
			return nil, fmt.Errorf("kind %q: want a name of at most %d bytes without spaces, and without %s before it", kind, longestName, typePrefix)
		}
		if err := kinds[kind].sound(kind); err != nil {
			return nil, err
		}
	}
	return kinds, nil
}

// sound says what is wrong in a schema.
func (s Schema) sound(where string) error {
	for _, name := range slices.Sorted(maps.Keys(s)) {
		f, where := s[name], where+"."+name
		switch f.Type {
		case Text, Whole, Number, YesNo, Moment:
			if len(f.Fields) > 0 {
				return fmt.Errorf("%s has fields and is of type %s; want type list", where, f.Type)
			}
		case List:
			if err := Schema(f.Fields).sound(where); err != nil {
				return err
			}
		default:
			return fmt.Errorf("%s: type %q; want text, whole, number, yesno, time or list", where, f.Type)
		}
		if f.Min != nil && f.Max != nil && *f.Min > *f.Max {
			return fmt.Errorf("%s: min %v is above max %v", where, *f.Min, *f.Max)
		}
	}
	return nil
}
