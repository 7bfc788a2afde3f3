package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"huike/member"
	"huike/member/access"
	"huike/member/api"
	"huike/member/audit"
	"huike/member/demo"
	"huike/member/event"
	"huike/member/identity"
	"huike/member/shop"
	"huike/member/store"
	"huike/member/store/storetest"
	"huike/member/tag"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// trail keeps audit rows.
type trail struct {
	mu   sync.Mutex
	s    *store.Store
	rows []audit.Row
	full bool

	written int
}

func (l *trail) Append(row audit.Row) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.full {
		return audit.ErrFull
	}
	l.rows = append(l.rows, row)
	return nil
}

// flush writes what is new into the store: not at once, as who appends may be changing it.
func (l *trail) flush(t *testing.T) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.s.AppendAudit(t.Context(), l.rows[l.written:]); err != nil {
		t.Fatal(err)
	}
	l.written = len(l.rows)
}

// last is the newest row.
func (l *trail) last() audit.Row {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.rows[len(l.rows)-1]
}

// house is the API on the demonstration's members, each answer held to the document.
type house struct {
	t      *testing.T
	store  *store.Store
	trail  *trail
	api    *api.API
	router routers.Router
	asker  *access.Principal // who asks
}

func open(t *testing.T, kind string) *house {
	t.Helper()
	s, err := store.Open(t.Context(), storetest.Address(t, kind), store.Config{Location: time.UTC, Key: make([]byte, 32)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	h := &house{t: t, store: s, asker: &access.Principal{ID: "t1", Name: "li", Role: member.RoleSupervisor}}
	if _, err := demo.Load(t.Context(), h.store, time.Now()); err != nil {
		t.Fatal(err)
	}
	h.trail = &trail{s: h.store}
	directory := member.NewDirectory(h.store, nil, member.Config{Trail: h.trail})
	rules, err := tag.Parse("tags.yaml", []byte(`
tags:
  - {name: buyer, when: 'count(orders, "all") > 1'}
tiers:
  - {name: gold, when: 'sum(orders, "total", "365d") >= 100000', rights: {discount: 5, priority: 3}}
  - {name: standard}
`))
	if err != nil {
		t.Fatal(err)
	}
	keeper, err := tag.New(h.store, tag.Config{Rules: rules, Members: directory})
	if err != nil {
		t.Fatal(err)
	}
	if err := keeper.Use(t.Context(), rules); err != nil {
		t.Fatal(err)
	}
	if _, err := keeper.Sweep(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	h.api = api.New(api.Config{
		Store: h.store, Members: directory, Tags: keeper, Trail: h.trail,
		Outlook:  shop.New(h.store, shop.Config{Members: directory, Trail: h.trail}),
		Identity: identity.New(h.store, identity.Config{Members: directory, Trail: h.trail}),
		Events:   event.New(h.store, event.Config{Members: directory, Tags: keeper, Trail: h.trail}),
		Guard:    &access.Guard{Tokens: h, Trail: h.trail},
	})
	doc := document(t)
	if h.router, err = gorillamux.NewRouter(doc); err != nil {
		t.Fatal(err)
	}
	return h
}

// Token is the asker's, whatever is shown.
func (h *house) Token(context.Context, string) (access.Token, error) {
	return access.Token{Principal: *h.asker, Expires: time.Now().Add(time.Hour)}, nil
}

func document(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(api.Document())
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return doc
}

// answer is what came of a request.
type answer struct {
	t      *testing.T
	status int
	head   http.Header
	body   []byte
}

// into reads the answer's JSON.
func (a answer) into(v any) {
	a.t.Helper()
	if err := json.Unmarshal(a.body, v); err != nil {
		a.t.Fatalf("%v: %s", err, a.body)
	}
}

// ask sends a request, its body as JSON or as it is, with headers given as name and value,
// and holds request and answer to the document. A request that is meant to be wrong has a
// status of 400 or more: then the answer alone is.
func (h *house) ask(status int, method, path string, body any, head ...string) answer {
	h.t.Helper()
	var sent []byte
	kind := "application/json"
	switch b := body.(type) {
	case nil:
	case string:
		sent, kind = []byte(b), "text/csv"
	case []byte:
		sent = b
	default:
		var err error
		if sent, err = json.Marshal(b); err != nil {
			h.t.Fatal(err)
		}
	}
	r := httptest.NewRequestWithContext(h.t.Context(), method, path, bytes.NewReader(sent))
	r.Header.Set("Authorization", "Bearer hk_x")
	if body != nil {
		r.Header.Set("Content-Type", kind)
	}
	for i := 0; i+1 < len(head); i += 2 {
		r.Header.Set(head[i], head[i+1])
	}
	h.trail.flush(h.t)
	w := httptest.NewRecorder()
	h.api.ServeHTTP(w, r)
	out := answer{h.t, w.Code, w.Result().Header, w.Body.Bytes()}
	if w.Code != status {
		h.t.Fatalf("%s %s: status %d, want %d: %s", method, path, w.Code, status, w.Body)
	}
	if status == http.StatusMethodNotAllowed || status == http.StatusNotFound && strings.Contains(w.Body.String(), "urn:huike:route") {
		return out
	}
	r.Body = io.NopCloser(bytes.NewReader(sent))
	h.holds(r, out)
	return out
}

// holds checks a request and its answer against the document.
func (h *house) holds(r *http.Request, a answer) {
	h.t.Helper()
	route, params, err := h.router.FindRoute(r)
	if err != nil {
		h.t.Fatalf("%s %s is not in the document: %v", r.Method, r.URL.Path, err)
	}
	in := &openapi3filter.RequestValidationInput{
		Request: r, PathParams: params, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true, MultiError: true},
	}
	if a.status < http.StatusBadRequest {
		if err := openapi3filter.ValidateRequest(h.t.Context(), in); err != nil {
			h.t.Errorf("%s %s: the request is not as the document has it: %v", r.Method, r.URL, err)
		}
	}
	out := &openapi3filter.ResponseValidationInput{RequestValidationInput: in, Status: a.status, Header: a.head, Options: in.Options}
	out.SetBodyBytes(a.body)
	if err := openapi3filter.ValidateResponse(h.t.Context(), out); err != nil {
		h.t.Errorf("%s %s: the answer is not as the document has it: %v\n%s", r.Method, r.URL, err, a.body)
	}
}

type page[T any] struct {
	Items []T
	Next  string
}

// TestTheDocumentAndTheRoutesAreTheSame asks for everything that the document has, and for
// nothing else there is an answer.
func TestTheDocumentAndTheRoutesAreTheSame(t *testing.T) {
	doc := document(t)
	written := map[string]bool{}
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			written[method+" "+path] = true
		}
	}
	served := map[string]bool{}
	for _, route := range api.Routes() {
		served[route] = true
		if !written[route] {
			t.Errorf("%s is served and not written down", route)
		}
	}
	for route := range written {
		if !served[route] {
			t.Errorf("%s is written down and not served", route)
		}
	}
	for _, path := range []string{"/openapi.yaml", "/openapi.json"} {
		h := open(t, "sqlite")
		w := httptest.NewRecorder()
		h.api.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody))
		if again, err := openapi3.NewLoader().LoadFromData(w.Body.Bytes()); err != nil || again.OpenAPI != "3.1.0" {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// status asks with an empty body and tells the status alone.
func (h *house) status(method, path string) int {
	h.t.Helper()
	r := httptest.NewRequestWithContext(h.t.Context(), method, path, strings.NewReader("{}"))
	r.Header.Set("Authorization", "Bearer hk_x")
	w := httptest.NewRecorder()
	h.api.ServeHTTP(w, r)
	return w.Code
}
