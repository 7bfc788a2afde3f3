package remote_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"huike/member"
	"huike/member/shop"
	"huike/member/shop/remote"
)

const mapping = `
url: http://shop.example/api
headers: {Authorization: "Bearer ${TOKEN}"}
timeout: 2s
operations:
  order.status:
    get: /members/{member}/orders/{order_number}
    query: [lang]
    rows: data
    row: {number: id, status: state.name, item: lines.0.title}
  store.hours: {get: /stores, public: true, rows: stores}
  order.cancel:
    post: /orders/{order_number}/cancel
    body: [member, reason]
    codes: {"409": too_late, SHIPPED: too_late}
  callback.create: {post: /callbacks, once: true}
`

// wire is a network of pipes, so that a bubble of fake time holds both ends.
type wire struct {
	calls chan net.Conn
	ended chan struct{}
	once  sync.Once
}

func (w *wire) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case w.calls <- there:
		return here, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-w.ended:
		return nil, net.ErrClosed
	}
}

func (w *wire) Accept() (net.Conn, error) {
	select {
	case conn := <-w.calls:
		return conn, nil
	case <-w.ended:
		return nil, net.ErrClosed
	}
}

func (w *wire) Close() error {
	w.once.Do(func() { close(w.ended) })
	return nil
}
func (w *wire) Addr() net.Addr { return &net.TCPAddr{} }

// backend is a shop's system that does what it is told, and remembers what it was asked.
type backend struct {
	mu    sync.Mutex
	asked []string
	keys  []string
	do    func(n int, w http.ResponseWriter, r *http.Request)
}

func (b *backend) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	b.mu.Lock()
	b.asked = append(b.asked, strings.TrimSpace(r.Method+" "+r.URL.RequestURI()+" "+string(body)))
	b.keys = append(b.keys, r.Header.Get("Idempotency-Key"))
	n := len(b.asked)
	b.mu.Unlock()
	b.do(n, w, r)
}

// started returns a shop whose systems are b, in the bubble of the test.
func started(t *testing.T, text string, b *backend, cfg remote.Config) *remote.Shop {
	t.Helper()
	doc, err := remote.Parse([]byte(text), func(string) string { return "secret" })
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{calls: make(chan net.Conn), ended: make(chan struct{})}
	server := &http.Server{Handler: b, ErrorLog: nil}
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(w) }()
	transport := &http.Transport{DialContext: w.dial, DisableKeepAlives: true}
	t.Cleanup(func() { _ = server.Close(); <-done })
	cfg.Client = &http.Client{Transport: transport}
	return remote.New(doc, cfg)
}

func said(r shop.Result, err error) string {
	text := r.Code
	if r.OK {
		text = "ok"
	}
	for _, row := range r.Rows {
		text += fmt.Sprint(" ", row)
	}
	if err != nil {
		text += "; " + err.Error()
	}
	return text
}

func answer(text string) func(int, http.ResponseWriter, *http.Request) {
	return func(_ int, w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) }
}

func status(n int, text string) func(int, http.ResponseWriter, *http.Request) {
	return func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(n); _, _ = io.WriteString(w, text) }
}

// then does the first things first, and the last one from then on.
func then(all ...func(int, http.ResponseWriter, *http.Request)) func(int, http.ResponseWriter, *http.Request) {
	return func(n int, w http.ResponseWriter, r *http.Request) { all[min(n, len(all))-1](n, w, r) }
}

func hang(_ int, _ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// cut promises more than it sends and closes.
func cut(_ int, w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "1000")
	_, _ = io.WriteString(w, `{"data": {"id"`)
}

