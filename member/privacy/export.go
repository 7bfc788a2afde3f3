package privacy

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"huike/member"
	"huike/member/audit"
	"huike/member/store"
)

// Document is everything that the store knows of one person. It is personal: it goes to
// that person and nobody else.
type Document struct {
	At      time.Time                   `json:"at"`
	Members []member.ID                 `json:"members"` // more than one where records were merged
	Tables  map[string][]map[string]any `json:"tables"`  // table -> rows -> column -> value; times are RFC 3339, money in hundredths
	Calls   []string                    `json:"calls"`   // ids of the calls in which the person was known, newest first
}

// Export returns everything that the store knows of a person, once the audit trail says
// so. Phone numbers are masked as everywhere, unless whole is set, which is for the
// person's own copy; the numbers of friends whom they referred stay masked then too.
func (d *Desk) Export(ctx context.Context, id member.ID, whole bool) (*Document, error) {
	fields := "masked"
	if whole {
		fields = "whole"
	}
	var doc *Document
	if err := d.trace(ctx, actionExport, fields, audit.OK, id); err != nil {
		return nil, err
	}
	err := d.store.View(ctx, func(tx *sql.Tx) error {
		ids, err := person(ctx, tx, id)
		if err != nil {
			return err
		}
		doc = &Document{At: d.cfg.Now().In(d.store.Place()), Members: ids, Tables: map[string][]map[string]any{}}
		if doc.Calls, err = callsOf(ctx, tx, ids); err != nil {
			return err
		}
		tables, err := d.store.Tables(ctx, tx)
		if err != nil {
			return err
		}
		for _, table := range slices.Sorted(maps.Keys(tables)) {
			where, args := belongs(table, tables[table], ids)
			if where == "" {
				continue
			}
			rows, err := d.rows(ctx, tx, table, tables[table], where, args, whole)
			if err != nil {
				return fmt.Errorf("table %s: %w", table, err)
			}
			if len(rows) > 0 {
				doc.Tables[table] = rows
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("export member %s: %w", id, err)
	}
	return doc, nil
}

// belongs returns which rows of a table tell of a person; "" where none can.
func belongs(table string, columns []string, ids []member.ID) (where string, args []any) {
	switch table {
	case "members":
		return in("id", ids)
	case "merges":
		return either("kept", "gone", ids)
	case "matches":
		return either("one", "other", ids)
	case "erasures":
		return in("person", ids)
	}
	switch {
	case slices.Contains(columns, "member_id"):
		return in("member_id", ids)
	case slices.Contains(columns, "order_number"):
		where, args = in("member_id", ids)
		return "order_number IN (SELECT number FROM orders WHERE " + where + ")", args
	}
	return "", nil
}

func either(one, other string, ids []member.ID) (where string, args []any) {
	first, args := in(one, ids)
	second, _ := in(other, ids)
	return first + " OR " + second, args
}

// rows reads whole rows, as people read them.
func (d *Desk) rows(ctx context.Context, tx *sql.Tx, table string, columns []string, where string, args []any, whole bool) ([]map[string]any, error) {
	found, err := tx.QueryContext(ctx, `SELECT `+store.Columns(table, columns)+` FROM `+table+` WHERE `+where, args...) //nolint:gosec // the store's own names
	if err != nil {
		return nil, err
	}
	defer func() { _ = found.Close() }()
	names, err := found.Columns()
	if err != nil {
		return nil, err
	}
	var all []map[string]any
	for found.Next() {
		cells := make([]any, len(names))
		for i := range cells {
			cells[i] = new(any)
		}
		if err := found.Scan(cells...); err != nil {
			return nil, err
		}
		row := make(map[string]any, len(names))
		for i, name := range names {
			value := *cells[i].(*any)
			if shown, ok := d.cell(table, name, value, whole); ok {
				row[name] = shown
			}
		}
		all = append(all, row)
	}
	return all, found.Err()
}

// cell is a value as the document has it; what is null or the store's own business is
// left out.
func (d *Desk) cell(table, name string, value any, whole bool) (any, bool) {
	moment := name == "at" || name == "until" || name == "eta" || strings.HasSuffix(name, "_at")
	switch v := value.(type) {
	case nil:
		return nil, false
	case int64:
		if moment {
			return time.UnixMilli(v).In(d.store.Place()).Format(time.RFC3339), true
		}
	case []byte:
		return nil, false // an audit row's seal
	case string:
		if !whole && table == "voiceprints" && name == "print" { // it cannot be masked; that there is one is told
			return nil, false
		}
		if !whole || table == "referrals" && name == "phone" {
			return d.masked(name, table, v), true
		}
	}
	return value, true
}

// masked hides what tells the person apart; ids and codes of the store stay readable.
func (d *Desk) masked(name, table, text string) string {
	switch {
	case table == "handles" && name == "value", name == "phone":
		return member.Handle{Kind: kindOf(text), Value: text}.Masked()
	case name == "id", strings.HasSuffix(name, "_id"), name == "call":
		return text
	}
	return member.Mask(text)
}

func kindOf(value string) string {
	if strings.HasPrefix(value, "+") {
		return member.HandlePhone
	}
	return ""
}
