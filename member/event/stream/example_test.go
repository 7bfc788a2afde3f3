package stream_test

import (
	"fmt"

	"github.com/redis/go-redis/v9"

	"huike/member/event/stream"
)

func Example() {
	rdb := redis.NewClient(&redis.Options{Addr: "127.0.0.1:6379"})
	defer rdb.Close()
	fmt.Println(stream.New(rdb, nil, stream.Config{Stream: "shop:events"}))
	// Output: shop:events as one of huike
}