func TestAFaultySystem(t *testing.T) {
	good := answer(`{"data": {"id": "1", "state": {"name": "shipped"}, "lines": [{"title": "tent"}]}}`)
	const fine = "ok map[item:tent number:1 status:shipped]"
	tests := []struct {
		name  string
		op    string
		do    func(int, http.ResponseWriter, *http.Request)
		want  string // the beginning
		tries int
		took  time.Duration // at most
	}{
		{"a good one is asked once", "order.status", good, fine, 1, 0},
		{"one 500 is tried again", "order.status", then(status(500, "oops"), good), fine, 2, time.Second},
		{"500 for ever is the shop's failure", "order.status", status(500, ""), "unavailable; order.status: the shop's systems answered 500", 3, time.Second},
		{"garbage once", "order.status", then(answer("<html>"), good), fine, 2, time.Second},
		{"what was promised is not there", "order.status", answer("{}"), "unavailable; order.status: the answer is not", 3, time.Second},
		{"garbage for ever", "order.status", answer("{]"), "unavailable; order.status: the answer is not", 3, time.Second},
		{"an answer that breaks off once", "order.status", then(cut, good), fine, 2, time.Second},
		{"an answer that breaks off for ever", "order.status", cut, "unavailable; order.status: the shop's systems stopped", 3, time.Second},
		{"slow once", "order.status", then(hang, good), fine, 2, 3 * time.Second},
		{"slow for ever", "order.status", hang, "unavailable; order.status: the shop's systems do not answer", 3, 7 * time.Second},
		{"a flood is no answer", "order.status", answer(strings.Repeat("[", 2<<20)), "unavailable; order.status: 1048576 bytes", 3, time.Second},
		{"busy says for how long", "order.status", then(func(_ int, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "2")
			w.WriteHeader(http.StatusTooManyRequests)
		}, good), fine, 2, 3 * time.Second},
		{"a redirect is not followed", "order.status", func(_ int, w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://elsewhere.example/", http.StatusFound)
		}, "unavailable; order.status: the shop's systems answered 302", 1, 0},
		{"a wrong key is the shop's to mend", "order.status", status(401, ""), "unavailable; order.status: the shop's systems answered 401: check the headers", 1, 0},
		{"what is not there is not found", "order.status", status(404, `{}`), "not_found", 1, 0},
		{"an empty list is nothing to show", "store.hours", answer(`{"stores": []}`), "not_found", 1, 0},
		{"plain fields are the columns", "store.hours", answer(`{"stores": [{"store": "A", "open": true, "n": 1.5, "deep": {"x": 1}}, 7]}`), "ok map[n:1.5 open:yes store:A]", 1, 0},
		{"a refusal by its status", "order.cancel", status(409, ``), "too_late", 1, 0},
		{"a refusal by its own code", "order.cancel", status(422, `{"code": "SHIPPED"}`), "too_late", 1, 0},
		{"the shop's own form", "order.cancel", answer(`{"ok": false, "code": "too_old", "rows": [{"number": "1"}]}`), "too_old map[number:1]", 1, 0},
		{"nothing but a status", "order.cancel", status(204, ``), "ok", 1, 0},
		{"a write goes again with its key", "order.cancel", then(hang, status(503, ""), status(204, "")), "ok", 3, 3 * time.Second},
		{"a write that may not go again", "callback.create", status(503, ""), "unavailable; callback.create: the shop's systems answered 503", 1, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := &backend{do: test.do}
				s := started(t, mapping, b, remote.Config{})
				start := time.Now()
				got := said(s.Do(t.Context(), "m_1", test.op, map[string]string{"order_number": "13800001234", "lang": "en"}, "c_1/4"))
				if !strings.HasPrefix(got, test.want) || strings.Contains(got, "13800001234") {
					t.Errorf("got %q, want %q", got, test.want)
				}
				if len(b.asked) != test.tries || time.Since(start) > test.took {
					t.Errorf("%d tries in %v, want %d in %v", len(b.asked), time.Since(start), test.tries, test.took)
				}
				for _, key := range b.keys {
					if want := map[bool]string{true: "c_1/4"}[strings.HasPrefix(b.asked[0], "POST")]; key != want {
						t.Errorf("key %q, want %q", key, want)
					}
				}
			})
		})
	}
}

func TestASystemThatOnlyFailsIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &backend{do: then(status(500, ""), status(500, ""), status(500, ""), status(500, ""), status(500, ""), answer(`{"data": {"id": "1"}}`))}
		s := started(t, mapping, b, remote.Config{})
		ask := func() error {
			_, err := s.Do(t.Context(), "m_1", "order.status", map[string]string{"order_number": "1"}, "")
			return err
		}
		for range 4 {
			if err := ask(); err == nil {
				t.Error("a failing system answered")
			}
		}
		if len(b.asked) != 5 {
			t.Errorf("asked %d times, want 5", len(b.asked))
		}
		start := time.Now()
		if err := ask(); !errors.Is(err, remote.ErrResting) || time.Since(start) > 0 {
			t.Errorf("%v after %v: want a refusal at once", err, time.Since(start))
		}
		<-time.After(11 * time.Second)
		if err := ask(); err != nil || len(b.asked) != 6 {
			t.Errorf("%v after its rest, asked %d times", err, len(b.asked))
		}
	})
}

func TestACallerWhoHangsUpEndsTheTries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &backend{do: hang}
		s := started(t, mapping, b, remote.Config{})
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		start := time.Now()
		r, err := s.Do(ctx, "m_1", "order.status", map[string]string{"order_number": "1"}, "")
		if r.Code != shop.CodeUnavailable || err == nil || time.Since(start) > time.Second || len(b.asked) != 1 {
			t.Error(r, err, time.Since(start), len(b.asked))
		}
	})
}

// gate lets one member in.
type gate struct{ asked []string }

func (g *gate) Admit(_ context.Context, id member.ID, op, call string) (string, error) {
	g.asked = append(g.asked, fmt.Sprint(id, " ", op, " ", call))
	if id == "m_1" {
		return "", nil
	}
	return shop.CodeNoConsent, nil
}

// local does what the document does not have.
type local struct{}

func (local) Do(_ context.Context, _ member.ID, op string, _ map[string]string, _ string) (shop.Result, error) {
	return shop.Result{OK: true, Rows: []map[string]string{{"local": op}}}, nil
}

func TestWhoMayAndWhereItGoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &backend{do: answer(`{"data": {}, "stores": [{}]}`)}
		g := &gate{}
		s := started(t, mapping, b, remote.Config{Gate: g, Local: local{}})
		args := map[string]string{"order_number": "a/b?c", "lang": "zh", "call": "c_1", "reason": "早", "text": "x"}
		var got []string
		for _, one := range []struct {
			who member.ID
			op  string
			key string
		}{
			{"m_1", "order.status", ""},
			{"m_2", "order.status", ""},
			{"m_1", "order.cancel", "k"},
			{"m_1", "order.cancel", ""},
			{"", "store.hours", ""},
			{"m_1", "points.balance", ""},
			{"m_1", "callback.create", "k"},
		} {
			got = append(got, said(s.Do(t.Context(), one.who, one.op, args, one.key)))
		}
		got = append(got, said(s.Do(t.Context(), "m_1", "order.status", nil, "")))
		want := []string{
			"ok map[item: number: status:]", "no_consent", "ok map[stores:]",
			"unavailable; order.cancel: idempotency key is missing or was used for another write",
			"ok map[]", "ok map[local:points.balance]", "ok map[stores:]", "missing map[arg:order_number]",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{
			"GET /api/members/m_1/orders/a%2Fb%3Fc?lang=zh", `POST /api/orders/a%2Fb%3Fc/cancel {"member":"m_1","reason":"早"}`,
			"GET /api/stores", `POST /api/callbacks {"call":"c_1","lang":"zh","member":"m_1","order_number":"a/b?c","reason":"早","text":"x"}`,
		}, b.asked); diff != "" {
			t.Error(diff)
		}
		if len(g.asked) != 5 || g.asked[0] != "m_1 order.status c_1" {
			t.Error(g.asked)
		}
	})
}
