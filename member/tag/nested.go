package tag

import (
	"slices"

	"github.com/expr-lang/expr/ast"
)

// errNested says which predicates may stand in others.
var errNested = &Wrong{
	"a predicate stands in another, which takes too long for many members: want none inside one that goes over a range, " +
		"a list that is written down or a variable, and at most one inside one that goes over orders, items, events or contacts",
	"条件套在另一个条件里，会员多时会太慢：对范围、写出的列表或变量的条件里不可再套条件，对 orders、items、events、contacts 的条件里最多再套一个",
}

// Nested refuses an expression whose predicates multiply: a few words may ask for billions
// of steps for each member. In a predicate over a member's own list may stand one more,
// over such a list; in any other none.
func Nested(root ast.Node) error {
	n := &nest{loops: map[ast.Node]loop{}}
	ast.Walk(&root, n)
	return n.err
}

// loop is a node that goes over a list.
type loop struct {
	depth int  // 1: there is none inside
	own   bool // the list is the member's own
}

// nest finds the loops of an expression, the inner ones first.
type nest struct {
	loops map[ast.Node]loop
	err   error
}

// Visit is [ast.Visitor].
func (n *nest) Visit(node *ast.Node) {
	if n.err != nil {
		return
	}
	switch one := (*node).(type) {
	case *ast.CallNode:
		if f, is := one.Callee.(*ast.IdentifierNode); is && slices.Contains([]string{"count", "sum", "distinct", "last", "share", "most"}, f.Value) {
			n.loops[*node] = loop{1, true}
		}
	case *ast.BuiltinNode:
		for _, arg := range one.Arguments {
			by, is := arg.(*ast.PredicateNode)
			if !is {
				continue
			}
			in := &inner{loops: n.loops, own: true}
			ast.Walk(&by.Node, in)
			l := loop{1 + in.depth, own(one.Arguments[0])}
			if l.depth > 2 || l.depth == 2 && (!l.own || !in.own) {
				n.err = errNested
			}
			n.loops[*node] = l
		}
	}
}

// inner sums up the loops in a predicate.
type inner struct {
	loops map[ast.Node]loop
	depth int
	own   bool // all of them
}

// Visit is [ast.Visitor].
func (i *inner) Visit(node *ast.Node) {
	if l, is := i.loops[*node]; is {
		i.depth, i.own = max(i.depth, l.depth), i.own && l.own
	}
}

// own reports whether a list is one of the member's, a part of it, or in a fact of it.
func own(list ast.Node) bool {
	switch n := list.(type) {
	case *ast.IdentifierNode:
		return slices.Contains([]string{"orders", "items", "events", "contacts"}, n.Value)
	case *ast.BuiltinNode:
		return n.Name == "filter" && own(n.Arguments[0])
	case *ast.MemberNode:
		_, fact := n.Node.(*ast.PointerNode)
		return fact || own(n.Node)
	}
	return false
}
