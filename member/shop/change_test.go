package shop_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"huike/member"
	"huike/member/demo"
	"huike/member/shop"
	"huike/member/shop/policy"
	"huike/member/store"
	"huike/member/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

const (
	ouyang = member.ID("m_ouyang_jing")
	brown  = member.ID("m_emily_brown")
)

// step is one operation, and what must come of it. Its key is its place.
type step struct {
	name    string
	who     member.ID
	op      string
	args    args
	columns string
	want    string
}

// stepThrough does the steps in order on a new demonstration shop, on both databases.
func stepThrough(t *testing.T, steps []step) {
	t.Helper()
	for _, kind := range storetest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			books := storetest.Open(t, kind)
			load(t, books)
			s := shop.New(books, shop.Config{})
			for i, one := range steps {
				for range 2 { // a write is done once
					got, err := s.Do(t.Context(), one.who, one.op, one.args, fmt.Sprint("k", i))
					if text := said(got, strings.Fields(one.columns)...); err != nil || text != one.want {
						t.Errorf("%s:\n got %s, %v\nwant %s", one.name, text, err, one.want)
					}
					if strings.HasPrefix(one.op, "recommend") || got.OK == false {
						break
					}
				}
			}
		})
	}
}

func load(tb testing.TB, s *store.Store) {
	tb.Helper()
	if _, err := demo.Load(tb.Context(), s, today()); err != nil {
		tb.Fatal(err)
	}
}

func TestAnOrderIsCalledOff(t *testing.T) {
	stepThrough(t, []step{
		{"what it would give", smith, shop.OpOrderCheck, args{"change": "cancel", "lang": "en"}, "number status item refund payment immediate", "ok; 10027 cancelled rain jacket 799.00 credit card ending in 4242 "},
		{"and nothing was done", smith, shop.OpOrder, nil, "number status", "ok; 10027 paid"},
		{"one that was sent", zhang, shop.OpOrderCancel, args{"order_number": "10023", "lang": "zh"}, "rule number status item", "too_late; sent already 10023 shipped 双肩包、保温杯"},
		{"another's", zhang, shop.OpOrderCancel, args{"order_number": "10027"}, "", "not_found"},
		{"without consent", li, shop.OpOrderCancel, args{"order_number": "10007"}, "", "no_consent"},
		{"of nobody", "", shop.OpOrderCancel, args{"order_number": "10027"}, "", "unknown_member"},
		{"paid by card", smith, shop.OpOrderCancel, args{"order_number": "10027", "lang": "en"}, "number status refund payment immediate", "ok; 10027 cancelled 799.00 credit card ending in 4242 "},
		{"twice", smith, shop.OpOrderCancel, args{"order_number": "10027"}, "number", "closed; 10027"},
		{"it is so", smith, shop.OpOrder, args{"order_number": "10027"}, "status", "ok; cancelled"},
		{"no change at all", smith, shop.OpOrderCheck, nil, "arg", "missing; change"},
		{"no such change", smith, shop.OpOrderCheck, args{"change": "burn"}, "arg", "invalid; change"},
	})
}

func TestAnOrderIsReturnedOrExchanged(t *testing.T) {
	stepThrough(t, []step{
		{"before it is there", zhang, shop.OpOrderReturn, args{"order_number": "10023"}, "", "not_delivered;"},
		{"after its days", zhang, shop.OpOrderReturn, args{"order_number": "10003"}, "rule", "too_old; days to return"},
		{"what is not in it", brown, shop.OpOrderReturn, args{"order_number": "10021", "items": "tent"}, "arg", "invalid; items"},
		{"on a card that is none", brown, shop.OpOrderReturn, args{"order_number": "10021", "items": "yoga mat", "payment": "gift card"}, "arg", "invalid; payment"},
		{"one thing by its name", brown, shop.OpOrderReturn, args{"order_number": "10021", "items": "the yoga mat", "lang": "en"}, "number status item refund payment", "ok; 10021 return requested yoga mat 199.00 PayPal"},
		{"one change each", brown, shop.OpOrderExchange, args{"order_number": "10021", "items": "T-shirt", "want": "black"}, "", "done_before;"},

		{"without saying for what", wang, shop.OpOrderExchange, args{"order_number": "10016"}, "arg", "missing; want"},
		{"for what there is not", wang, shop.OpOrderExchange, args{"order_number": "10016", "want": "size 50"}, "arg", "invalid; want"},
		{"for one that is sold out", wang, shop.OpOrderExchange, args{"order_number": "10016", "want": "size 44"}, "arg", "no_stock; new_items"},
		{"for the same", wang, shop.OpOrderExchange, args{"order_number": "10016", "want": "43码"}, "", "same;"},
		{"for another size, in words", wang, shop.OpOrderExchange, args{"order_number": "10016", "want": "换成42码的", "lang": "zh"}, "number status item new_item difference payment pay refund", "ok; 10016 exchange requested 登山靴 尺码：42 0.00 支付宝  "},
		{"twice", wang, shop.OpOrderReturn, args{"order_number": "10016"}, "", "done_before;"},
	})
}

