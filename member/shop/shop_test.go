package shop_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huike/member"
	"huike/member/audit"
	"huike/member/demo"
	"huike/member/shop"
	"huike/member/store"
)

const (
	zhang = member.ID("m_zhang_li")
	smith = member.ID("m_james_smith")
	wang  = member.ID("m_wang_qiang")
	li    = member.ID("m_li_ming") // has agreed to nothing
	chen  = member.ID("m_chen_xiaoyu")
)

// today is the day on which the demonstration data is first loaded.
func today() time.Time { return time.Now().UTC() }

func day(n int) string { return today().AddDate(0, 0, n).Format(time.DateOnly) }

type args = map[string]string

// books opens the demonstration shop's.
func books(tb testing.TB) *store.Store {
	tb.Helper()
	s, err := store.Open(tb.Context(), filepath.Join(tb.TempDir(), "huike.db"), store.Config{Location: time.UTC})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.Close() })
	if _, err := demo.Load(tb.Context(), s, today()); err != nil {
		tb.Fatal(err)
	}
	return s
}

// said writes a result on one line, with the columns that are asked for.
func said(r shop.Result, columns ...string) string {
	text := r.Code
	if r.OK {
		text = "ok"
	}
	for _, row := range r.Rows {
		text += ";"
		for _, column := range columns {
			text += " " + row[column]
		}
	}
	return text
}

