package dataset_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"strings"
	"testing"

	"huike/member/predict/dataset"
)

const (
	sample  = " 00004 0001 19970101  2   29.33\n 00004 0001 19970118  2   29.73\n 00021 0002 19970101  3   63.34\n"
	master  = "customer_id date number_of_cds dollar_value\n 00004 19970118  2   29.73\n 00004 19970101  2   29.33\n\n 00021 19970101  3   63.34\n"
	baskets = "customer_id,invoice,datetime,country,net_value,units,lines\n" +
		"17850,536365,2010-12-01 08:26:00,United Kingdom,139.12,40,7\n" +
		"17850,C536366,2010-12-02 08:28:00,United Kingdom,-22.20,-12,2\n" +
		"13047,536367,2010-12-01 08:34:00,United Kingdom,278.73,83,12\n"
)

func ExampleRead() {
	customers, err := dataset.Read(strings.NewReader(sample))
	if err != nil {
		fmt.Println(err)
		return
	}
	first := customers[0]
	fmt.Println(len(customers), first.ID, len(first.Purchases), first.Purchases[1].At.Format("2 January 2006"), first.Purchases[1].Money)
	// Output: 2 00004 2 18 January 1997 2973
}

func TestRead(t *testing.T) {
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	fmt.Fprint(z, master)
	z.Close()
	for name, test := range map[string]struct {
		text string
		want string
	}{
		"CDNOW's tenth":                          {sample, "00004 [1997-01-01 2 2933] [1997-01-18 2 2973] 00021 [1997-01-01 3 6334] "},
		"CDNOW with a heading and out of order":  {master, "00004 [1997-01-01 2 2933] [1997-01-18 2 2973] 00021 [1997-01-01 3 6334] "},
		"the same, compressed":                   {zipped.String(), "00004 [1997-01-01 2 2933] [1997-01-18 2 2973] 00021 [1997-01-01 3 6334] "},
		"Online Retail's baskets, less a return": {baskets, "17850 [2010-12-01 40 13912] 13047 [2010-12-01 83 27873] "},
	} {
		t.Run(name, func(t *testing.T) {
			customers, err := dataset.Read(strings.NewReader(test.text))
			if err != nil {
				t.Fatal(err)
			}
			var got strings.Builder
			for _, c := range customers {
				fmt.Fprint(&got, c.ID, " ")
				for _, p := range c.Purchases {
					fmt.Fprintf(&got, "[%s %d %d] ", p.At.Format("2006-01-02"), p.Units, p.Money)
				}
			}
			if got.String() != test.want {
				t.Errorf("%s\nwant %s", got.String(), test.want)
			}
		})
	}
}

func TestABrokenRowIsNamedByItsLine(t *testing.T) {
	for text, want := range map[string]string{
		sample + "00005 0003 1997 1 2.00\n":  "line 4: date",
		sample + "00005 19970101\n":          "line 4 has 2 fields",
		sample + "00005 19970101 1 NaN\n":    "line 4: money",
		sample + "00005 19970101 1e300 2\n":  "line 4: units",
		baskets + "1,2,yesterday,UK,1,1,1\n": "line 5: time",
		"customer_id,net_value\n1,2\n":       `no column "datetime"`,
		"":                                   "no purchase",
		"a,b":                                `no column "customer_id"`,
		"\x1f\x8bbroken":                     "",
		"InvoiceNo,StockCode,Quantity,InvoiceDate,CustomerID\n1,2,3,4\n": "no column",
	} {
		if _, err := dataset.Read(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q: %v, want %q", text, err, want)
		}
	}
}

const lines = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n" +
	"536365,85123A,WHITE HANGING HEART,6,12/1/2010 8:26,2.55,17850.0,United Kingdom\n" +
	"536365,71053,WHITE METAL LANTERN,6,12/1/2010 8:26,3.39,17850.0,United Kingdom\n" +
	"C536379,85123A,WHITE HANGING HEART,-1,2010-12-02 09:41:00,2.55,17850.0,United Kingdom\n" +
	"536370,POST,POSTAGE,1,2010-12-01 09:45:00,18,12583.0,France\n" +
	"536371,22728,ALARM CLOCK,24,2010-12-01 10:00:00,3.75,,France\n"

func TestReadSales(t *testing.T) {
	got, err := dataset.ReadSales(strings.NewReader(lines))
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 1 || got[0].Member != "17850" || strings.Join(got[0].Basket.Items, " ") != "85123A 71053" || got[0].Basket.At.Day() != 1 {
		t.Errorf("%+v", got)
	}
	if _, err := dataset.ReadSales(strings.NewReader(lines + "1,22728,X,1,today,1,2,UK\n")); err == nil || !strings.Contains(err.Error(), "line 7: time") {
		t.Error(err)
	}
}

func FuzzRead(f *testing.F) {
	for _, text := range []string{sample, master, baskets, lines, "\x1f\x8b"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		customers, err := dataset.Read(bytes.NewReader(text))
		if err == nil && len(customers) == 0 {
			t.Error("no error, and nobody")
		}
		for _, c := range customers {
			for i := 1; i < len(c.Purchases); i++ {
				if c.Purchases[i].At.Before(c.Purchases[i-1].At) {
					t.Error("out of order")
				}
			}
		}
		dataset.ReadSales(bytes.NewReader(text))
	})
}
