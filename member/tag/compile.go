package tag

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/vm"
)

// program is one expression, checked.
type program struct {
	text    string
	code    *vm.Program
	days    []int64 // the whole numbers in it, to which last may be compared
	reckons bool    // it has arithmetic: any day may matter to last
}

// need is what rules look at, and so what must be read of a member.
type need struct {
	lists map[string]bool // orders, items, events, contacts
	data  bool            // the events' own fields
	all   bool            // some rule looks at all time
	reach time.Duration   // of the longest window
	kinds map[string]bool // of the events that rules look at
	every bool            // some rule looks at events of any kind
}

const allTime = time.Duration(-1) // a window without an end

// window reads "36h", "90d", "12w" or "all".
func window(text string) (time.Duration, error) {
	if text == "all" {
		return allTime, nil
	}
	units := map[byte]time.Duration{'h': time.Hour, 'd': dayLong, 'w': 7 * dayLong}
	if n := len(text); n > 1 && units[text[n-1]] > 0 {
		if count, err := strconv.Atoi(text[:n-1]); err == nil && count > 0 && count <= 10000 {
			return time.Duration(count) * units[text[n-1]], nil
		}
	}
	return 0, &Wrong{
		fmt.Sprintf(`window %q: want a number and h, d or w, such as "36h", "90d" or "12w", or "all"`, text),
		fmt.Sprintf(`时间窗 %q 不对：应为数字加 h、d 或 w，如 "36h"、"90d"、"12w"，或 "all"`, text),
	}
}

// compile checks an expression, and adds to n what it looks at.
func compile(text string, yes bool, n *need) (*program, error) {
	p := &program{text: text}
	kind := expr.AsBool()
	if !yes {
		kind = expr.AsKind(reflect.String)
	}
	c := &checker{program: p, need: n}
	if n.lists == nil {
		n.lists, n.kinds = map[string]bool{}, map[string]bool{}
	}
	options := append([]expr.Option{expr.Env(&env{}), kind, expr.Optimize(false)}, Unbounded()...)
	for _, name := range [...]string{"count", "sum", "last", "now", "date", "duration"} {
		options = append(options, expr.DisableBuiltin(name))
	}
	var err error
	if p.code, err = expr.Compile(text, options...); err != nil {
		w := Say(err)
		return nil, &Wrong{
			fmt.Sprintf("%q: %s; want lists (orders, items, events, contacts), their fields, has, stage and the functions count, sum, distinct, last, share, most", text, w.EN),
			fmt.Sprintf("“%s”：%s；可用列表 orders、items、events、contacts 及其字段，has、stage，函数 count、sum、distinct、last、share、most", text, w.ZH),
		}
	}
	node := p.code.Node() // a patcher would have the types of calls checked before it and not again
	ast.Walk(&node, c)
	n.every = n.every || c.events > c.narrow
	for _, err := range []error{c.err, Nested(node), Grown(node)} {
		if err != nil {
			w := Say(err)
			return nil, &Wrong{fmt.Sprintf("%q: %s", text, w.EN), fmt.Sprintf("“%s”：%s", text, w.ZH)}
		}
	}
	slices.Sort(p.days)
	p.days = slices.Compact(p.days)
	return p, nil
}

// checker looks at every node of an expression.
type checker struct {
	program *program
	need    *need
	err     error

	events, narrow int // times that events are named, and those in a filter by kinds
}

// Visit is [ast.Visitor].
func (c *checker) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.IdentifierNode:
		switch n.Value {
		case "orders", "items", "contacts", "stage":
			c.need.lists[n.Value] = true
		case "events":
			c.need.lists[n.Value] = true
			c.events++
		}
	case *ast.BuiltinNode:
		c.filter(n)
	case *ast.MemberNode:
		if field, ok := n.Property.(*ast.StringNode); ok && field.Value == "data" {
			c.need.data = true
		}
	case *ast.IntegerNode:
		c.program.days = append(c.program.days, int64(n.Value))
	case *ast.FloatNode:
		c.program.reckons = true
	case *ast.BinaryNode:
		if slices.Contains([]string{"+", "-", "*", "/", "%", "**", "^", ".."}, n.Operator) {
			c.program.reckons = true
		}
	case *ast.CallNode:
		if called, ok := n.Callee.(*ast.IdentifierNode); ok {
			c.err = errors.Join(c.err, c.call(called.Value, n.Arguments))
		}
	}
}

// call checks the arguments that must stand in the rule as they are.
func (c *checker) call(name string, args []ast.Node) error {
	at := map[string]struct{ field, window int }{
		"count": {-1, 1}, "sum": {1, 2}, "distinct": {1, 2}, "share": {-1, 2}, "most": {1, 2},
	}
	form, known := at[name]
	if name == "last" {
		c.need.all = true
	}
	if !known || form.window >= len(args) {
		return nil // the compiler says what is wrong
	}
	text, ok := args[form.window].(*ast.StringNode)
	if !ok {
		return &Wrong{name + `: want its window as a text in the rule, such as "90d"`, name + `：时间窗要直接写成文字，如 "90d"`}
	}
	d, err := window(text.Value)
	if err != nil {
		w := Say(err)
		return &Wrong{name + ": " + w.EN, name + "：" + w.ZH}
	}
	c.need.all = c.need.all || d == allTime
	c.need.reach = max(c.need.reach, d)
	if form.field < 0 {
		return nil
	}
	fields := slices.Sorted(maps.Keys(texts()))
	if name == "sum" {
		fields = slices.Sorted(maps.Keys(numbers()))
	}
	field, ok := args[form.field].(*ast.StringNode)
	if !ok || !slices.Contains(fields, field.Value) {
		return &Wrong{
			fmt.Sprintf("%s: its field %s: want one of %s", name, args[form.field], strings.Join(fields, ", ")),
			fmt.Sprintf("%s：字段 %s 不对：应为 %s 之一", name, args[form.field], strings.Join(fields, "、")),
		}
	}
	return nil
}
