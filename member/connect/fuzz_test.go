package connect_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"huike/member/connect"
	"huike/member/event"
	"huike/member/store/storetest"
)

func FuzzParse(f *testing.F) {
	f.Add([]byte("tells:\n  - {name: crm, url: http://x, secret: " + secret + "}\n"))
	f.Add([]byte("hooks:\n  - name: crm\n    secret: " + secret + "\n    rows: orders" + eventOfRow))
	f.Fuzz(func(t *testing.T, text []byte) {
		if b, err := connect.Parse(text, func(string) string { return "" }); (b == nil) == (err == nil) {
			t.Error("neither a book nor an error")
		}
	})
}

func FuzzReceive(f *testing.F) {
	b, err := connect.Parse([]byte("hooks:\n  - name: crm\n    secret: "+secret+"\n    rows: orders"+eventOfRow), nil)
	if err != nil {
		f.Fatal(err)
	}
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	h := connect.Receive(b.Hooks, event.New(storetest.Open(f, "sqlite"), event.Config{}), func() time.Time { return now })
	key, _ := connect.Secret(secret)
	f.Add(`{"orders":[{"id":1,"state":"paid","updated":"2026-11-20T10:00:00Z","amount":5,"customer":{"mobile":"13800001234"}}]}`)
	f.Add(`{"orders":[1,null,[],{"id":"x"}]}`)
	f.Fuzz(func(t *testing.T, body string) {
		w := post(t, h, "m", now, body, connect.Sign(key, "m", now, []byte(body)))
		if w.Code != http.StatusOK && w.Code != http.StatusBadRequest {
			t.Error(w.Code, w.Body)
		}
	})
}

func Example() {
	key, _ := connect.Secret(secret)
	fmt.Println(connect.Sign(key, "msg_1", time.Unix(1_700_000_000, 0), []byte("{}"))[:3])
	// Output: v1,
}
