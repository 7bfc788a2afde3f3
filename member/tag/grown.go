package tag

import (
	"reflect"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
)

// Unbounded are the options that take those functions of package expr away that make much
// of little: what a rule says is bounded by its length and by what the member has done.
func Unbounded() (options []expr.Option) {
	for _, name := range []string{
		"repeat", "replace", "join", "concat", "flatten", "reduce", "toJSON", "fromJSON", "toBase64", "fromBase64", "groupBy", "split", "splitAfter",
	} {
		options = append(options, expr.DisableBuiltin(name))
	}
	return options
}

// errGrown says which texts and lists may not be put together.
var errGrown = &Wrong{
	"a text or a list is put together of a variable or of what a list holds, which may double it again and again: compare such values, and put none together",
	"用变量或列表中的值拼接文字或列表会使其反复成倍增长：这些值只能用来比较，不能拼接",
}

// Grown refuses an expression that puts texts or lists together of variables or of what a
// list holds: a short one may double them without end.
func Grown(root ast.Node) error {
	names := &declared{names: map[string]bool{}}
	ast.Walk(&root, names)
	g := &grown{names: names.names}
	ast.Walk(&root, g)
	if g.is {
		return errGrown
	}
	return nil
}

// declared collects the variables of an expression.
type declared struct{ names map[string]bool }

// Visit is [ast.Visitor].
func (d *declared) Visit(node *ast.Node) {
	if v, is := (*node).(*ast.VariableDeclaratorNode); is {
		d.names[v.Name] = true
	}
}

type grown struct {
	names map[string]bool
	is    bool
}

// Visit is [ast.Visitor].
func (g *grown) Visit(node *ast.Node) {
	switch one := (*node).(type) {
	case *ast.ArrayNode, *ast.MapNode:
		g.is = g.is || g.shares(*node)
	case *ast.BinaryNode:
		if one.Operator == "+" && !number(one.Left) && !number(one.Right) {
			g.is = g.is || g.shares(*node)
		}
	}
}

// number reports whether a value is known to be one.
func number(n ast.Node) bool {
	switch n.(type) {
	case *ast.IntegerNode, *ast.FloatNode:
		return true
	}
	t := n.Type()
	if t == nil {
		return false
	}
	switch t.Kind() { //nolint:exhaustive // all others are no numbers
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32,
		reflect.Uint64, reflect.Float32, reflect.Float64:
		return true
	}
	return false
}

// shares reports whether a variable or an element of a list stands in a part.
func (g *grown) shares(part ast.Node) bool {
	in := &sharing{names: g.names}
	ast.Walk(&part, in)
	return in.is
}

type sharing struct {
	names map[string]bool
	is    bool
}

// Visit is [ast.Visitor].
func (s *sharing) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.PointerNode:
		s.is = true
	case *ast.IdentifierNode:
		s.is = s.is || s.names[n.Value]
	}
}
