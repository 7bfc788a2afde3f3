package connect_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"huike/member"
	"huike/member/connect"
	"huike/member/event"
	"huike/member/store"
	"huike/member/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

const secret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="

const eventOfRow = `
    when: row.state != "draft"
    event:
      id: '"order-" + string(int(row.id))'
      type: '"order"'
      subject: '"phone:" + row.customer.mobile'
      time: row.updated
      data: {order: string(int(row.id)), total: int(round(row.amount * 100))}
`

func parse(t *testing.T, text string) *connect.Book {
	t.Helper()
	b, err := connect.Parse([]byte(text), func(string) string { return "token" })
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	limit := time.NewTimer(2 * time.Minute)
	tick := time.NewTicker(10 * time.Millisecond)
	defer limit.Stop()
	defer tick.Stop()
	for !is() {
		select {
		case <-tick.C:
		case <-limit.C:
			t.Fatal("waited in vain:", what)
		}
	}
}

// crm is a shop's system with 25 orders in pages of ten, that fails now and then.
type crm struct {
	mu     sync.Mutex
	asked  []string // queries
	fail   int      // so many times
	status int      // with this
}

func (c *crm) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = append(c.asked, r.URL.RawQuery)
	if c.fail > 0 {
		c.fail--
		w.WriteHeader(c.status)
		return
	}
	if r.Header.Get("Authorization") != "Bearer token" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if r.Header.Get("If-None-Match") == `"v1"` {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.Header().Set("Etag", `"v1"`)
	page, _ := strconv.Atoi(r.URL.Query().Get("page"))
	rows := []any{}
	for n := 10 * (page - 1); n < min(10*page, 25); n++ {
		row := map[string]any{
			"id": n, "state": "paid", "updated": fmt.Sprintf("2026-11-20T10:00:%02dZ", n), "amount": 19.99,
			"customer": map[string]any{"mobile": fmt.Sprint(13800000000 + n%3)},
		}
		switch n {
		case 3:
			row["state"] = "draft"
		case 4:
			delete(row, "customer")
		}
		rows = append(rows, row)
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"data": map[string]any{"orders": rows}})
}

func pullOf(t *testing.T, url string, s *store.Store, in connect.Taker) *connect.Puller {
	t.Helper()
	b := parse(t, "pulls:\n  - name: orders\n    url: "+url+"\n    headers: {Authorization: \"Bearer ${T}\"}\n    since: after\n    page: {param: page}\n    rows: data.orders"+eventOfRow)
	return connect.NewPuller(b.Pulls[0], s, in, connect.Config{Pause: time.Millisecond, Log: slog.New(slog.DiscardHandler)})
}

func TestASourceIsPulledPageByPageThroughFaults(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		t.Helper()
		c := &crm{fail: 2, status: http.StatusServiceUnavailable}
		server := httptest.NewServer(c)
		defer server.Close()
		in := event.New(s, event.Config{})
		p := pullOf(t, server.URL, s, in)
		r, err := p.Pull(t.Context())
		if want := (connect.Report{Pages: 4, Rows: 25, Accepted: 23, Refused: 1, Left: 1}); err != nil || r != want {
			t.Fatalf("%+v, %v", r, err)
		}
		if r, err = p.Pull(t.Context()); err != nil || r != (connect.Report{}) {
			t.Errorf("nothing is new: %+v, %v", r, err)
		}
		if last := c.asked[len(c.asked)-1]; last != "after=2026-11-20T10%3A00%3A24Z&page=1" {
			t.Error(last)
		}
		dead, err := in.Dead(t.Context(), 0, 10)
		if err != nil || len(dead) != 1 || dead[0].Reason != "event.subject is no text in the row" {
			t.Error(dead, err)
		}
		phone, _ := member.Phone("13800000001")
		id, err := s.Lookup(t.Context(), phone)
		if err != nil {
			t.Fatal(err)
		}
		if m, err := s.Load(t.Context(), id); err != nil || m.Consumption.Orders != 7 || m.Consumption.Spent != 7*1999 {
			t.Errorf("%+v, %v", m.Consumption, err)
		}
	})
}

