package tau

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"huike/member"
	"huike/member/shop"
	"huike/member/store"
)

// Shop is the reference shop on books of its own.
type Shop struct {
	data  *Database
	store *store.Store
	shop  *shop.Shop
	keys  int // of writes, so far
}

// Open writes the database into an empty store, which must be a SQLite file that nobody
// else uses.
func Open(ctx context.Context, s *store.Store, d *Database) (*Shop, error) {
	p, err := Policy()
	if err != nil {
		return nil, err
	}
	if err := fill(ctx, s, d); err != nil {
		return nil, fmt.Errorf("the reference shop's books: %w", err)
	}
	return &Shop{data: d, store: s, shop: shop.New(s, shop.Config{Policy: p})}, nil
}

// Reset brings the books back to the database as it was given.
func (s *Shop) Reset(ctx context.Context) error {
	var all []touched
	err := s.store.View(ctx, func(tx *sql.Tx) (err error) {
		all, err = readTouched(ctx, tx)
		return err
	})
	if err != nil {
		return err
	}
	return restore(ctx, s.store, s.data, all)
}

// Replay does a task's actions in order and returns where what came of them is not what
// the task says; empty where all of it is. Then the books are as they were before, unless
// there is an error, which is the books' or the task's own.
func (s *Shop) Replay(ctx context.Context, t *Task) (wrong string, err error) {
	for i := range t.Actions {
		refused, err := s.act(ctx, t, &t.Actions[i])
		if err != nil {
			return "", fmt.Errorf("task %d, action %d: %w", t.Number, i+1, err)
		}
		must := t.Actions[i].Error != ""
		if wrong == "" && (refused != "") != must {
			wrong = fmt.Sprintf("action %d, %s: must be refused: %t; was: %t %s", i+1, t.Actions[i].Name, must, refused != "", refused)
		}
	}
	where, all, err := s.compare(ctx, t)
	if err == nil {
		err = restore(ctx, s.store, s.data, all)
	}
	if err != nil {
		return "", fmt.Errorf("task %d: %w", t.Number, err)
	}
	return cmp.Or(wrong, where), nil
}

// tool is the operation that does what a tool of the reference does.
type tool struct {
	op   string            // empty: it is the conversation's, and the shop has no part in it
	args map[string]string // the operation's name of each argument; all must be there
	with map[string]string // what the operation wants besides
}

func tools() map[string]tool {
	address := map[string]string{"address1": "address1", "address2": "address2", "city": "city", "state": "state", "country": "country", "zip": "zip"}
	with := func(more map[string]string) map[string]string {
		all := maps.Clone(address)
		maps.Copy(all, more)
		return all
	}
	items := map[string]string{"order_id": "order_number", "item_ids": "items", "new_item_ids": "new_items", "payment_method_id": "payment"}
	return map[string]tool{
		"cancel_pending_order":           {op: shop.OpOrderCancel, args: map[string]string{"order_id": "order_number", "reason": "reason"}},
		"exchange_delivered_order_items": {op: shop.OpOrderExchange, args: items},
		"modify_pending_order_items":     {op: shop.OpOrderItems, args: items},
		"modify_pending_order_payment":   {op: shop.OpOrderPayment, args: map[string]string{"order_id": "order_number", "payment_method_id": "payment"}},
		"modify_pending_order_address":   {op: shop.OpOrderAddress, args: with(map[string]string{"order_id": "order_number"})},
		"return_delivered_order_items": {op: shop.OpOrderReturn, args: map[string]string{
			"order_id": "order_number", "item_ids": "items", "payment_method_id": "payment",
		}},
		"modify_user_address":      {op: shop.OpMemberChange, args: with(map[string]string{"user_id": "user_id"}), with: map[string]string{"field": "address"}},
		"find_user_id_by_email":    {op: shop.OpMemberFind, args: map[string]string{"email": "email"}},
		"find_user_id_by_name_zip": {op: shop.OpMemberFind, args: map[string]string{"first_name": "first_name", "last_name": "last_name", "zip": "zip"}},
		"get_user_details":         {op: shop.OpMember, args: map[string]string{"user_id": "user_id"}},
		"get_order_details":        {op: shop.OpOrderDetails, args: map[string]string{"order_id": "order_number"}},
		"get_product_details":      {op: shop.OpProductDetails, args: map[string]string{"product_id": "product"}},
		"list_all_product_types":   {op: shop.OpProducts},
		"calculate":                {op: shop.OpCalculate, args: map[string]string{"expression": "expression"}},
		"think":                    {args: map[string]string{"thought": "thought"}},
		"transfer_to_human_agents": {args: map[string]string{"summary": "summary"}},
	}
}

