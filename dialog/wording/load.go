package wording

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"huike/dialog"
)

// Open reads the files of wording at the given paths; of an act that stands in
// several, a later file's words replace an earlier one's, language by
// language. Its errors name the file and the line, and it reports all that it
// finds at once.
func Open(fsys fs.FS, paths ...string) (*Wording, error) {
	w := &Wording{acts: make(map[string]entry)}
	var errs []error
	for _, path := range paths {
		data, err := fs.ReadFile(fsys, path)
		if err != nil {
			errs = append(errs, fmt.Errorf("wording %s: %w", path, err))
			continue
		}
		errs = append(errs, w.load(path, data)...)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return w, nil
}

// Acts returns the names of all acts that have words, in order.
func (w *Wording) Acts() []string { return slices.Sorted(maps.Keys(w.acts)) }

// Check says what is amiss between the wording and the acts that a flow can
// produce, each with the names of its arguments: an act that has no words in
// one of langs, and a placeholder that no argument fills.
func (w *Wording) Check(acts map[string][]string, langs ...dialog.Lang) error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(acts)) {
		e, known := w.acts[name]
		for _, lang := range langs {
			if len(e.variants[lang]) == 0 {
				at := ""
				if known {
					at = e.where + ": "
				}
				errs = append(errs, fmt.Errorf("%sact %q has no words in %q", at, name, lang))
			}
		}
		for _, lang := range slices.Sorted(maps.Keys(e.variants)) {
			for _, t := range e.variants[lang] {
				errs = append(errs, t.known(acts[name]))
			}
		}
	}
	return errors.Join(errs...)
}

func (w *Wording) load(path string, data []byte) []error {
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return []error{fmt.Errorf("%s: %w", path, err)}
	}
	if len(doc.Content) == 0 {
		return nil
	}
	top := doc.Content[0]
	if top.Kind != yaml.MappingNode {
		return []error{fmt.Errorf("%s:%d: want a map from acts to their words", path, top.Line)}
	}
	var errs []error
	seen := make(map[string]int)
	for i := 0; i+1 < len(top.Content); i += 2 {
		key, value := top.Content[i], top.Content[i+1]
		where := fmt.Sprintf("%s:%d", path, key.Line)
		if line, twice := seen[key.Value]; twice {
			errs = append(errs, fmt.Errorf("%s: act %q stands at line %d too", where, key.Value, line))
			continue
		}
		seen[key.Value] = key.Line
		e, problems := loadEntry(path, where, value)
		errs = append(errs, problems...)
		w.merge(key.Value, e)
	}
	return errs
}

// merge lays e over what an earlier file said about the act.
func (w *Wording) merge(name string, e entry) {
	if old, ok := w.acts[name]; ok {
		for lang, variants := range old.variants {
			if len(e.variants[lang]) == 0 {
				e.variants[lang] = variants
			}
		}
	}
	w.acts[name] = e
}

func loadEntry(path, where string, value *yaml.Node) (e entry, errs []error) {
	e = entry{where: where, variants: make(map[dialog.Lang][]template)}
	if value.Kind != yaml.MappingNode {
		return e, []error{fmt.Errorf("%s:%d: want a map from languages to words", path, value.Line)}
	}
	for i := 0; i+1 < len(value.Content); i += 2 {
		key, node := value.Content[i], value.Content[i+1]
		texts, err := scalars(path, node)
		switch {
		case err != nil:
			errs = append(errs, err)
		case key.Value == "args":
			for _, t := range texts {
				e.args = append(e.args, t.Value)
			}
			if e.args == nil {
				e.args = []string{}
			}
		case key.Value != string(dialog.Chinese) && key.Value != string(dialog.English):
			errs = append(errs, fmt.Errorf("%s:%d: %q is no language of huike; want zh, en or args",
				path, key.Line, key.Value))
		default:
			for _, t := range texts {
				parsed, err := parse(fmt.Sprintf("%s:%d", path, t.Line), t.Value)
				errs = append(errs, err)
				e.variants[dialog.Lang(key.Value)] = append(e.variants[dialog.Lang(key.Value)], parsed)
			}
		}
	}
	if e.args != nil {
		for _, variants := range e.variants {
			for _, t := range variants {
				errs = append(errs, t.known(e.args))
			}
		}
	}
	return e, slices.DeleteFunc(errs, func(err error) bool { return err == nil })
}

// scalars returns a text, or the texts of a list.
func scalars(path string, node *yaml.Node) ([]*yaml.Node, error) {
	if node.Kind == yaml.ScalarNode {
		return []*yaml.Node{node}, nil
	}
	if node.Kind != yaml.SequenceNode {
		return nil, fmt.Errorf("%s:%d: want a text or a list of texts", path, node.Line)
	}
	for _, item := range node.Content {
		if item.Kind != yaml.ScalarNode {
			return nil, fmt.Errorf("%s:%d: want a text", path, item.Line)
		}
	}
	return node.Content, nil
}

// known reports the placeholders that are not among args.
func (t template) known(args []string) error {
	var errs []error
	for _, p := range t.parts {
		if p.arg != "" && !slices.Contains(args, p.arg) {
			has := "it has none"
			if len(args) > 0 {
				has = "it has " + strings.Join(args, ", ")
			}
			errs = append(errs, fmt.Errorf("%s: {%s} is no argument of the act; %s", t.where, p.arg, has))
		}
	}
	return errors.Join(errs...)
}
