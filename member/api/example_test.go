package api_test

import (
	"bytes"
	"fmt"

	"huike/member/api"
)

func ExampleDocument() {
	first, _, _ := bytes.Cut(api.Document(), []byte("\n"))
	fmt.Printf("%s\n%s\n", first, api.Routes()[0])
	// Output:
	// openapi: 3.1.0
	// GET /v1/me
}
