package recommend_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"huike/member/predict/dataset"
	"huike/member/recommend"
)

var start = time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)

func basket(day int, items ...string) recommend.Basket {
	return recommend.Basket{At: start.AddDate(0, 0, day), Items: items}
}

// learned is a shop where milk goes with nappies, racket with balls, and tea with
// everything.
func learned() *recommend.Model {
	m := recommend.New(recommend.Config{})
	for i := range 40 {
		m.Add(basket(i, "milk", "nappies", "tea"))
		m.Add(basket(i, "racket", "balls"))
		m.Add(basket(i, "tea"))
	}
	m.Add(basket(3, "milk", "pram"))
	m.Add(basket(4, "milk", "pram"))
	return m
}

func goods() []recommend.Item {
	return []recommend.Item{
		{ID: "milk", ZH: "奶粉", EN: "milk powder", Category: "baby", Price: 20000, InStock: true, Consumable: true},
		{ID: "nappies", ZH: "纸尿裤", EN: "nappies", Category: "baby", Price: 9000, InStock: true, Consumable: true},
		{ID: "pram", ZH: "婴儿车", EN: "pram", Category: "baby", Price: 90000, InStock: true},
		{ID: "racket", ZH: "球拍", EN: "racket", Category: "sport", Price: 30000, InStock: true},
		{ID: "balls", ZH: "网球", EN: "balls", Category: "sport", Price: 3000, InStock: true, Tags: []string{"sale"}},
		{ID: "tea", ZH: "茶叶", EN: "tea", Category: "food", Price: 5000, InStock: true, Consumable: true},
		{ID: "basic", ZH: "普卡", EN: "basic card", Category: "card", InStock: true, Level: 1},
		{ID: "gold", ZH: "金卡", EN: "gold card", Category: "card", InStock: true, Level: 3},
	}
}

func only(ids ...string) []recommend.Item {
	return slices.DeleteFunc(goods(), func(i recommend.Item) bool { return !slices.Contains(ids, i.ID) })
}

func without(id string) []recommend.Item {
	all := goods()
	for i := range all {
		all[i].InStock = all[i].ID != id
	}
	return all
}

func TestRecommend(t *testing.T) {
	racket := recommend.Member{Past: []recommend.Basket{basket(38, "racket")}}
	tests := []struct {
		name  string
		goods []recommend.Item
		who   recommend.Member
		want  string // ids
		why   string // of the first
	}{
		{"what goes with a racket", goods(), racket, "balls", "最适合您的是网球"},
		{"what is out of stock is not offered, nor what he has", without("balls"), racket, "tea milk nappies pram basic gold", "茶叶很受欢迎"},
		{"a consumable is offered again", only("milk", "pram"), recommend.Member{Past: []recommend.Basket{basket(40, "milk"), basket(20, "milk")}}, "milk pram", "您买过奶粉，可能又需要了"},
		{"what lasts is not", only("pram", "nappies", "milk"), recommend.Member{Past: []recommend.Basket{basket(40, "pram", "milk")}}, "milk nappies", ""},
		{"nothing below the member's level", only("basic", "gold"), recommend.Member{Level: 2}, "gold", "最适合您的是金卡"},
		{"both for whom neither is beneath", only("basic", "gold"), recommend.Member{Level: 1}, "basic gold", ""},
		{"somebody unknown gets what is popular for its price", only("milk", "nappies", "tea", "pram"), recommend.Member{}, "tea nappies milk pram", "茶叶很受欢迎"},
		{"what waits in the cart comes first", goods(), recommend.Member{Past: racket.Past, Wanted: []string{"pram"}}, "pram balls milk nappies", "您收藏或加购过婴儿车"},
		{"a tag decides between candidates", only("racket", "balls"), recommend.Member{Tags: map[string]float64{"sale": 20}}, "balls racket", ""},
		{"a future purchase is not known", only("balls", "nappies", "tea"), recommend.Member{Past: []recommend.Basket{basket(90, "milk")}}, "tea balls nappies", ""},
		{"an empty shop has nothing", nil, racket, "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			picks := learned().Recommend(test.goods, &test.who, start.AddDate(0, 0, 41), 10)
			var got []string
			for _, p := range picks {
				got = append(got, p.Item.ID)
			}
			if strings.Join(got, " ") != test.want {
				t.Errorf("%v, want %s", got, test.want)
			}
			if test.why != "" && picks[0].Reason.In("zh") != test.why {
				t.Errorf("because %s, want %s", picks[0].Reason.In("zh"), test.why)
			}
		})
	}
}

