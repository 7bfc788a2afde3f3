package storetest_test

import (
	"fmt"

	"huike/member/store/storetest"
)

func Example() {
	fmt.Println(storetest.Kinds())
	// Output: [sqlite postgres]
}