func TestReading(t *testing.T) {
	tests := []struct {
		name    string
		who     member.ID
		op      string
		args    args
		columns string
		want    string
	}{
		{"my points", zhang, shop.OpPoints, nil, "points tier", "ok; 1280 gold"},
		{"no tier is no word", chen, shop.OpPoints, nil, "points tier", "ok; 100 "},
		{"points of nobody", "", shop.OpPoints, nil, "", "unknown_member"},
		{"points of one who is not in the books", "m_x", shop.OpPoints, nil, "", "unknown_member"},
		{"points without consent", li, shop.OpPoints, nil, "points", "no_consent"},

		{"my latest order", zhang, shop.OpOrder, args{"lang": "zh"}, "number status item carrier eta placed", "ok; 10023 shipped 双肩包、保温杯 顺丰快递 " + day(2) + " " + day(-3)},
		{"in English", zhang, shop.OpOrder, args{"lang": "en"}, "number item carrier total", "ok; 10023 backpack, water bottle SF Express 478.00"},
		{"the order I name", zhang, shop.OpOrder, args{"order_number": "10012"}, "number status item delivered", "ok; 10012 delivered 跑步鞋 " + day(-29)},
		{"as the keypad or the recogniser gives it", zhang, shop.OpOrder, args{"order_number": " １0 012"}, "number", "ok; 10012"},
		{"another's order does not exist", zhang, shop.OpOrder, args{"order_number": "10027"}, "", "not_found"},
		{"a number that is none", zhang, shop.OpOrder, args{"order_number": "!?"}, "arg", "invalid; order_number"},
		{"no order at all", chen, shop.OpOrder, nil, "", "not_found"},
		{"a paid order has a day and no carrier's word yet", smith, shop.OpOrder, args{"lang": "en"}, "number status eta item", "ok; 10027 paid " + day(4) + " rain jacket"},
		{"an order without consent", li, shop.OpOrder, args{"order_number": "10007"}, "", "no_consent"},

		{"what is near, most first", "", shop.OpStock, args{"product": "running-shoes"}, "store quantity", "ok; 南京路店 8; 徐家汇店 3"},
		{"in the store I name first", "", shop.OpStock, args{"product": "跑鞋", "store": "徐家汇"}, "id quantity product price", "ok; xujiahui 3 跑步鞋 599.00; nanjing-road 8 跑步鞋 599.00"},
		{"by a spoken name", "", shop.OpStock, args{"product": "a pair of sports shoes", "lang": "en"}, "store product", "ok; Nanjing Road store running shoes; Xujiahui store running shoes"},
		{"nowhere", "", shop.OpStock, args{"product": "down jackets", "lang": "en"}, "product", "no_stock; down jacket"},
		{"a product nobody sells", "", shop.OpStock, args{"product": "电视机"}, "", "not_found"},
		{"a store that is none", "", shop.OpStock, args{"product": "tent", "store": "Mars"}, "arg", "invalid; store"},
		{"no product named", "", shop.OpStock, nil, "arg", "missing; product"},

		{"all opening hours", "", shop.OpHours, args{"lang": "en"}, "store", "ok; Nanjing Road store; Xujiahui store; Pudong store"},
		{"of one store", "", shop.OpHours, args{"store": "浦东店", "lang": "zh"}, "store address phone", "ok; 浦东店 世纪大道300号 021-55500003"},
		{"of one in a sentence", "", shop.OpHours, args{"store": "the Pudong store", "lang": "en"}, "hours", "ok; Monday to Friday from 10 a.m. to 9 p.m., and weekends from 9 a.m. to 10 p.m."},
		{"of a store that is none", "", shop.OpHours, args{"store": "火星店"}, "", "not_found"},

		{"a product by its name", "", shop.OpProduct, args{"text": "登山鞋"}, "id name price", "ok; hiking-boots 登山靴 899.00"},
		{"several by a common word", "", shop.OpProduct, args{"text": "jacket", "lang": "en"}, "name", "ok; down jacket; rain jacket"},
		{"none", "", shop.OpProduct, args{"text": "piano"}, "", "not_found"},
		{"a private product is not found", "", shop.OpProduct, args{"text": "护膝"}, "", "not_found"},

		{"my coupons, the first to end first", zhang, shop.OpCoupons, args{"lang": "zh"}, "name off min_spend expires", "ok; 满300减50元券 50.00 300.00 " + day(20) + "; 满800减100元券 100.00 800.00 " + day(45)},
		{"no coupons", wang, shop.OpCoupons, nil, "", "not_found"},
		{"an operation nobody knows", zhang, "shop.close", nil, "", "unknown_operation"},
	}
	s := shop.New(books(t), shop.Config{})
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := s.Do(t.Context(), test.who, test.op, test.args, "")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, said(got, strings.Fields(test.columns)...)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// ear hears of changes.
type ear struct {
	mu      sync.Mutex
	changed []string
}

func (e *ear) Changed(_ context.Context, id member.ID, version int64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.changed = append(e.changed, fmt.Sprint(id, " v", version))
}

func TestAComplaintIsWrittenOnceAndKnownAtOnce(t *testing.T) {
	b := books(t)
	var e ear
	s := shop.New(b, shop.Config{Members: &e})
	a := args{"text": "my number is 13800001234 and the shoes broke", "lang": "en"}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			r, err := s.Do(t.Context(), zhang, shop.OpComplaint, a, "c_1/4")
			if err != nil || said(r, "ticket") != "ok; 60101" {
				t.Error(r, err)
			}
		})
	}
	wg.Wait()
	if diff := cmp.Diff([]string{"m_zhang_li v2"}, e.changed); diff != "" {
		t.Error(diff)
	}
	p, err := b.Load(t.Context(), zhang)
	if err != nil || p.Complaint == nil || p.Complaint.Ticket != "60101" {
		t.Error("the profile does not show the complaint", err)
	}
	if _, err := s.Do(t.Context(), wang, shop.OpComplaint, a, "c_1/4"); !errors.Is(err, shop.ErrKey) {
		t.Errorf("another's write under the same key: %v", err)
	}
	if r, err := s.Do(t.Context(), wang, shop.OpComplaint, a, ""); !errors.Is(err, shop.ErrKey) || r.Code != shop.CodeUnavailable {
		t.Errorf("a write without a key: %v %v", r, err)
	}
	if err := s.Resolve(t.Context(), "60101"); err != nil {
		t.Fatal(err)
	}
	if p, _ := b.Load(t.Context(), zhang); p.Complaint != nil || p.Version != 3 {
		t.Error("a resolved complaint is still open")
	}
	if err := s.Resolve(t.Context(), "1"); err == nil {
		t.Error("a ticket that is none was resolved")
	}
}

