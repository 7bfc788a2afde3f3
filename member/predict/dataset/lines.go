package dataset

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"huike/member/recommend"
)

// ReadSales reads Online Retail's lines, as CSV with the columns InvoiceNo, StockCode,
// Quantity, InvoiceDate and CustomerID, plain or compressed by gzip, as one sale for
// each invoice, in the file's order. Left out are returns, lines without a customer, and
// codes without a digit, which are postage, charges and the like. An error names the
// line.
func ReadSales(from io.Reader) ([]recommend.Sale, error) {
	in, err := plain(from)
	if err != nil {
		return nil, err
	}
	t, err := newTable(in, "InvoiceNo", "StockCode", "Quantity", "InvoiceDate", "CustomerID")
	if err != nil {
		return nil, err
	}
	var all []recommend.Sale
	number := map[string]int{}
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
		invoice := row("InvoiceNo")
		i, there := number[invoice]
		if !there {
			i = len(all)
			number[strings.Clone(invoice)] = i
			who := strings.Clone(strings.TrimSuffix(row("CustomerID"), ".0"))
			all = append(all, recommend.Sale{Member: who, Basket: recommend.Basket{At: at}})
		}
		if b := &all[i].Basket; !slices.Contains(b.Items, item) {
			b.Items = append(b.Items, strings.Clone(item))
		}
	}
}
