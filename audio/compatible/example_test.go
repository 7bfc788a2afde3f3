package compatible_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"huike/audio/compatible"
)

// A server that is busy, and what its refusal comes to.
func Example() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "busy", http.StatusTooManyRequests)
	}))
	defer server.Close()
	_, err := compatible.Client(server.URL+"/v1/", "key", server.Client()).ListModels(context.Background())
	fmt.Println(compatible.Status(err), compatible.Status(nil))
	// Output: 429 0
}
