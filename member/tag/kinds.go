package tag

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
)

// Looks returns what reports whether a rule looks at a list ("orders", "items", "contacts",
// "stage"), or at events of a kind. What no rule looks at changes no label. The rules are
// those in force as a transaction sees them: this process may not have heard of them yet.
func (k *Keeper) Looks(ctx context.Context, tx *sql.Tx) (func(list, kind string) bool, error) {
	r, err := k.newest(ctx, tx)
	if err != nil {
		return nil, err
	}
	return r.need.looks, nil
}

func (n *need) looks(list, kind string) bool {
	if list != "events" {
		return n.lists[list]
	}
	return n.every || n.kinds[kind]
}

// filter notes the kinds of events that a filter leaves.
func (c *checker) filter(n *ast.BuiltinNode) {
	if n.Name != "filter" || len(n.Arguments) != 2 {
		return
	}
	list, named := n.Arguments[0].(*ast.IdentifierNode)
	by, is := n.Arguments[1].(*ast.PredicateNode)
	if !named || list.Value != "events" || !is {
		return
	}
	kinds, narrow := kindsOf(by.Node)
	if narrow && !slices.ContainsFunc(kinds, strange) {
		c.narrow++
		for _, kind := range kinds {
			c.need.kinds[kind] = true
		}
	}
}

// kindsOf returns the only kinds for which a condition of a filter can be true, if the
// condition says so.
func kindsOf(node ast.Node) (kinds []string, narrow bool) {
	n, is := node.(*ast.BinaryNode)
	if !is {
		return nil, false
	}
	switch n.Operator {
	case "==":
		if kind, is := n.Right.(*ast.StringNode); is && isKind(n.Left) {
			return []string{kind.Value}, true
		}
		if kind, is := n.Left.(*ast.StringNode); is && isKind(n.Right) {
			return []string{kind.Value}, true
		}
	case "in":
		list, is := n.Right.(*ast.ArrayNode)
		if !is || !isKind(n.Left) {
			return nil, false
		}
		return spelled(list)
	case "&&", "and":
		if kinds, narrow = kindsOf(n.Left); narrow {
			return kinds, true
		}
		return kindsOf(n.Right)
	case "||", "or":
		one, both := kindsOf(n.Left)
		other, also := kindsOf(n.Right)
		return slices.Concat(one, other), both && also
	}
	return nil, false
}

// spelled returns the texts of a list that holds nothing else.
func spelled(list *ast.ArrayNode) (texts []string, all bool) {
	for _, one := range list.Nodes {
		text, is := one.(*ast.StringNode)
		if !is {
			return nil, false
		}
		texts = append(texts, text.Value)
	}
	return texts, true
}

// isKind reports whether a node is the kind of a filter's own fact.
func isKind(node ast.Node) bool {
	n, is := node.(*ast.MemberNode)
	if !is {
		return false
	}
	field, is := n.Property.(*ast.StringNode)
	fact, own := n.Node.(*ast.PointerNode)
	return is && own && fact.Name == "" && field.Value == "kind"
}

// strange reports whether a kind has signs that a statement had better not hold.
func strange(kind string) bool {
	return strings.ContainsFunc(kind, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' && r != '-' && r != '.'
	})
}

// among is the condition that leaves out the events of kinds at which no rule looks.
func (n *need) among(column string) string {
	if n.every || len(n.kinds) == 0 {
		return ""
	}
	var quoted []string
	for _, kind := range slices.Sorted(maps.Keys(n.kinds)) {
		quoted = append(quoted, "'"+kind+"'") // see strange
	}
	return " AND " + column + " IN (" + strings.Join(quoted, ", ") + ")"
}
