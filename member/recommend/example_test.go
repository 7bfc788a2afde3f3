package recommend_test

import (
	"fmt"
	"time"

	"huike/member/recommend"
)

func ExampleModel_Recommend() {
	now := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	model := recommend.New(recommend.Config{})
	for range 5 {
		model.Add(recommend.Basket{At: now, Items: []string{"racket", "balls"}})
		model.Add(recommend.Basket{At: now, Items: []string{"tea"}})
	}
	catalogue := []recommend.Item{
		{ID: "balls", ZH: "网球", EN: "tennis balls", InStock: true},
		{ID: "racket", ZH: "球拍", EN: "a racket", InStock: true},
		{ID: "tea", ZH: "茶叶", EN: "tea", InStock: true},
	}
	who := recommend.Member{Past: []recommend.Basket{{At: now, Items: []string{"racket"}}}}
	for _, p := range model.Recommend(catalogue, &who, now, 1) {
		fmt.Println(p.Item.ID, "·", p.Reason.In("en"), "·", p.Reason.In("zh"))
	}
	// Output: balls · customers who bought a racket often buy tennis balls too · 买过球拍的顾客也常买网球
}