func TestCallback(t *testing.T) {
	s := shop.New(books(t), shop.Config{})
	tests := []struct {
		name string
		who  member.ID
		args args
		want string
	}{
		{"at the member's own number", zhang, args{"reason": "nobody_free", "when": "tomorrow morning"}, "ok; 70101 138****1234"},
		{"at another number", zhang, args{"phone": "139 0000 5678", "reason": "order"}, "ok; 70102 139****5678"},
		{"of a caller nobody knows", "", args{"phone": "13812345678"}, "ok; 70103 138****5678"},
		{"of one who agreed to nothing, at their wish", li, nil, "ok; 70104 136****3456"},
		{"with no number at all", "", args{"reason": "x"}, "missing; "},
		{"at a number that is none", "", args{"phone": "12"}, "invalid; "},
	}
	for i, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r, err := s.Do(t.Context(), test.who, shop.OpCallback, test.args, fmt.Sprint("k", i))
			if got := said(r, "ticket", "phone"); err != nil || strings.TrimSpace(got) != strings.TrimSpace(test.want) {
				t.Errorf("got %q, %v; want %q", got, err, test.want)
			}
		})
	}
	waiting, err := s.Callbacks(t.Context(), false)
	if err != nil || len(waiting) != 4 || waiting[0].Phone != "138****1234" || waiting[0].When != "tomorrow morning" || waiting[0].Handle.Value != "+8613800001234" {
		t.Fatal(waiting, err)
	}
	if err := s.CallbackDone(t.Context(), "70101"); err != nil {
		t.Fatal(err)
	}
	waiting, _ = s.Callbacks(t.Context(), false)
	all, _ := s.Callbacks(t.Context(), true)
	if len(waiting) != 3 || len(all) != 4 || all[0].Done == nil {
		t.Errorf("%d wait of %d", len(waiting), len(all))
	}
}

// trail keeps audit rows, or refuses them.
type trail struct {
	rows []audit.Row
	err  error
}

func (r *trail) Append(row audit.Row) error {
	r.rows = append(r.rows, row)
	return r.err
}

func TestWhatTouchesAMemberLeavesARow(t *testing.T) {
	var r trail
	s := shop.New(books(t), shop.Config{Trail: &r})
	s.Do(t.Context(), zhang, shop.OpPoints, args{"call": "c_9"}, "")
	s.Do(t.Context(), zhang, shop.OpHours, nil, "")
	if len(r.rows) != 1 || r.rows[0].Member != "m_zhang_li" || r.rows[0].Call != "c_9" || r.rows[0].Fields != shop.OpPoints {
		t.Errorf("%+v", r.rows)
	}
	r.err = audit.ErrFull
	if got, err := s.Do(t.Context(), zhang, shop.OpPoints, nil, ""); !errors.Is(err, member.ErrUntraced) || len(got.Rows) != 0 {
		t.Errorf("read without a trace: %v %v", got, err)
	}
}

func TestCatalogue(t *testing.T) {
	s := shop.New(books(t), shop.Config{})
	products, err := s.Products(t.Context())
	if err != nil || len(products) != 13 {
		t.Fatalf("%d products, %v", len(products), err)
	}
	stores, err := s.Stores(t.Context())
	if err != nil || len(stores) != 3 || stores[0].ID != "nanjing-road" || stores[0].ZH[0] != "南京路店" || stores[0].EN[0] != "Nanjing Road store" {
		t.Fatal(stores, err)
	}
	for _, p := range products { // every name finds its own product first
		for _, name := range append(p.ZH, p.EN...) {
			r, err := s.Do(t.Context(), "", shop.OpProduct, args{"text": name}, "")
			if err != nil || len(r.Rows) == 0 || r.Rows[0]["id"] != p.ID {
				t.Errorf("%s of %s finds %v, %v", name, p.ID, r.Rows, err)
			}
		}
	}
}

func BenchmarkOrderStatus(b *testing.B) {
	s := shop.New(books(b), shop.Config{})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Do(b.Context(), zhang, shop.OpOrder, nil, ""); err != nil {
			b.Fatal(err)
		}
	}
}
