package tau_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"huike/member/shop/tau"
	"huike/member/store"
)

const (
	cancel   = `{"name": "cancel_pending_order", "arguments": {"order_id": "#W1", "reason": "no longer needed"}`
	exchange = `{"name": "exchange_delivered_order_items", "arguments": {"order_id": "#W2", "item_ids": ["102", "102"], "new_item_ids": ["101", "104"], "payment_method_id": %q}`
	modify   = `{"name": "modify_pending_order_items", "arguments": {"order_id": "#W1", "item_ids": [%q], "new_item_ids": [%q], "payment_method_id": %q}`
	pay      = `{"name": "modify_pending_order_payment", "arguments": {"order_id": "#W1", "payment_method_id": %q}`
	giveBack = `{"name": "return_delivered_order_items", "arguments": {"order_id": "#W2", "item_ids": [%s], "payment_method_id": %q}`

	cancelled = `["/orders/#W1/status", "set", "cancelled"], ["/orders/#W1/cancel_reason", "add", "no longer needed"],
		["/orders/#W1/payment_history", "set", [{"transaction_type": "payment", "amount": 50.88, "payment_method_id": "credit_card_1"},
		{"transaction_type": "refund", "amount": 50.88, "payment_method_id": "credit_card_1"}]]`
	returned = `["/orders/#W2/status", "set", "return requested"], ["/orders/#W2/return_items", "add", ["102"]], ["/orders/#W2/return_payment_method_id", "add", "gift_card_1"]`
)

func line(kind, method string) string {
	return fmt.Sprintf(`{"transaction_type": %q, "amount": 50.88, "payment_method_id": %q}`, kind, method)
}

func may(action string, args ...any) string { return fmt.Sprintf(action, args...) + "}" }

func mustNot(action string, args ...any) string {
	return fmt.Sprintf(action, args...) + `, "error": "Error: no"}`
}

