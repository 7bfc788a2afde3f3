package tau

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// ErrDiff says that a task's diff cannot be read.
var ErrDiff = errors.New(`want ["/users or orders/ID/field...", "add, set or remove", value]`)

// step is one line of a diff.
type step struct {
	path  []string // the kind, the id, and the fields inside
	op    string
	value any
}

func readDiff(lines []json.RawMessage) ([]step, error) {
	var steps []step
	for i, line := range lines {
		var parts []any
		if err := json.Unmarshal(line, &parts); err != nil || len(parts) < 2 {
			return nil, fmt.Errorf("line %d of the diff: %w", i+1, ErrDiff)
		}
		path, isText := parts[0].(string)
		op, isOp := parts[1].(string)
		if !isText || !isOp || !strings.HasPrefix(path, "/") {
			return nil, fmt.Errorf("line %d of the diff: %w", i+1, ErrDiff)
		}
		s := step{path: strings.Split(path[1:], "/"), op: op}
		for j, name := range s.path {
			s.path[j] = strings.NewReplacer("~1", "/", "~0", "~").Replace(name) // RFC 6901, section 4
		}
		if len(parts) > 2 {
			s.value = parts[2]
		}
		if len(s.path) < 3 || (s.path[0] != users && s.path[0] != orders) {
			return nil, fmt.Errorf("line %d of the diff, %s: %w", i+1, path, ErrDiff)
		}
		steps = append(steps, s)
	}
	return steps, nil
}

// change returns a value with one step done inside it. The value itself stays as it is.
func change(value any, path []string, s step) (any, error) {
	if len(path) == 0 {
		return s.value, nil
	}
	switch in := value.(type) {
	case map[string]any:
		out := maps.Clone(in)
		if len(path) == 1 && (s.op == "remove" || s.op == "del" || s.op == "delete") {
			delete(out, path[0])
			return out, nil
		}
		inner, err := change(in[path[0]], path[1:], s)
		out[path[0]] = inner
		return out, err
	case []any:
		i, err := strconv.Atoi(path[0])
		if err != nil || i < 0 || i >= len(in) {
			return nil, fmt.Errorf("%s: no %s in a list of %d: %w", strings.Join(s.path, "/"), path[0], len(in), ErrDiff)
		}
		out := slices.Clone(in)
		out[i], err = change(in[i], path[1:], s)
		return out, err
	}
	return nil, fmt.Errorf("%s: nothing is there to be changed: %w", strings.Join(s.path, "/"), ErrDiff)
}

// plain brings a value into the form in which two are compared: money in hundredths,
// and without what no operation changes and the shop does not keep.
func plain(value any) any {
	switch in := value.(type) {
	case float64:
		return int64(math.Round(in * 100))
	case map[string]any:
		out := map[string]any{}
		for name, v := range in {
			if name != "fulfillments" {
				out[name] = plain(v)
			}
		}
		return out
	case []any:
		out := make([]any, len(in))
		for i, v := range in {
			out[i] = plain(v)
		}
		return out
	}
	return value
}

// differs says where two values differ first, and is empty where they do not. It tells
// the place, and no value: they are personal.
func differs(at string, want, got any) string {
	w, isMap := want.(map[string]any)
	g, isMapToo := got.(map[string]any)
	if !isMap || !isMapToo {
		if reflect.DeepEqual(want, got) {
			return ""
		}
		return at
	}
	all := slices.Collect(maps.Keys(w))
	for name := range g {
		if _, there := w[name]; !there {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	for _, name := range all {
		in, wanted := w[name]
		out, there := g[name]
		if wanted != there {
			return at + "/" + name
		}
		if where := differs(at+"/"+name, in, out); where != "" {
			return where
		}
	}
	return ""
}
