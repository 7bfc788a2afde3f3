package dataset

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// Line is one item of a basket.
type Line struct {
	Basket, Customer, Item, Name string
	At                           time.Time
}

// ReadLines reads Online Retail's lines, as CSV of UTF-8 or ASCII with the columns
// InvoiceNo, StockCode, Quantity, InvoiceDate and CustomerID, plain or compressed by
// gzip, in the file's order. Left out are returns, lines without a customer, and codes
// without a digit, which are postage, charges and the like. An error names the line.
func ReadLines(from io.Reader) ([]Line, error) {
	in, err := plain(from)
	if err != nil {
		return nil, err
	}
	t, err := newTable(in, "InvoiceNo", "StockCode", "Quantity", "InvoiceDate", "CustomerID")
	if err != nil {
		return nil, err
	}
	var all []Line
	for {
		row, err := t.next()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		item := strings.ToUpper(strings.TrimSpace(row("StockCode")))
		if strings.HasPrefix(row("Quantity"), "-") || row("CustomerID") == "" || !strings.ContainsAny(item, "0123456789") {
			continue
		}
		at, err := when(row("InvoiceDate"))
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", t.line(), err)
		}
		all = append(all, Line{
			Basket: strings.Clone(row("InvoiceNo")), Customer: strings.Clone(strings.TrimSuffix(row("CustomerID"), ".0")),
			Item: strings.Clone(item), Name: strings.Clone(strings.TrimSpace(row("Description"))), At: at,
		})
	}
}
