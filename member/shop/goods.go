package shop

import (
	"context"
	"database/sql"
)

// products answers with everything that is sold.
func (s *Shop) products(ctx context.Context, tx *sql.Tx, r *request) (Result, error) {
	all, err := readProducts(ctx, tx)
	if err != nil {
		return Result{}, err
	}
	var rows []map[string]string
	for _, p := range all {
		rows = append(rows, map[string]string{"id": p.id, "name": r.pick(p.zh, p.en), "price": money(p.price)})
	}
	return list(rows, CodeNotFound), nil
}

// variants answers with the forms in which a product is sold, or those that the
// caller's words mean.
func (s *Shop) variants(ctx context.Context, tx *sql.Tx, r *request) (Result, error) {
	if r.args["product"] == "" {
		return missing("product"), nil
	}
	p, found, err := s.productNamed(ctx, tx, r.args["product"])
	if err != nil || !found {
		return Result{Code: CodeNotFound}, err
	}
	all, err := readVariants(ctx, tx, p.id)
	if err != nil {
		return Result{}, err
	}
	if want := r.args["want"]; want != "" {
		all = wanted(all, "{}", want)
	}
	var rows []map[string]string
	for _, v := range all {
		row := map[string]string{
			"id": p.id, "name": r.pick(p.zh, p.en), "item_id": v.id, "options": r.optionsText(v.options), "price": money(v.price), "available": "",
		}
		if v.available {
			row["available"] = "yes"
		}
		rows = append(rows, row)
	}
	return list(rows, CodeNotFound), nil
}

// productNamed finds a product by its id, or by what callers call it where the rules
// allow that.
func (s *Shop) productNamed(ctx context.Context, tx *sql.Tx, text string) (product, bool, error) {
	all, err := readProducts(ctx, tx)
	if err != nil {
		return product{}, false, err
	}
	for _, p := range all {
		if p.id == text {
			return p, true, nil
		}
	}
	if s.rules.Exact() {
		return product{}, false, nil
	}
	p, found := best(all, text)
	return p, found, nil
}
