// Package dataset reads published purchase records, on which the models are measured:
// CDNOW's transactions and the baskets and lines of Online Retail. A shop's own orders
// come from its store, and not through here.
package dataset

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"huike/member/predict"
)

// Customer is one person of a record and what he bought, the oldest first.
type Customer struct {
	ID        string
	Purchases []predict.Purchase
}

// most is the greatest amount or number that a row may hold.
const most = 1e12

// Read reads a record of purchases, plain or compressed by gzip, and tells its form by
// its first line: CDNOW's lines of customer, date (YYYYMMDD), units and money, with or
// without a second customer number and a heading; or Online Retail's CSV of baskets with
// the columns customer_id, datetime and net_value, and optionally invoice and units.
// Baskets that are returns (an invoice with C, a value below 0) are left out. Customers
// come in the order of their first row. An error names the line.
func Read(from io.Reader) ([]Customer, error) {
	in, err := plain(from)
	if err != nil {
		return nil, err
	}
	head, _ := in.Peek(512)
	line, _, _ := bytes.Cut(head, []byte("\n"))
	book := book{at: map[string]int{}}
	if bytes.ContainsRune(line, ',') {
		err = book.baskets(in)
	} else {
		err = book.cdnow(in)
	}
	if err != nil {
		return nil, err
	}
	if len(book.customers) == 0 {
		return nil, errors.New("no purchase in the file")
	}
	for i := range book.customers {
		slices.SortStableFunc(book.customers[i].Purchases, func(a, b predict.Purchase) int { return a.At.Compare(b.At) })
	}
	return book.customers, nil
}

// plain undoes gzip, where there is any.
func plain(from io.Reader) (*bufio.Reader, error) {
	in := bufio.NewReader(from)
	if magic, _ := in.Peek(2); !bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		return in, nil
	}
	zip, err := gzip.NewReader(in)
	if err != nil {
		return nil, err
	}
	return bufio.NewReader(zip), nil
}

// book gathers rows by customer.
type book struct {
	customers []Customer
	at        map[string]int
}

func (b *book) add(id string, p predict.Purchase) {
	i, there := b.at[id]
	if !there {
		i = len(b.customers)
		b.at[id] = i
		b.customers = append(b.customers, Customer{ID: id})
	}
	b.customers[i].Purchases = append(b.customers[i].Purchases, p)
}

func (b *book) cdnow(in io.Reader) error {
	lines := bufio.NewScanner(in)
	for n := 1; lines.Scan(); n++ {
		fields := strings.Fields(lines.Text())
		if len(fields) == 0 || (n == 1 && strings.Trim(fields[0], "0123456789") != "") {
			continue
		}
		if len(fields) != 4 && len(fields) != 5 {
			return fmt.Errorf("line %d has %d fields: want customer, date, units and money", n, len(fields))
		}
		rest := fields[len(fields)-3:]
		at, err := time.Parse("20060102", rest[0])
		if err != nil {
			return fmt.Errorf("line %d: date %q: want YYYYMMDD", n, rest[0])
		}
		p, err := purchase(at, rest[1], rest[2])
		if err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
		b.add(fields[0], p)
	}
	return lines.Err()
}

func (b *book) baskets(in io.Reader) error {
	t, err := newTable(in, "customer_id", "datetime", "net_value")
	if err != nil {
		return err
	}
	for {
		row, err := t.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		at, err := when(row("datetime"))
		if err != nil {
			return fmt.Errorf("line %d: %w", t.line(), err)
		}
		p, err := purchase(at, row("units"), row("net_value"))
		if err != nil {
			return fmt.Errorf("line %d: %w", t.line(), err)
		}
		if row("customer_id") != "" && p.Money >= 0 && !strings.HasPrefix(row("invoice"), "C") {
			b.add(row("customer_id"), p)
		}
	}
}

func purchase(at time.Time, units, money string) (predict.Purchase, error) {
	p := predict.Purchase{At: at}
	if units != "" {
		n, err := strconv.ParseFloat(units, 64)
		if err != nil || math.Abs(n) > most || n != math.Trunc(n) {
			return p, fmt.Errorf("units %q: want a whole number", units)
		}
		p.Units = int(n)
	}
	sum, err := strconv.ParseFloat(money, 64)
	if err != nil || !(math.Abs(sum) <= most) {
		return p, fmt.Errorf("money %q: want an amount such as 29.33", money)
	}
	p.Money = int64(math.Round(sum * 100))
	return p, nil
}

// when reads the times of both forms of Online Retail.
func when(text string) (time.Time, error) {
	for _, form := range []string{time.DateTime, time.DateOnly, "1/2/2006 15:04", "1/2/06 15:04", time.RFC3339} {
		if at, err := time.Parse(form, text); err == nil {
			return at, nil
		}
	}
	return time.Time{}, fmt.Errorf("time %q: want it such as 2010-12-01 08:26:00", text)
}

// table reads CSV by the names of its columns.
type table struct {
	in *csv.Reader
	at map[string]int
}

func newTable(in io.Reader, needs ...string) (*table, error) {
	t := &table{in: csv.NewReader(in), at: map[string]int{}}
	t.in.ReuseRecord = true
	head, err := t.in.Read()
	if err != nil {
		return nil, fmt.Errorf("heading: %w", err)
	}
	for i, name := range head {
		t.at[strings.TrimPrefix(strings.TrimSpace(name), "\ufeff")] = i
	}
	for _, name := range needs {
		if _, there := t.at[name]; !there {
			return nil, fmt.Errorf("the heading has no column %q: want %s", name, strings.Join(needs, ", "))
		}
	}
	return t, nil
}

// next returns the next row, which is valid until the one after: the text of a column,
// "" where there is none.
func (t *table) next() (func(column string) string, error) {
	row, err := t.in.Read()
	if err != nil {
		return nil, err
	}
	return func(column string) string {
		if i, there := t.at[column]; there {
			return row[i]
		}
		return ""
	}, nil
}

func (t *table) line() int {
	line, _ := t.in.FieldPos(0)
	return line
}
