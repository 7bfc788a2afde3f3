package shop_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"huike/member/demo"
	"huike/member/shop"
	"huike/member/store"
)

func ExampleShop_Do() {
	ctx := context.TODO()
	dir, _ := os.MkdirTemp("", "huike")
	defer func() { _ = os.RemoveAll(dir) }()
	books, err := store.Open(ctx, filepath.Join(dir, "huike.db"), store.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = books.Close() }()
	_, _ = demo.Load(ctx, books, time.Now())
	s := shop.New(books, shop.Config{})
	result, err := s.Do(ctx, "m_zhang_li", shop.OpPoints, map[string]string{"lang": "en"}, "")
	fmt.Println(result.OK, result.Rows[0]["points"], err)
	// Output: true 1280 <nil>
}
