package shop

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"
	"unicode"
)

// Name is how callers call a product or a store.
type Name struct {
	ID     string
	ZH, EN []string // the name first, then what else it is called
}

// Products returns the names of everything sold, for the understanding of callers.
func (s *Shop) Products(ctx context.Context) ([]Name, error) {
	return names(ctx, s, readProducts)
}

// Stores returns the names of all stores, for the understanding of callers.
func (s *Shop) Stores(ctx context.Context) ([]Name, error) {
	return names(ctx, s, readStores)
}

func names[T called](ctx context.Context, s *Shop, read func(context.Context, *sql.Tx) ([]T, error)) ([]Name, error) {
	var all []Name
	err := s.store.View(ctx, func(tx *sql.Tx) error {
		things, err := read(ctx, tx)
		for _, t := range things {
			all = append(all, t.name())
		}
		return err
	})
	return all, err
}

// called is what has an id, two names and aliases.
type called interface{ name() Name }

type product struct {
	id, zh, en, aliases, category string
	price                         int64
}

func (p product) name() Name { return nameOf(p.id, p.zh, p.en, p.aliases) }

type place struct {
	id, zh, en, aliases                           string
	hoursZH, hoursEN, addressZH, addressEN, phone string
}

func (p place) name() Name { return nameOf(p.id, p.zh, p.en, p.aliases) }

func nameOf(id, zh, en, aliases string) Name {
	n := Name{ID: id, ZH: []string{zh}, EN: []string{en}}
	for alias := range strings.SplitSeq(aliases, "|") {
		switch {
		case alias == "":
		case strings.ContainsFunc(alias, func(r rune) bool { return unicode.Is(unicode.Han, r) }):
			n.ZH = append(n.ZH, alias)
		default:
			n.EN = append(n.EN, alias)
		}
	}
	return n
}

func readProducts(ctx context.Context, tx *sql.Tx) ([]product, error) {
	rows, err := tx.QueryContext(ctx, `SELECT id, name_zh, name_en, aliases, category, price FROM products WHERE NOT private ORDER BY id`)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var all []product
	for rows.Next() {
		var p product
		if err := rows.Scan(&p.id, &p.zh, &p.en, &p.aliases, &p.category, &p.price); err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, rows.Err()
}

func readStores(ctx context.Context, tx *sql.Tx) ([]place, error) {
	rows, err := tx.QueryContext(ctx, `SELECT id, name_zh, name_en, aliases, hours_zh, hours_en, address_zh, address_en, phone
		FROM stores ORDER BY rank, id`)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var all []place
	for rows.Next() {
		var p place
		if err := rows.Scan(&p.id, &p.zh, &p.en, &p.aliases, &p.hoursZH, &p.hoursEN, &p.addressZH, &p.addressEN, &p.phone); err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, rows.Err()
}

// best returns what a text most likely calls.
func best[T called](things []T, text string) (T, bool) {
	found := ranked(things, text, 1)
	if len(found) == 0 {
		var none T
		return none, false
	}
	return found[0], true
}

// ranked returns at most limit things that a text may call, the likeliest first: an id
// or a whole name, then a name inside the text, then a text inside a name.
func ranked[T called](things []T, text string, limit int) []T {
	type scored struct {
		thing T
		score int
	}
	wanted := plain(text)
	var all []scored
	for _, t := range things {
		if n := likeness(t.name(), text, wanted); n > 0 {
			all = append(all, scored{t, n})
		}
	}
	slices.SortStableFunc(all, func(a, b scored) int { return cmp.Compare(b.score, a.score) })
	var found []T
	for _, s := range all[:min(limit, len(all))] {
		found = append(found, s.thing)
	}
	return found
}

func likeness(n Name, text, wanted string) int {
	const whole = 1000
	if text == n.ID {
		return 2 * whole
	}
	score := 0
	for _, name := range slices.Concat(n.ZH, n.EN) {
		name = plain(name)
		switch {
		case name == "" || wanted == "":
		case name == wanted:
			score = max(score, whole)
		case strings.Contains(wanted, name):
			score = max(score, 100+len(name))
		case len(wanted) >= 3 && strings.Contains(name, wanted):
			score = max(score, len(wanted))
		}
	}
	return score
}

// plain keeps letters and digits, lower case, English words without the plural's s.
func plain(text string) string {
	var b strings.Builder
	for word := range strings.FieldsFuncSeq(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if len(word) > 3 && word[len(word)-1] == 's' && !strings.HasSuffix(word, "ss") {
			word = word[:len(word)-1]
		}
		b.WriteString(word)
	}
	return b.String()
}