func TestAnOrderIsChangedBeforeItIsSent(t *testing.T) {
	stepThrough(t, []step{
		{"too dear for the card", smith, shop.OpOrderPayment, args{"order_number": "10027", "payment": "gift card"}, "arg", "no_balance; payment"},
		{"the same", smith, shop.OpOrderPayment, args{"order_number": "10027", "payment": "my credit card"}, "", "same;"},
		{"one that is none", smith, shop.OpOrderPayment, args{"order_number": "10027", "payment": "alipay"}, "arg", "invalid; payment"},
		{"two that fit", smith, shop.OpOrderItems, args{"order_number": "10027", "want": "blue or red, L or XL", "lang": "en"}, "item_id price", "ambiguous; rj-l-blue 799.00; rj-l-red 799.00; rj-xl-blue 799.00"},
		{"a smaller one is cheaper", smith, shop.OpOrderCheck, args{"change": "items", "want": "in M", "lang": "en"}, "new_item difference refund pay status", "ok; size: M, colour: blue -30.00 30.00  paid"},
		{"another colour", smith, shop.OpOrderItems, args{"want": "in red", "lang": "en"}, "item new_item difference", "ok; rain jacket size: L, colour: red 0.00"},
		{"it is so", smith, shop.OpOrderDetails, args{"lang": "en"}, "item_id options price", "ok; rj-l-red size: L, colour: red 799.00"},
		{"once only", smith, shop.OpOrderItems, args{"want": "blue"}, "", "done_before;"},
		{"to where", smith, shop.OpOrderAddress, args{"order_number": "10027"}, "arg", "missing; address"},
		{"sent elsewhere", smith, shop.OpOrderAddress, args{"address": "9 Nanjing Road, Shanghai"}, "number address", "ok; 10027 9 Nanjing Road, Shanghai"},
		{"what is on its way stays so", zhang, shop.OpOrderAddress, args{"address": "人民路1号"}, "", "too_late;"},
		{"all of them", smith, shop.OpOrders, args{"lang": "en"}, "number status item", "ok; 10027 paid rain jacket; 10008 delivered hiking boots"},
	})
}

func TestMoneyGoesWhereItCameFrom(t *testing.T) {
	books := storetest.Open(t, "sqlite")
	load(t, books)
	rules, err := policy.Parse([]byte(`
version: free
operations:
  order.cancel: {status: cancelled, refund: net}
  order.items: {settle: true}
  order.payment: {}
`))
	if err != nil {
		t.Fatal(err)
	}
	s := shop.New(books, shop.Config{Policy: rules})
	do := func(op string, a args) string {
		a["lang"] = "en"
		r, err := s.Do(t.Context(), ouyang, op, a, fmt.Sprint(op, a))
		if err != nil {
			t.Error(err)
		}
		return said(r, "refund", "immediate", "difference")
	}
	balance := func(id string) string {
		r, _ := s.Do(t.Context(), ouyang, shop.OpMember, nil, "")
		for _, row := range r.Rows {
			if row["payment"] == id {
				return row["balance"]
			}
		}
		return "none"
	}
	do(shop.OpOrderItems, args{"order_number": "10025", "want": "black 39"})
	do(shop.OpOrderPayment, args{"order_number": "10025", "payment": "wechat"})
	if got := balance("gift_card_ouyang"); got != "1459.00" {
		t.Error("a gift card that is paid back holds", got)
	}
	if got := do(shop.OpOrderCancel, args{"order_number": "10025"}); got != "ok; 459.00  " {
		t.Error(got)
	}
	if got := balance("gift_card_ouyang"); got != "1459.00" {
		t.Error("it was paid back twice:", got)
	}
	if r, err := s.Do(t.Context(), ouyang, shop.OpOrderReturn, nil, "k"); err == nil || r.Code != shop.CodeUnavailable {
		t.Error("an operation that the rules do not name was done", r)
	}
}

