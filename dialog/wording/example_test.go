package wording_test

import (
	"fmt"
	"testing/fstest"
	"time"

	"huike/dialog"
	"huike/dialog/wording"
)

func Example() {
	words, err := wording.Open(fstest.MapFS{"shop.yaml": {Data: []byte(`
order.shipped:
  args: [order_number, eta]
  en: ["Good news. Order {order_number} arrives {eta}."]
`)}}, "shop.yaml")
	if err != nil {
		fmt.Println(err)
		return
	}
	act := dialog.Act{Name: "order.shipped", Args: map[string]string{"order_number": "10023", "eta": "2026-05-02"}}
	today := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	for _, clause := range words.Say(dialog.English, act, wording.Moment{Today: today}) {
		fmt.Println(clause.Written, "/", clause.Spoken)
	}
	// Output:
	// Good news. / Good news.
	// Order 10023 arrives tomorrow. / Order one zero zero two three arrives tomorrow.
}

func ExampleNormalise() {
	fmt.Println(wording.Normalise(dialog.English, "It costs $19.99 until 9:30 p.m."))
	fmt.Println(wording.Normalise(dialog.Chinese, "共2双，¥199.50。"))
	// Output:
	// It costs nineteen dollars and ninety-nine cents until nine thirty P M.
	// 共两双，一百九十九元五角。
}
