// Package tag keeps what members are labelled with: tags and tiers that follow what they
// do, by rules that are data, and tags that agents put on by hand. A rule is an expression
// (https://expr-lang.org) over windows of a member's orders, items, events and contacts;
// see [Parse]. It is looked at with each event, and again when time alone may change what
// it says. Every change is kept with what made it so.
//
// Goroutines: [Keeper.Run] is one loop that sweeps what has come due and reads changed
// rules. Nothing else runs.
package tag

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"huike/member"
)

//go:embed tags.yaml
var standard []byte

// Rules are a shop's tags and tiers. They are read only, and safe from any goroutine.
type Rules struct {
	tags  []rule
	tiers []tier
	mark  string
	need  need
}

// rule is one tag.
type rule struct {
	name        string // {} stands for the value
	when, value *program
}

// tier is one level, the highest first.
type tier struct {
	name   string
	when   *program // nil: everybody else
	rights Rights
}

// Rights are what a tier gives (C8). The zero Rights give nothing.
type Rights struct {
	Discount int               `json:"discount,omitempty" yaml:"discount"` // percent, 0 to 100
	Priority int               `json:"priority,omitempty" yaml:"priority"` // in the queue for a person, 0 to 9; higher is sooner
	Greeting map[string]string `json:"greeting,omitempty" yaml:"greeting"` // by language, zh or en
	Benefits []string          `json:"benefits,omitempty" yaml:"benefits"` // the shop's own words, such as free_delivery
}

// written is the file's form.
type written struct {
	Tags []struct {
		Name, When, Value string
	}
	Tiers []struct {
		Name, When string
		Rights     Rights
	}
}

// Default returns the rules that a shop starts with: tags of the channel and the place
// that a member likes, and no tiers.
func Default() (*Rules, error) { return Parse("tags.yaml", standard) }

// Parse reads rules from YAML:
//
//	tags:
//	  - {name: 母婴潜在客户, when: 'count(filter(items, .category == "母婴"), "90d") >= 3'}
//	  - {name: '常用渠道:{}', value: 'most(contacts, "channel", "180d", 2)'}
//	tiers: # the highest first; the last has no when
//	  - {name: gold, when: 'sum(orders, "total", "365d") >= 500000', rights: {discount: 5, priority: 3}}
//	  - {name: standard}
//
// A rule knows the lists orders, items, events and contacts of [Fact], the texts tier,
// stage and channel, has(TAG) for tags given by hand, and over windows such as "36h", "90d",
// "12w" or "all":
//
//	count(list, window)                how many
//	sum(list, field, window)           of a number
//	distinct(list, field, window)      how many different
//	last(list)                         whole days since the newest; 100000 where there is none
//	share(list, of, window)            from 0 to 1; 0 where there is nothing
//	most(list, field, window, least)   the most frequent text; "" under least times
//
// An error names the file, the line, the value and what is wanted instead.
func Parse(file string, text []byte) (*Rules, error) {
	var w written
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&w); err != nil {
		return nil, fmt.Errorf("%s: %w: want a list tags of name and when (or value), and a list tiers of name, when and rights", file, shown(err))
	}
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	sum := sha256.Sum256(text)
	r := &Rules{mark: hex.EncodeToString(sum[:8])}
	p := parser{file: file, root: &root, rules: r}
	err := p.tags(&w)
	if err == nil {
		err = p.tiers(&w)
	}
	if err != nil {
		return nil, err
	}
	return r, nil
}

// shown is a YAML error on one line, without the names of this program's types.
func shown(err error) error {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	if one, ok := errors.AsType[*yaml.TypeError](err); ok {
		text = strings.Join(one.Errors, "; ")
	}
	if before, _, found := strings.Cut(text, " in type "); found {
		text = before
	}
	return errors.New(text)
}

// parser turns what was written into rules.
type parser struct {
	file  string
	root  *yaml.Node
	rules *Rules
}

func (p *parser) wrong(list string, i int, key, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s", p.file, line(p.root, list, i, key), fmt.Sprintf(format, args...))
}

