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
	"io"
	"strconv"
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
	text  string
	need  need

	version int // in the store; 0: these were never saved
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
// An error is [*Faults], which name the file, the line, the value and what is wanted
// instead.
func Parse(file string, text []byte) (*Rules, error) {
	faults := &Faults{File: file}
	var w written
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&w); err != nil && !errors.Is(err, io.EOF) { // an empty file is no rules
		faults.unread(err)
		return nil, faults.err()
	}
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		faults.unread(err)
		return nil, faults.err()
	}
	r := &Rules{mark: markOf(text), text: string(text)}
	p := parser{faults: faults, root: &root, rules: r}
	p.tags(&w)
	p.tiers(&w)
	if err := faults.err(); err != nil {
		return nil, err
	}
	return r, nil
}

// markOf tells texts of rules apart.
func markOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// parser turns what was written into rules.
type parser struct {
	faults *Faults
	root   *yaml.Node
	rules  *Rules
}

// place is an element of a list of the file.
type place struct {
	list string
	i    int
	name string
}

// wrong notes a fault of an element's key.
func (p *parser) wrong(at place, key, en, zh string) {
	kind, kindZH := "tag", "标签"
	if at.list == "tiers" {
		kind, kindZH = "tier", "等级"
	}
	name := strconv.Quote(at.name)
	p.faults.add(line(p.root, at.list, at.i, key), kind+" "+name+": "+en, kindZH+" "+name+"："+zh)
}

// compile checks an expression of an element.
func (p *parser) compile(at place, key, text string) *program {
	if text == "" {
		return nil
	}
	code, err := compile(text, key == "when", &p.rules.need)
	if err != nil {
		said := Say(err)
		p.wrong(at, key, said.EN, "表达式有误："+said.ZH)
	}
	return code
}

// named checks an element's name, which stands once.
func (p *parser) named(at place, seen map[string]bool) {
	if checkName(at.name) != nil {
		p.wrong(at, "name", ErrName.Error(), "应为 1 至 64 字节，不含控制字符和电话号码")
	}
	if seen[at.name] {
		p.wrong(at, "name", "it stands twice: want one rule for each; join them with or", "出现了两次：每个名称只写一条规则，可用 or 合并")
	}
	seen[at.name] = true
}

func (p *parser) tags(w *written) {
	seen := map[string]bool{}
	for i, t := range w.Tags {
		at := place{"tags", i, t.Name}
		p.named(at, seen)
		switch {
		case t.When == "" && t.Value == "":
			p.wrong(at, "name", "it has neither when nor value: want an expression that is true or false as when, or one that is a text as value",
				"既没有 when 也没有 value：请写一个结果为真假的 when，或结果为文字的 value")
		case (t.Value != "") != strings.Contains(t.Name, "{}"):
			p.wrong(at, "name", "want {} in its name where it has a value, and only there", "有 value 的名称须含 {}，没有 value 的不可含 {}")
		}
		p.rules.tags = append(p.rules.tags, rule{name: t.Name, when: p.compile(at, "when", t.When), value: p.compile(at, "value", t.Value)})
	}
}

func (p *parser) tiers(w *written) {
	seen := map[string]bool{}
	for i, t := range w.Tiers {
		at := place{"tiers", i, t.Name}
		p.named(at, seen)
		switch last := i == len(w.Tiers)-1; {
		case last != (t.When == ""):
			p.wrong(at, "name", "want a when on every tier but the last, which is everybody else's", "除最后一个等级（其余所有人）外，每个等级都要有 when")
		case t.Rights.Discount < 0 || t.Rights.Discount > 100:
			p.wrong(at, "rights", fmt.Sprintf("discount %d: want percent, 0 to 100", t.Rights.Discount), fmt.Sprintf("discount 为 %d：应为百分数 0 至 100", t.Rights.Discount))
		case t.Rights.Priority < 0 || t.Rights.Priority > 9:
			p.wrong(at, "rights", fmt.Sprintf("priority %d: want 0 to 9", t.Rights.Priority), fmt.Sprintf("priority 为 %d：应为 0 至 9", t.Rights.Priority))
		}
		p.rules.tiers = append(p.rules.tiers, tier{name: t.Name, rights: t.Rights, when: p.compile(at, "when", t.When)})
	}
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

// Text returns the rules as they were written, in YAML.
func (r *Rules) Text() string { return r.text }

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