// act does one action and returns the code with which it was refused, or nothing. The
// reference leaves to the conversation who may ask for what, so whose an order is, or
// who is named, is who asks.
func (s *Shop) act(ctx context.Context, t *Task, a *Action) (refused string, err error) {
	how, known := tools()[a.Name]
	if !known {
		return shop.CodeUnknownOp, nil
	}
	args := maps.Clone(how.with)
	if args == nil {
		args = map[string]string{}
	}
	for name := range a.Arguments {
		if how.args[name] == "" {
			return shop.CodeInvalid, nil
		}
	}
	for from, to := range how.args {
		value, there := a.Arguments[from]
		if !there {
			return shop.CodeMissing, nil
		}
		args[to] = textOf(value)
	}
	if how.op == "" {
		return "", nil
	}
	who := member.ID(t.User)
	if o := s.data.Orders[args["order_number"]]; o != nil {
		who = member.ID(o.User)
	}
	if user, named := args["user_id"]; named {
		who = member.ID(user)
	}
	delete(args, "user_id")
	args["lang"] = "en"
	s.keys++
	if how.args["order_id"] != "" && args["order_number"] == "" {
		return shop.CodeNotFound, nil // the shop's own reading, the latest order, is none of the reference's
	}
	result, err := s.shop.Do(ctx, who, how.op, args, "tau/"+strconv.Itoa(s.keys))
	if result.OK {
		return "", err
	}
	return cmp.Or(result.Code, shop.CodeUnavailable), err
}

func textOf(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case []any:
		parts := make([]string, len(v))
		for i, p := range v {
			parts[i] = textOf(p)
		}
		if text := strings.Join(parts, ","); text != "" || len(v) == 0 {
			return text
		}
		return "," // an empty name is no empty list
	case nil:
		return ""
	}
	return fmt.Sprint(value)
}

// compare reads what was changed, or should have been, beside what it must be now.
func (s *Shop) compare(ctx context.Context, t *Task) (wrong string, all []touched, err error) {
	steps, err := readDiff(t.Diff)
	if err != nil {
		return "", nil, err
	}
	err = s.store.View(ctx, func(tx *sql.Tx) error {
		if all, err = readTouched(ctx, tx); err != nil {
			return err
		}
		both := slices.Clone(all)
		for _, step := range steps {
			if one := (touched{step.path[0], step.path[1]}); !slices.Contains(both, one) {
				both = append(both, one)
			}
		}
		for _, one := range both {
			at := one.kind + "/" + one.id
			if one.kind == products {
				wrong = cmp.Or(wrong, at)
				continue
			}
			want, err := s.wanted(one, steps)
			if err != nil {
				return err
			}
			got, err := exported(ctx, tx, one)
			if err != nil {
				return fmt.Errorf("%s: %w", at, err)
			}
			wrong = cmp.Or(wrong, differs(at, plain(want), plain(got)))
		}
		return nil
	})
	return wrong, all, err
}

// wanted is what something must be at the task's end.
func (s *Shop) wanted(one touched, steps []step) (any, error) {
	want := s.data.plain[one.kind][one.id]
	var err error
	for _, step := range steps {
		if step.path[0] == one.kind && step.path[1] == one.id {
			if want, err = change(want, step.path[2:], step); err != nil {
				return nil, err
			}
		}
	}
	return want, nil
}