func TestReasonsInBothLanguages(t *testing.T) {
	milk := recommend.Item{ZH: "奶粉", EN: "milk powder"}
	for _, test := range []struct {
		reason recommend.Reason
		zh, en string
	}{
		{recommend.Reason{Kind: recommend.Together, Item: milk, Because: recommend.Item{ZH: "婴儿车", EN: "a pram"}}, "买过婴儿车的顾客也常买奶粉", "customers who bought a pram often buy milk powder too"},
		{recommend.Reason{Kind: recommend.Together, Item: milk}, "和您购物相似的顾客也常买奶粉", "customers with purchases like yours often buy milk powder"},
		{recommend.Reason{Kind: recommend.Again, Item: milk}, "您买过奶粉，可能又需要了", "you have bought milk powder before and may need it again"},
		{recommend.Reason{Kind: recommend.Wanted, Item: milk}, "您收藏或加购过奶粉", "you marked milk powder or put it into your cart"},
		{recommend.Reason{Kind: recommend.Popular, Item: milk}, "奶粉很受欢迎", "milk powder is popular"},
		{recommend.Reason{Kind: recommend.Only, Item: recommend.Item{EN: "tea"}}, "最适合您的是tea", "tea is what suits you"},
	} {
		if zh, en := test.reason.In("zh"), test.reason.In("en"); zh != test.zh || en != test.en {
			t.Errorf("%s / %s", zh, en)
		}
	}
}

func TestPicksAreTheSameEachTime(t *testing.T) {
	who := recommend.Member{Past: []recommend.Basket{basket(10, "milk", "racket"), basket(30, "tea")}}
	first := learned().Recommend(goods(), &who, start.AddDate(0, 0, 41), 3)
	for range 20 {
		again := learned().Recommend(goods(), &who, start.AddDate(0, 0, 41), 3)
		for i := range first {
			if first[i].Item.ID != again[i].Item.ID || len(again) != 3 {
				t.Fatalf("%v, and then %v", first, again)
			}
		}
	}
}

func TestMemoryIsBounded(t *testing.T) {
	m := recommend.New(recommend.Config{Neighbours: 2})
	for i := range 300 {
		m.Add(basket(i, "milk", "tea"))
		m.Add(basket(i, "milk", string(rune('a'+i%26)), string(rune('A'+i%26))))
	}
	who := recommend.Member{Past: []recommend.Basket{basket(300, "milk")}}
	picks := m.Recommend(only("tea", "racket", "balls"), &who, start.AddDate(0, 0, 301), 1)
	if picks[0].Item.ID != "tea" {
		t.Errorf("the closest neighbour was forgotten: %v", picks)
	}
}

// TestHitRateOnLastBaskets needs at least one and a half times as many hits as the ten
// most popular items have.
func TestHitRateOnLastBaskets(t *testing.T) {
	file, err := os.Open(filepath.Join("testdata", "online_retail.csv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	sales, err := dataset.ReadSales(file)
	if err != nil {
		t.Fatal(err)
	}
	for name, fresh := range map[string]bool{"everything may be bought again": false, "only what the member has not": true} {
		t.Run(name, func(t *testing.T) {
			trial := recommend.Try(recommend.Config{}, sales, fresh)
			t.Logf("%+v", trial)
			if trial.N < 250 || trial.Popular < 0.05 || trial.Lift < 1.5 {
				t.Errorf("%d members; %.3f hit, %.3f by popularity: %.2f times", trial.N, trial.HitRate, trial.Popular, trial.Lift)
			}
		})
	}
}