func (p *parser) tags(w *written) error {
	seen := map[string]bool{}
	for i, t := range w.Tags {
		switch {
		case checkName(t.Name) != nil:
			return p.wrong("tags", i, "name", "tag %q: %v", t.Name, checkName(t.Name))
		case seen[t.Name]:
			return p.wrong("tags", i, "name", "tag %q stands twice: want one rule for each; join them with or", t.Name)
		case t.When == "" && t.Value == "":
			return p.wrong("tags", i, "name", "tag %q has neither when nor value: want an expression that is true or false as when, or one that is a text as value", t.Name)
		case (t.Value != "") != strings.Contains(t.Name, "{}"):
			return p.wrong("tags", i, "name", "tag %q: want {} in its name where it has a value, and only there", t.Name)
		}
		seen[t.Name] = true
		r := rule{name: t.Name}
		var err error
		if t.When != "" {
			if r.when, err = compile(t.When, true, &p.rules.need); err != nil {
				return p.wrong("tags", i, "when", "tag %q: %v", t.Name, err)
			}
		}
		if t.Value != "" {
			if r.value, err = compile(t.Value, false, &p.rules.need); err != nil {
				return p.wrong("tags", i, "value", "tag %q: %v", t.Name, err)
			}
		}
		p.rules.tags = append(p.rules.tags, r)
	}
	return nil
}

func (p *parser) tiers(w *written) error {
	seen := map[string]bool{}
	for i, t := range w.Tiers {
		last := i == len(w.Tiers)-1
		switch {
		case checkName(t.Name) != nil:
			return p.wrong("tiers", i, "name", "tier %q: %v", t.Name, checkName(t.Name))
		case seen[t.Name]:
			return p.wrong("tiers", i, "name", "tier %q stands twice: want each once", t.Name)
		case last != (t.When == ""):
			return p.wrong("tiers", i, "name", "tier %q: want a when on every tier but the last, which is everybody else's", t.Name)
		case t.Rights.Discount < 0 || t.Rights.Discount > 100:
			return p.wrong("tiers", i, "rights", "tier %q: discount %d: want percent, 0 to 100", t.Name, t.Rights.Discount)
		case t.Rights.Priority < 0 || t.Rights.Priority > 9:
			return p.wrong("tiers", i, "rights", "tier %q: priority %d: want 0 to 9", t.Name, t.Rights.Priority)
		}
		seen[t.Name] = true
		one := tier{name: t.Name, rights: t.Rights}
		if t.When != "" {
			var err error
			if one.when, err = compile(t.When, true, &p.rules.need); err != nil {
				return p.wrong("tiers", i, "when", "tier %q: %v", t.Name, err)
			}
		}
		p.rules.tiers = append(p.rules.tiers, one)
	}
	return nil
}

// line finds where a key of the i-th element of a list stands.
func line(root *yaml.Node, list string, i int, key string) int {
	at := root
	if at.Kind == yaml.DocumentNode && len(at.Content) > 0 {
		at = at.Content[0]
	}
	all := child(at, list)
	if all == nil || i >= len(all.Content) {
		return at.Line
	}
	if one := child(all.Content[i], key); one != nil {
		return one.Line
	}
	return all.Content[i].Line
}

func child(of *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(of.Content); i += 2 {
		if of.Content[i].Value == key {
			return of.Content[i+1]
		}
	}
	return nil
}

const longestName = 64 // bytes of a tag

// ErrName says why a text is no tag.
var ErrName = errors.New("want 1 to 64 bytes without control characters and without a telephone number")

func checkName(name string) error {
	if name == "" || len(name) > longestName || strings.TrimSpace(name) != name || member.Mask(name) != name ||
		strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f || r == 0xfffd }) {
		return ErrName
	}
	return nil
}

// Rights returns what a tier gives, and whether the rules know it.
func (r *Rules) Rights(name string) (Rights, bool) {
	for i := range r.tiers {
		if r.tiers[i].name == name {
			return r.tiers[i].rights, true
		}
	}
	return Rights{}, false
}

// Tiers returns the names of the tiers, the highest first.
func (r *Rules) Tiers() []string {
	names := make([]string, len(r.tiers))
	for i := range r.tiers {
		names[i] = r.tiers[i].name
	}
	return names
}

// Tags returns the names of the tags that have rules; {} stands for a value.
func (r *Rules) Tags() []string {
	names := make([]string, len(r.tags))
	for i := range r.tags {
		names[i] = r.tags[i].name
	}
	return names
}

const dayLong = 24 * time.Hour
