// Package tau replays the tasks of tau-bench's retail shop (Yao, Shinn, Razavi,
// Narasimhan, 2024) through [shop.Shop]: its database becomes the shop's books, its
// policy the shop's rules, and each call of one of its tools the operation that does the
// same. What a task must refuse and what it must leave in the database is compared.
//
// It has no logic of the tools of its own, keeps its books in a SQLite file that it is
// given, and starts no goroutine.
package tau

import (
	"bufio"
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"huike/member/shop/policy"
)

//go:embed policy.yaml
var rules []byte

// Policy reads the reference shop's rules.
func Policy() (*policy.Policy, error) { return policy.Parse(rules) }

// Task is one line of a file of tasks.
type Task struct {
	Number  int               `json:"task"`
	User    string            `json:"user_id"`
	Actions []Action          `json:"actions"`
	Diff    []json.RawMessage `json:"diff"` // [path, operation, value]
}

// Action is one call of a tool.
type Action struct {
	Name      string         `json:"name"`
	Arguments map[string]any `json:"arguments"`
	Error     string         `json:"error"` // the tool must refuse; its own words
}

// Database is what the shop has at a task's beginning: users, orders and products, by id.
type Database struct {
	Users    map[string]*User    `json:"users"`
	Orders   map[string]*Order   `json:"orders"`
	Products map[string]*Product `json:"products"`

	plain map[string]map[string]any // the same, as it stands in the file
}

// Address is a user's or an order's.
type Address struct {
	Line1   string `json:"address1"`
	Line2   string `json:"address2"`
	City    string `json:"city"`
	State   string `json:"state"`
	Country string `json:"country"`
	Zip     string `json:"zip"`
}

// User is a member of the reference shop.
type User struct {
	Name struct {
		First string `json:"first_name"`
		Last  string `json:"last_name"`
	} `json:"name"`
	Address Address           `json:"address"`
	Email   string            `json:"email"`
	Methods map[string]Method `json:"payment_methods"`
	Orders  []string          `json:"orders"`
}

// Method is a means of payment.
type Method struct {
	Source   string   `json:"source"`
	ID       string   `json:"id"`
	Brand    string   `json:"brand,omitempty"`
	LastFour string   `json:"last_four,omitempty"`
	Balance  *float64 `json:"balance,omitempty"`
}

// Order is an order, with what changes have added to it.
type Order struct {
	ID       string    `json:"order_id"`
	User     string    `json:"user_id"`
	Address  Address   `json:"address"`
	Items    []Item    `json:"items"`
	Status   string    `json:"status"`
	Payments []Payment `json:"payment_history"`

	CancelReason       *string  `json:"cancel_reason,omitempty"`
	ReturnItems        []string `json:"return_items,omitzero"`
	ReturnMethod       *string  `json:"return_payment_method_id,omitempty"`
	ExchangeItems      []string `json:"exchange_items,omitzero"`
	ExchangeNewItems   []string `json:"exchange_new_items,omitzero"`
	ExchangeMethod     *string  `json:"exchange_payment_method_id,omitempty"`
	ExchangeDifference *float64 `json:"exchange_price_difference,omitempty"`
}

// Item is one thing in an order.
type Item struct {
	Name    string            `json:"name"`
	Product string            `json:"product_id"`
	ID      string            `json:"item_id"`
	Price   float64           `json:"price"`
	Options map[string]string `json:"options"`
}

// Payment is one line of an order's payments.
type Payment struct {
	Kind   string  `json:"transaction_type"`
	Amount float64 `json:"amount"`
	Method string  `json:"payment_method_id"`
}

// Product is what is sold, in variants.
type Product struct {
	ID       string `json:"product_id"`
	Name     string `json:"name"`
	Variants map[string]struct {
		ID        string            `json:"item_id"`
		Options   map[string]string `json:"options"`
		Available bool              `json:"available"`
		Price     float64           `json:"price"`
	} `json:"variants"`
}

// ReadDatabase reads a database from JSON, plain or gzip.
func ReadDatabase(path string) (*Database, error) {
	text, err := read(path)
	if err != nil {
		return nil, err
	}
	var d Database
	if err := json.Unmarshal(text, &d); err != nil {
		return nil, fmt.Errorf("%s: want an object of users, orders and products: %w", path, err)
	}
	if err := json.Unmarshal(text, &d.plain); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(d.Users) == 0 || len(d.Orders) == 0 || len(d.Products) == 0 {
		return nil, fmt.Errorf("%s has %d users, %d orders and %d products: want some of each", path, len(d.Users), len(d.Orders), len(d.Products))
	}
	return &d, nil
}

// ReadTasks reads tasks, one a line, plain or gzip.
func ReadTasks(path string) ([]Task, error) {
	text, err := read(path)
	if err != nil {
		return nil, err
	}
	var tasks []Task
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, len(text)+1)
	for n := 1; lines.Scan(); n++ {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		var t Task
		if err := json.Unmarshal(lines.Bytes(), &t); err != nil {
			return nil, fmt.Errorf("%s, line %d: want a task with actions and diff: %w", path, n, err)
		}
		tasks = append(tasks, t)
	}
	return tasks, lines.Err()
}

// largest is how much a file may hold when it is unpacked.
const largest = 1 << 30

func read(path string) ([]byte, error) {
	file, err := os.Open(path) //nolint:gosec // the file that the command was told to read
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // only read
	buffered := bufio.NewReader(file)
	var from io.Reader = buffered
	if magic, _ := buffered.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		if from, err = gzip.NewReader(buffered); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	text, err := io.ReadAll(io.LimitReader(from, largest))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return text, nil
}