func TestATaskIsComparedWhole(t *testing.T) {
	tests := []struct {
		name    string
		actions string
		diff    string
		wrong   string // the beginning; empty: all is as it must be
	}{
		{"nothing at all", "", "", ""},
		{"a cancellation", may(cancel), cancelled, ""},
		{"one that should have done more", may(cancel), cancelled + `, ["/users/ann_lee_1/payment_methods/gift_card_1/balance", "set", 70.88]`, "users/ann_lee_1/payment_methods/gift_card_1/balance"},
		{"one that did more than it should", may(cancel), "", "orders/#W1/cancel_reason"},
		{"an amount that is a cent off", may(cancel), strings.Replace(cancelled, "50.88", "50.89", 1), "orders/#W1/payment_history"},
		{"floats of the reference are its cents", may(cancel), strings.Replace(cancelled, `"amount": 50.88`, `"amount": 50.88000000000001`, 1), ""},
		{"one that must be refused and is not", mustNot(cancel), cancelled, "action 1, cancel_pending_order: must be refused: true"},
		{"one that must not be refused and is", may(pay, "gift_card_1"), "", "action 1, modify_pending_order_payment: must be refused: false; was: true no_balance"},
		{"twice", may(cancel) + "," + mustNot(cancel), cancelled, ""},
		{"another's means of payment", mustNot(modify, "101", "102", "paypal_7"), "", ""},
		{"a card that has too little", mustNot(modify, "101", "104", "gift_card_1"), "", ""},
		{"what is not to be had", mustNot(modify, "101", "103", "credit_card_1"), "", ""},
		{"what is not in the order", mustNot(modify, "102", "101", "credit_card_1"), "", ""},
		{"a product where an item is due", mustNot(modify, "10", "101", "credit_card_1"), "", ""},
		{"the same means of payment", mustNot(pay, "credit_card_1"), "", ""},
		{
			"a cheaper one, onto the card", may(modify, "101", "102", "gift_card_1"), `["/orders/#W1/status", "set", "pending (item modified)"],
			["/orders/#W1/items", "set", [{"name": "T-Shirt", "product_id": "10", "item_id": "102", "price": 49.67, "options": {"color": "red"}}]],
			["/orders/#W1/payment_history/1", "add", {}]`, "task",
		},
		{"paid otherwise, and then cancelled: each line is refunded", may(pay, "gift_card_2") + "," + mustNot(pay, "credit_card_1") + "," + may(cancel), `["/orders/#W1/status", "set", "cancelled"],
			["/orders/#W1/cancel_reason", "add", "no longer needed"], ["/orders/#W1/payment_history", "set", [` + line("payment", "credit_card_1") + "," + line("payment", "gift_card_2") + "," + line("refund", "credit_card_1") + "," +
			line("refund", "credit_card_1") + "," + line("refund", "gift_card_2") + "," + line("refund", "credit_card_1") + `]]`, ""},
		{"a return of one of two", may(giveBack, `"102"`, "gift_card_1"), returned, ""},
		{"of three of two", mustNot(giveBack, `"102", "102", "102"`, "gift_card_1"), "", ""},
		{"to a card that did not pay", mustNot(giveBack, `"102"`, "credit_card_1"), "", ""},
		{"an exchange that is too dear", mustNot(exchange, "gift_card_1"), "", ""},
		{"an exchange", may(exchange, "credit_card_1"), `["/orders/#W2/status", "set", "exchange requested"], ["/orders/#W2/exchange_items", "add", ["102", "102"]],
			["/orders/#W2/exchange_new_items", "add", ["101", "104"]], ["/orders/#W2/exchange_payment_method_id", "add", "credit_card_1"],
			["/orders/#W2/exchange_price_difference", "add", 31.55]`, ""},
		{
			"an address", `{"name": "modify_user_address", "arguments": {"user_id": "ann_lee_1", "address1": "2 Main St", "address2": "", "city": "Denver", "country": "USA", "state": "CO", "zip": "80279"}}`,
			`["/users/ann_lee_1/address/address1", "set", "2 Main St"]`, "",
		},
		{"an argument too few", `{"name": "cancel_pending_order", "arguments": {"order_id": "#W1"}, "error": "Error"}`, "", ""},
		{"a tool that is none", `{"name": "delete_order", "arguments": {"order_id": "#W1"}, "error": "Error"}`, "", ""},
		{"a number without its sign", `{"name": "get_order_details", "arguments": {"order_id": "W1"}, "error": "Error"}`, "", ""},
		{"looking, thinking and passing on", `{"name": "get_order_details", "arguments": {"order_id": "#W1"}}, {"name": "think", "arguments": {"thought": "hm"}},
			{"name": "find_user_id_by_email", "arguments": {"email": "Ann.Lee@example.com"}}, {"name": "find_user_id_by_name_zip", "arguments": {"first_name": "ann", "last_name": "Lee", "zip": "80279"}},
			{"name": "get_user_details", "arguments": {"user_id": "ann_lee_1"}}, {"name": "get_product_details", "arguments": {"product_id": "10"}}, {"name": "list_all_product_types", "arguments": {}},
			{"name": "calculate", "arguments": {"expression": "2 * 3"}}, {"name": "transfer_to_human_agents", "arguments": {"summary": "s"}}`, "", ""},
	}
	db, err := tau.ReadDatabase("testdata/db.json")
	if err != nil {
		t.Fatal(err)
	}
	s := opened(t, db)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var task tau.Task
			if err := json.Unmarshal([]byte(`{"user_id": "ann_lee_1", "actions": [`+test.actions+`], "diff": [`+test.diff+`]}`), &task); err != nil {
				t.Fatal(err)
			}
			wrong, err := s.Replay(t.Context(), &task)
			if err != nil {
				wrong = err.Error()
			}
			if (wrong == "") != (test.wrong == "") || !strings.HasPrefix(wrong, test.wrong) {
				t.Errorf("got %q, want %q", wrong, test.wrong)
			}
		})
		if err := s.Reset(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFilesThatAreNone(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"empty": "", "no JSON": "{", "nobody": `{"users": {}, "orders": {}, "products": {}}`, "gzip": "\x1f\x8bx"} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := tau.ReadDatabase(path); err == nil {
			t.Error("a database of", name)
		}
		if tasks, err := tau.ReadTasks(path); err == nil && len(tasks) > 0 && name != "nobody" {
			t.Error("tasks of", name)
		}
	}
	if _, err := tau.ReadTasks(filepath.Join(dir, "absent")); err == nil {
		t.Error("tasks of a file that is not there")
	}
}

func FuzzDiff(f *testing.F) {
	f.Add(cancelled)
	f.Add(`["/orders/#W1", "remove"]`)
	f.Add(`["/users/ann_lee_1/payment_methods/x/y/z", "set", [1]]`)
	db, err := tau.ReadDatabase("testdata/db.json")
	if err != nil {
		f.Fatal(err)
	}
	s := opened(f, db)
	f.Fuzz(func(t *testing.T, diff string) {
		var task tau.Task
		if json.Unmarshal([]byte(`{"user_id": "ann_lee_1", "actions": [], "diff": [`+diff+`]}`), &task) != nil {
			return
		}
		if wrong, err := s.Replay(t.Context(), &task); err == nil && wrong == "" && strings.Contains(diff, `"set", "cancelled"`) && strings.Contains(diff, "#W1/status") && len(task.Diff) == 1 {
			t.Error("an order that nobody cancelled is as it should be when cancelled")
		}
	})
}

func ExampleShop_Replay() {
	ctx := context.TODO()
	dir, _ := os.MkdirTemp("", "huike")
	defer func() { _ = os.RemoveAll(dir) }()
	books, err := store.Open(ctx, filepath.Join(dir, "huike.db"), store.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = books.Close() }()
	db, err := tau.ReadDatabase("testdata/db.json")
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := tau.Open(ctx, books, db)
	if err != nil {
		fmt.Println(err)
		return
	}
	task := tau.Task{User: "ann_lee_1", Actions: []tau.Action{{
		Name: "cancel_pending_order", Arguments: map[string]any{"order_id": "#W2", "reason": "no longer needed"}, Error: "it is delivered",
	}}}
	wrong, err := s.Replay(ctx, &task)
	fmt.Printf("%q %v\n", wrong, err)
	// Output: "" <nil>
}
