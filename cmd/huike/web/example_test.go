package web_test

import (
	"fmt"
	"net/http"
	"net/url"

	"huike/cmd/huike/web"
)

func ExampleHandler() {
	mux := http.NewServeMux()
	mux.Handle("/v1/", http.NotFoundHandler()) // the API
	mux.Handle("/", web.Handler())             // what the API does not answer is a page

	_, api := mux.Handler(&http.Request{Method: http.MethodGet, URL: &url.URL{Path: "/v1/info"}})
	_, page := mux.Handler(&http.Request{Method: http.MethodGet, URL: &url.URL{Path: "/desk"}})
	fmt.Println(api, page)
	// Output: /v1/ /
}