func TestBusiness(t *testing.T) {
	in := func(days int) string { return time.Now().UTC().AddDate(0, 0, days).Format(time.DateOnly) }
	stepThrough(t, []step{
		{"points for a coupon", zhang, shop.OpRedeem, args{"lang": "zh"}, "points left coupon off", "ok; 1000 280 P90101 10.00"},
		{"no more of them", zhang, shop.OpRedeem, nil, "left", "no_points; 280"},
		{"the ledger has it once", zhang, shop.OpPoints, nil, "points", "ok; 280"},
		{"more than there are", smith, shop.OpRedeem, args{"points": "5000"}, "left", "no_points; 1099"},
		{"the best coupon for a basket", zhang, shop.OpCouponBest, args{"basket": "running shoes, backpack", "lang": "en"}, "code off pay", "ok; ZL-100 100.00 828.00; ZL-50 50.00 878.00; P90101 10.00 918.00"},
		{"a small basket", zhang, shop.OpCouponBest, args{"basket": "T恤"}, "code pay", "ok; P90101 119.00"},
		{"what is in the cart", zhang, shop.OpCouponBest, nil, "code basket", "ok; P90101 199.00"},
		{"none applies", smith, shop.OpCouponBest, args{"basket": "tee"}, "", "not_found"},
		{"a basket of nothing", wang, shop.OpCouponBest, nil, "arg", "missing; basket"},
		{"a basket of what there is not", wang, shop.OpCouponBest, args{"basket": "piano"}, "arg", "invalid; basket"},

		{"put aside", zhang, shop.OpPickup, args{"product": "跑鞋", "store": "徐家汇", "quantity": "3", "lang": "zh"}, "number store product quantity", "ok; 80101 徐家汇店 跑步鞋 3"},
		{"off the shelf", "", shop.OpStock, args{"product": "running-shoes"}, "id quantity", "ok; nanjing-road 8"},
		{"no more there", smith, shop.OpPickup, args{"product": "running shoes", "store": "Xujiahui"}, "arg", "no_stock; store"},
		{"too many", smith, shop.OpPickup, args{"product": "T-shirt", "store": "Pudong", "quantity": "9"}, "arg", "invalid; quantity"},
		{"another cannot call it off", smith, shop.OpBookingCancel, args{"number": "80101"}, "", "not_found"},
		{"called off", zhang, shop.OpBookingCancel, args{"number": "80101"}, "number kind", "ok; 80101 pickup"},
		{"on the shelf again", "", shop.OpStock, args{"product": "running-shoes", "store": "徐家汇"}, "id quantity", "ok; xujiahui 3; nanjing-road 8"},

		{"yesterday", zhang, shop.OpBooking, args{"date": in(-1), "store": "浦东店"}, "arg", "invalid; date"},
		{"in a year", zhang, shop.OpBooking, args{"date": in(365), "store": "浦东店"}, "arg", "invalid; date"},
		{"some day", zhang, shop.OpBooking, args{"date": "soon", "store": "浦东店"}, "arg", "invalid; date"},
		{"somewhere", zhang, shop.OpBooking, args{"date": in(2)}, "arg", "missing; store"},
		{"a fitting", zhang, shop.OpBooking, args{"kind": "fitting", "date": in(2), "time": "15:00", "store": "浦东店", "lang": "zh"}, "number kind store date time", "ok; 80102 fitting 浦东店 " + in(2) + " 15:00"},
		{"of a caller whom nobody knows", "", shop.OpBooking, args{"date": in(2), "time": "15:00", "store": "Pudong"}, "arg", "missing; phone"},
		{"with a number", "", shop.OpBooking, args{"date": in(2), "time": "15:00", "store": "Pudong", "phone": "13912345678"}, "number", "ok; 80103"},
		{"one too many", smith, shop.OpBooking, args{"date": in(2), "time": "15:00", "store": "Pudong"}, "rule", "full; a place is free"},
	})
}