func TestAReadingThatBreaksOffIsDoneAgain(t *testing.T) {
	s := storetest.Open(t, "sqlite")
	c := &crm{fail: 100, status: http.StatusInternalServerError}
	server := httptest.NewServer(c)
	defer server.Close()
	p := pullOf(t, server.URL, s, event.New(s, event.Config{}))
	for _, want := range []string{"answered 500", "left alone"} { // four tries, and then the breaker
		if _, err := p.Pull(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
	if len(c.asked) != 5 {
		t.Errorf("asked %d times", len(c.asked))
	}
	c.fail, c.status = 1, http.StatusForbidden
	if _, err := pullOf(t, server.URL, s, event.New(s, event.Config{})).Pull(t.Context()); err == nil || !strings.Contains(err.Error(), "check the headers") {
		t.Error(err)
	}
	if r, err := pullOf(t, server.URL, s, event.New(s, event.Config{})).Pull(t.Context()); err != nil || r.Accepted != 23 {
		t.Error(r, err)
	}
}

func post(tb testing.TB, h http.Handler, id string, at time.Time, body, signature string) *httptest.ResponseRecorder {
	tb.Helper()
	r := httptest.NewRequestWithContext(tb.Context(), http.MethodPost, "/v1/hooks/crm", strings.NewReader(body))
	r.SetPathValue("name", "crm")
	r.Header.Set("webhook-id", id)
	r.Header.Set("webhook-timestamp", strconv.FormatInt(at.Unix(), 10))
	r.Header.Set("webhook-signature", signature)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestWhatIsPushedMustBeSignedAndNew(t *testing.T) {
	s := storetest.Open(t, "sqlite")
	b := parse(t, "hooks:\n  - name: crm\n    secret: "+secret+"\n    rows: orders"+eventOfRow)
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	h := connect.Receive(b.Hooks, event.New(s, event.Config{Now: func() time.Time { return now }}), func() time.Time { return now })
	key, err := connect.Secret(secret)
	if err != nil {
		t.Fatal(err)
	}
	body := `{"orders":[{"id":1,"state":"paid","updated":"2026-11-20T10:00:00Z","amount":5,"customer":{"mobile":"13800001234"}}]}`
	old := now.Add(-6 * time.Minute)
	for name, test := range map[string]struct {
		at              time.Time
		body, signature string
		status          int
	}{
		"nobody's":             {now, body, "v1,AAAA", 401},
		"no signature":         {now, body, "", 401},
		"of another body":      {now, body, connect.Sign(key, "m", now, []byte("{}")), 401},
		"of another time":      {now, body, connect.Sign(key, "m", old, []byte(body)), 401},
		"sent again later":     {old, body, connect.Sign(key, "m", old, []byte(body)), 401},
		"no JSON":              {now, "{", connect.Sign(key, "m", now, []byte("{")), 400},
		"nothing at the place": {now, "{}", connect.Sign(key, "m", now, []byte("{}")), 400},
	} {
		if w := post(t, h, "m", test.at, test.body, test.signature); w.Code != test.status {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	for _, want := range []string{`{"rows":1,"accepted":1,"duplicate":0,"refused":0}`, `{"rows":1,"accepted":0,"duplicate":1,"refused":0}`} {
		if w := post(t, h, "m", now, body, "v1,AAAA "+connect.Sign(key, "m", now, []byte(body))); w.Code != 200 || strings.TrimSpace(w.Body.String()) != want {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	}
}

func TestTheSignatureIsThatOfTheSpecification(t *testing.T) {
	key, err := base64.StdEncoding.DecodeString("plJ3nmyCDGBKInavdOK15jsl")
	if err != nil {
		t.Fatal(err)
	}
	got := connect.Sign(key, "msg_loFOjxBNrRLzqYUf", time.Unix(1731705121, 0), []byte(`{"event_type":"ping","data":{"success":true}}`))
	if got != "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=" {
		t.Error(got)
	}
}

func TestASystemIsToldUntilItHasIt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		t.Helper()
		key, _ := connect.Secret(secret)
		var mu sync.Mutex
		fail, heard := 2, []string{}
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			body, _ := io.ReadAll(r.Body)
			if err := connect.Verify(key, r.Header, body, time.Now()); err != nil {
				t.Error(err)
			}
			if fail > 0 {
				fail--
				w.WriteHeader(http.StatusBadGateway)
				return
			}
			var m struct{ Data struct{ Member string } }
			_ = json.Unmarshal(body, &m)
			heard = append(heard, m.Data.Member)
		}))
		defer server.Close()
		b := parse(t, "tells:\n  - {name: crm, url: "+server.URL+", secret: "+secret+"}\n  - {name: gone, url: \"http://127.0.0.1:1\", secret: "+secret+", tries: 2}\n")
		teller := connect.NewTeller(b.Tells, s, connect.Config{Pause: time.Millisecond, Log: slog.New(slog.DiscardHandler)})
		ctx, end := context.WithCancel(t.Context())
		group := errgroup.Group{}
		group.Go(func() error { return teller.Run(ctx) })
		for n := range 3 {
			teller.Changed(t.Context(), "m_1", int64(n))
		}
		until(t, "the one has heard, and the other is given up", func() bool {
			mu.Lock()
			defer mu.Unlock()
			dead, err := teller.Dead(t.Context())
			return err == nil && len(dead) == 1 && len(heard) >= 1 && dead[0].Name == "gone" && dead[0].Tries == 2 && !strings.Contains(dead[0].Reason, "http://")
		})
		dead, _ := teller.Dead(t.Context())
		if err := teller.Again(t.Context(), dead[0].Number); err != nil {
			t.Error(err)
		}
		until(t, "it is given up again", func() bool {
			again, err := teller.Dead(t.Context())
			return err == nil && len(again) == 1
		})
		end()
		if err := group.Wait(); err != nil {
			t.Error(err)
		}
		if len(heard) != 1 || heard[0] != "m_1" {
			t.Error("several changes at once are told once:", heard)
		}
	})
}

func TestAFileThatIsWrongSaysWhere(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"no such field":     {"pulls:\n  - {name: a, place: x}\n", "want lists"},
		"no address":        {"pulls:\n  - {name: a}\n", `pull "a": event.id is missing`},
		"a secret too weak": {"tells:\n  - {name: a, url: http://x, secret: whsec_AAAA}\n", "24 to 64 bytes"},
		"a name twice":      {"tells:\n  - &a {name: a, url: http://x, secret: " + secret + "}\n  - *a\n", "name of its own"},
		"no expression":     {"hooks:\n  - name: a\n    secret: " + secret + "\n    event: {id: 'row.', type: '\"x\"', subject: 'row.s', time: 'row.t'}\n", "event.id"},
		"a password":        {"tells:\n  - {name: a, url: 'http://u:p@x', secret: " + secret + "}\n", "no password"},
	} {
		if _, err := connect.Parse([]byte(test.text), nil); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
