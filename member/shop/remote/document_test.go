package remote_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"huike/member/shop/remote"
)

const openAPI = `{
  "openapi": "3.1.0",
  "info": {"title": "a shop", "version": "1"},
  "servers": [{"url": "https://shop.example/v2/"}],
  "x-huike": {"headers": {"X-Key": "${SHOP_KEY}"}},
  "paths": {
    "/orders/{order_number}": {
      "parameters": [{"$ref": "#/components/parameters/lang"}, {"name": "order_number", "in": "path", "required": true}],
      "get": {"operationId": "order.status", "parameters": [{"name": "member", "in": "query"}], "x-huike": {"row": {"number": "id"}}},
      "patch": {"operationId": "changeOrder", "x-huike-operation": "order.address", "requestBody": {"$ref": "#/components/requestBodies/address"}}
    },
    "/bookings": {"post": {"operationId": "booking.create", "requestBody": {"content": {"application/json": {}}}}},
    "/health": {"get": {"operationId": "health"}}
  },
  "components": {
    "parameters": {"lang": {"name": "lang", "in": "query"}},
    "requestBodies": {"address": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/address"}}}}},
    "schemas": {"address": {"type": "object", "properties": {"address": {"type": "string"}, "member": {"type": "string"}}}}
  }
}`

func TestOpenAPI(t *testing.T) {
	doc, err := remote.Parse([]byte(openAPI), func(string) string { return "k" })
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"booking.create", "order.address", "order.status"}, doc.Operations()); diff != "" {
		t.Error(diff)
	}
	synctest.Test(t, func(t *testing.T) {
		b := &backend{do: answer(`{"id": 7}`)}
		s := started(t, strings.Replace(openAPI, "https:", "http:", 1), b, remote.Config{})
		args := map[string]string{"order_number": "7", "lang": "en", "address": "1 High St", "call": "c_1"}
		for _, op := range doc.Operations() {
			if got := said(s.Do(t.Context(), "m_1", op, args, "k")); !strings.HasPrefix(got, "ok map[") {
				t.Error(op, got)
			}
		}
		if diff := cmp.Diff([]string{
			`POST /v2/bookings {"address":"1 High St","call":"c_1","lang":"en","member":"m_1","order_number":"7"}`,
			`PATCH /v2/orders/7?lang=en {"address":"1 High St","member":"m_1"}`,
			"GET /v2/orders/7?lang=en&member=m_1",
		}, b.asked); diff != "" {
			t.Error(diff)
		}
	})
}

func TestDocumentsThatAreNone(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":                ``,
		"no YAML":                "\t{",
		"a list":                 `[1]`,
		"no operations":          `url: http://a.example`,
		"no address":             `operations: {order.status: {get: /a}}`,
		"a password in it":       `{url: "http://u:p@a.example", operations: {order.status: {get: /a}}}`,
		"another protocol":       `{url: "file:///etc", operations: {order.status: {get: /a}}}`,
		"two ways":               `{url: "http://a.example", operations: {order.status: {get: /a, post: /b}}}`,
		"no way":                 `{url: "http://a.example", operations: {order.status: {rows: a}}}`,
		"a path from elsewhere":  `{url: "http://a.example", operations: {order.status: {get: "http://b.example/"}}}`,
		"an open name":           `{url: "http://a.example", operations: {order.status: {get: "/{a"}}}`,
		"a time that is none":    `{url: "http://a.example", timeout: soon, operations: {order.status: {get: /a}}}`,
		"OpenAPI without server": `{openapi: 3.1.0, paths: {/a: {get: {operationId: order.status}}}}`,
		"OpenAPI of others":      `{openapi: 3.1.0, servers: [{url: "http://a.example"}], paths: {/a: {get: {operationId: getA}}}}`,
	} {
		if doc, err := remote.Parse([]byte(text), nil); err == nil {
			t.Errorf("%s: %v", name, doc.Operations())
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(mapping))
	f.Add([]byte(openAPI))
	f.Fuzz(func(t *testing.T, text []byte) {
		doc, err := remote.Parse(text, func(string) string { return "" })
		if err == nil && len(doc.Operations()) == 0 {
			t.Error("a document without operations")
		}
	})
}

func ExampleShop_Do() {
	system := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintf(w, `{"id": %q, "state": "shipped"}`, strings.TrimPrefix(r.URL.Path, "/orders/"))
	}))
	defer system.Close()
	doc, err := remote.Parse([]byte(`
url: `+system.URL+`
operations:
  order.status: {get: "/orders/{order_number}", row: {number: id, status: state}}
`), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	result, err := remote.New(doc, remote.Config{}).Do(context.TODO(), "m_1", "order.status", map[string]string{"order_number": "10023"}, "")
	fmt.Println(result.Rows[0]["number"], result.Rows[0]["status"], err)
	// Output: 10023 shipped <nil>
}