func TestPeople(t *testing.T) {
	stepThrough(t, []step{
		{"a friend is sent", zhang, shop.OpReferral, args{"phone": "13911112222"}, "code phone points", "ok; 50101 139****2222 200"},
		{"the same friend", zhang, shop.OpReferral, args{"phone": "139 1111 2222"}, "phone", "duplicate; 139****2222"},
		{"a friend who is a member", zhang, shop.OpReferral, args{"phone": "13900005678"}, "", "duplicate;"},
		{"no number", zhang, shop.OpReferral, nil, "arg", "missing; phone"},

		{"no consent", "", shop.OpRegister, args{"phone": "13911112222", "name": "欧阳小北"}, "arg", "missing; consent"},
		{"a number that is none", "", shop.OpRegister, args{"phone": "12", "name": "王五", "consent": "yes"}, "arg", "invalid; phone"},
		{"a member's number", "", shop.OpRegister, args{"phone": "13800001234", "name": "王五", "consent": "yes"}, "arg", "duplicate; phone"},
		{"a new member, who was sent", "", shop.OpRegister, args{"phone": "13911112222", "name": "欧阳小北", "consent": "yes", "lang": "zh"}, "phone points", "ok; 139****2222 300"},
		{"who sent him has points for it", zhang, shop.OpPoints, nil, "points", "ok; 1480"},
		{"again", "", shop.OpRegister, args{"phone": "+86 139 1111 2222", "name": "王五", "consent": "yes"}, "", "duplicate;"},

		{"the own record", smith, shop.OpMember, args{"lang": "en"}, "name tier points address phone_masked orders payment kind balance", "ok; James Smith silver 1099 88 Huaihai Road, Shanghai 139****5678 10027,10008   ;       credit_card_smith credit card ending in 4242 ;       gift_card_smith gift card 50.00"},
		{"another address", smith, shop.OpMemberChange, args{"field": "address", "value": "1 Bund"}, "field value", "ok; address 1 Bund"},
		{"another number", smith, shop.OpMemberChange, args{"field": "phone", "value": "13933334444"}, "value", "ok; 139****4444"},
		{"another's number", smith, shop.OpMemberChange, args{"field": "phone", "value": "13800001234"}, "arg", "duplicate; value"},
		{"a year that is none", smith, shop.OpMemberChange, args{"field": "birth_year", "value": "1066"}, "arg", "invalid; value"},
		{"another name", smith, shop.OpMemberChange, args{"field": "name", "value": "Jim Smith"}, "value", "ok; Jim Smith"},
		{"the points cannot be", smith, shop.OpMemberChange, args{"field": "points", "value": "9"}, "arg", "invalid; field"},
		{"nothing", smith, shop.OpMemberChange, args{"field": "name"}, "arg", "missing; value"},
		{"it is so", smith, shop.OpMember, args{"lang": "en"}, "name address phone_masked", "ok; Jim Smith 1 Bund 139****4444;   ;   "},
		{"by an e-mail address", "", shop.OpMemberFind, args{"email": "x@example.com"}, "", "not_found"},
	})
}

func TestRecommendation(t *testing.T) {
	stepThrough(t, []step{
		{"what was left in the cart, and why", zhang, shop.OpRecommend, args{"lang": "zh", "category": "fitness"}, "id kind reason", "ok; yoga-mat wanted 您收藏或加购过瑜伽垫; sports-watch popular 运动手表很受欢迎"},
		{"what goes with a thing", "", shop.OpRecommend, args{"lang": "en", "product": "backpack", "category": "outdoor"}, "id reason", "ok; water-bottle customers who bought backpack often buy water bottle too; tent tent is popular"},
		{"by what is popular, without consent to profiling", brown, shop.OpRecommend, args{"lang": "en", "category": "fitness"}, "id kind", "ok; yoga-mat popular; sports-watch popular"},
		{"a product that is none", "", shop.OpRecommend, args{"product": "piano"}, "", "not_found"},
		{"sizes", "", shop.OpProductDetails, args{"product": "running shoes", "want": "43", "lang": "en"}, "item_id options available", "ok; rs-43-black size: 43, colour: black yes"},
		{"a sum", "", shop.OpCalculate, args{"expression": "2 * (399.5 - 30)"}, "value", "ok; 739"},
		{"no sum", "", shop.OpCalculate, args{"expression": "points"}, "arg", "invalid; expression"},
	})
}
