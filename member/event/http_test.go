package event_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"huike/member/event"
	"huike/member/store/storetest"
)

func TestHTTP(t *testing.T) {
	in := event.New(storetest.Open(t, "sqlite"), event.Config{})
	h := in.Handler("t0ken")
	one := func(id string) string { return string(told(id, "huike.visit", "card:1", day, `{"store":"s1"}`)) }
	bad := string(told("bad", "visit", "card:1", day, `{}`))
	const jsonType, bearer = "application/json", "Bearer t0ken"
	tests := []struct {
		name, method, path, auth, kind, body string
		head                                 http.Header
		status                               int
		want                                 string
	}{
		{"no token", "POST", "", "", jsonType, one("1"), nil, 401, "events token"},
		{"another token", "POST", "", "Bearer t0kem", jsonType, one("1"), nil, 401, "events token"},
		{"one event", "POST", "", bearer, "application/cloudevents+json; charset=utf-8", one("1"), nil, 200, `"accepted":1`},
		{"the same again", "POST", "", bearer, jsonType, one("1"), nil, 200, `"duplicate":1`},
		{"one that is refused", "POST", "", bearer, jsonType, bad, nil, 422, `data.store is missing`},
		{"an array", "POST", "", bearer, "application/cloudevents-batch+json", "[" + one("2") + "," + bad + "," + one("3") + "]", nil, 200, `"accepted":2,"duplicate":0,"refused":1,"events":[{"index":1`},
		{"lines", "POST", "", bearer, "application/x-ndjson", one("4") + "\n\n" + one("2") + "\nrubbish\n" + one("5"), nil, 200, `"accepted":2,"duplicate":1,"refused":1,"events":[{"index":2`},
		{"binary mode", "POST", "", bearer, jsonType, `{"store":"s1"}`, http.Header{"Ce-Id": {"6"}, "Ce-Specversion": {"1.0"}, "Ce-Source": {"/pos/7"}, "Ce-Type": {"visit"}, "Ce-Subject": {"card:1"}, "Ce-Time": {"2026-11-21T12:00:00Z"}}, 200, `"accepted":1`},
		{"no JSON", "POST", "", bearer, "application/cloudevents-batch+json", "[", nil, 400, "array of events"},
		{"XML", "POST", "", bearer, "text/xml", "<x/>", nil, 415, "want application"},
		{"a line as long as a book", "POST", "", bearer, "application/x-ndjson", one("7") + "\n" + strings.Repeat("x", 300_000), nil, 413, "line 2"},
		{"the dead letters", "GET", "/dead", bearer, "", "", nil, 200, `data.store is missing`},
		{"a letter that is not there", "POST", "/dead/99/retry", bearer, "", "", nil, 404, "no dead letter"},
		{"a letter dropped", "DELETE", "/dead/1", bearer, "", "", nil, 204, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := httptest.NewRequestWithContext(t.Context(), test.method, "/v1/events"+test.path, strings.NewReader(test.body))
			maps.Copy(r.Header, test.head)
			r.Header.Set("Content-Type", test.kind)
			r.Header.Set("Authorization", test.auth)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != test.status || !strings.Contains(w.Body.String(), test.want) {
				t.Errorf("%d %s", w.Code, w.Body)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	for _, e := range life() {
		f.Add(e)
	}
	f.Add([]byte(`{"specversion":"1.0","id":"\u0000","source":"/","type":"order","data":{"items":[null]}}`))
	kinds := event.Standard(nil)
	f.Fuzz(func(t *testing.T, body []byte) {
		e, err := kinds.Parse(body, day)
		if e == nil || err == nil && (e.ID == "" || e.At.IsZero()) {
			t.Error(e, err)
		}
	})
}

func Example() {
	kinds := event.Standard(event.Kinds{"test-drive": {"model": {Type: event.Text, Required: true}}})
	e, err := kinds.Parse([]byte(`{"specversion": "1.0", "id": "7", "source": "/showroom", "type": "test-drive",
		"subject": "phone:138 0000 1234", "time": "2026-11-21T12:00:00+08:00", "data": {"model": "X1"}}`), day)
	fmt.Println(e.Kind, e.Handle, err)
	_, err = kinds.Parse([]byte(`{"specversion": "1.0", "id": "8", "source": "/showroom", "type": "test-drive",
		"subject": "phone:138 0000 1234", "time": "2026-11-21T12:00:00+08:00", "data": {}}`), day)
	fmt.Println(err)
	// Output:
	// test-drive phone:hidden <nil>
	// data.model is missing
}
