package tau

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"huike/member/store"
)

// Kinds of what the database holds, as its file names them.
const (
	users    = "users"
	orders   = "orders"
	products = "products"
)

// touched is something that has been changed.
type touched struct{ kind, id string }

func readTouched(ctx context.Context, tx *sql.Tx) ([]touched, error) {
	var all []touched
	err := store.Each(ctx, tx, func(scan func(...any) error) error {
		var t touched
		err := scan(&t.kind, &t.id)
		all = append(all, t)
		return err
	}, `SELECT kind, id FROM touched ORDER BY kind, id`)
	return all, err
}

// exported reads back what the books have of something, in the file's form. What is not
// there is nil.
func exported(ctx context.Context, tx *sql.Tx, t touched) (any, error) {
	var found any
	var err error
	if t.kind == users {
		found, err = exportUser(ctx, tx, t.id)
	} else {
		found, err = exportOrder(ctx, tx, t.id)
	}
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil //nolint:nilnil // it is not there
	}
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(found)
	if err != nil {
		return nil, err
	}
	var plain any
	return plain, json.Unmarshal(text, &plain)
}

func exportUser(ctx context.Context, tx *sql.Tx, id string) (*User, error) {
	u := &User{Methods: map[string]Method{}, Orders: []string{}}
	var address string
	err := tx.QueryRowContext(ctx, `SELECT COALESCE(`+store.Opened("members.given_en")+`, ''), COALESCE(`+store.Opened("members.family_en")+`, ''), COALESCE(`+store.Opened("members.address")+`, '{}'),
		COALESCE((SELECT value FROM handles WHERE member_id = m.id AND kind = 'email'), '') FROM members m WHERE id = $1`, id).
		Scan(&u.Name.First, &u.Name.Last, &address, &u.Email)
	if err == nil {
		err = json.Unmarshal([]byte(address), &u.Address)
	}
	if err != nil {
		return nil, err
	}
	err = store.Each(ctx, tx, func(scan func(...any) error) error {
		var m Method
		var balance sql.NullInt64
		err := scan(&m.ID, &m.Source, &m.Brand, &m.LastFour, &balance)
		if balance.Valid {
			m.Balance = coins(balance.Int64)
		}
		u.Methods[m.ID] = m
		return err
	}, `SELECT id, source, brand, last_four, balance FROM payment_methods WHERE member_id = $1`, id)
	if err != nil {
		return nil, err
	}
	return u, store.Each(ctx, tx, func(scan func(...any) error) error {
		var number string
		err := scan(&number)
		u.Orders = append(u.Orders, number)
		return err
	}, `SELECT number FROM orders WHERE member_id = $1 ORDER BY placed_at`, id)
}

func coins(amount int64) *float64 {
	v := float64(amount) / 100
	return &v
}

func exportOrder(ctx context.Context, tx *sql.Tx, id string) (*Order, error) {
	o := &Order{ID: id, Items: []Item{}, Payments: []Payment{}}
	var address string
	err := tx.QueryRowContext(ctx, `SELECT member_id, status, `+store.Opened("orders.address")+` FROM orders WHERE number = $1`, id).Scan(&o.User, &o.Status, &address)
	if err == nil {
		err = json.Unmarshal([]byte(address), &o.Address)
	}
	if err != nil {
		return nil, err
	}
	err = store.Each(ctx, tx, func(scan func(...any) error) error {
		var i Item
		var price int64
		var options string
		err := scan(&i.Name, &i.Product, &i.ID, &price, &options)
		i.Price = *coins(price)
		o.Items = append(o.Items, i)
		return errors.Join(err, json.Unmarshal([]byte(options), &o.Items[len(o.Items)-1].Options))
	}, `SELECT name, product_id, item_id, price, options FROM order_items WHERE order_number = $1 ORDER BY id`, id)
	if err != nil {
		return nil, err
	}
	err = store.Each(ctx, tx, func(scan func(...any) error) error {
		var p Payment
		var amount int64
		err := scan(&p.Kind, &amount, &p.Method)
		p.Amount = *coins(amount)
		o.Payments = append(o.Payments, p)
		return err
	}, `SELECT kind, amount, method_id FROM payments WHERE order_number = $1 ORDER BY id`, id)
	if err != nil {
		return nil, err
	}
	return o, exportChanges(ctx, tx, o)
}

// exportChanges adds what the reference keeps of an order's changes.
func exportChanges(ctx context.Context, tx *sql.Tx, o *Order) error {
	return store.Each(ctx, tx, func(scan func(...any) error) error {
		var kind, reason, method, itemText, freshText string
		var difference int64
		if err := scan(&kind, &reason, &itemText, &freshText, &method, &difference); err != nil {
			return err
		}
		items, fresh := []string{}, []string{}
		if err := errors.Join(json.Unmarshal([]byte(itemText), &items), json.Unmarshal([]byte(freshText), &fresh)); err != nil {
			return err
		}
		switch kind {
		case "cancel":
			o.CancelReason = &reason
		case "return":
			o.ReturnItems, o.ReturnMethod = items, &method
		case "exchange":
			o.ExchangeItems, o.ExchangeNewItems = items, fresh
			o.ExchangeMethod, o.ExchangeDifference = &method, coins(difference)
		}
		return nil
	}, `SELECT kind, reason, items, new_items, method_id, difference FROM order_changes WHERE order_number = $1 ORDER BY id`, o.ID)
}
