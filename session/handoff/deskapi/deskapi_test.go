package deskapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"huike/dialog"
	"huike/member"
	"huike/session/handoff"
	"huike/session/handoff/deskapi"
	"huike/session/journal"
)

const token = "open sesame"

func TestEveryRouteAsksForTheToken(t *testing.T) {
	h := newHouse(t, nil)
	closed := newHouse(t, func(c *deskapi.Config) { c.Token = "" })
	routes := []string{
		"GET /v1/desk/events", "GET /v1/desk/calls/c_1", "POST /v1/desk/calls/c_1/take", "POST /v1/desk/calls/c_1/return",
		"POST /v1/desk/calls/c_1/end", "POST /v1/desk/calls/c_1/whip", "POST /v1/desk/calls/c_1/transfer", "POST /v1/desk/calls/c_1/keys", "GET /v1/desk/callbacks", "GET /v1/calls",
		"GET /v1/calls/c_old", "GET /v1/calls/c_old/recording.wav", "DELETE /v1/calls/c_old", "GET /v1/desk/openapi.json",
		"GET /v1/desk/no-such-route", "PUT /v1/calls",
	}
	for _, route := range routes {
		method, path, _ := strings.Cut(route, " ")
		for _, c := range []struct {
			name, query, header string
			house               *house
		}{
			{"nothing", "", "", h},
			{"a wrong token", "", "Bearer open", h},
			{"another scheme", "", "Basic " + token, h},
			{"a wrong token in the address", "?token=open", "", h},
			{"nothing, where none is configured", "?token=", "Bearer ", closed},
		} {
			got := c.house.ask(method, path+c.query, "Authorization", c.header)
			if got.status != http.StatusUnauthorized || got.kind != "application/problem+json" {
				t.Errorf("%s with %s: %d %s", route, c.name, got.status, got.body)
			}
		}
	}
	for _, path := range []string{"/v1/calls", "/v1/calls/c_old", "/v1/desk/callbacks"} {
		if got := h.ask(http.MethodGet, path+"?token="+strings.ReplaceAll(token, " ", "+"), "Authorization", ""); got.status != http.StatusUnauthorized {
			t.Errorf("%s takes the token from the address: %d", path, got.status)
		}
	}
	if got := h.ask(http.MethodGet, "/v1/calls/c_old/recording.wav?token=open+sesame", "Authorization", ""); got.status != http.StatusOK {
		t.Errorf("a player with the token in the address: %d", got.status)
	}
}

func TestTheTicketTellsEverythingSoFar(t *testing.T) {
	h := newHouse(t, nil)
	h.request()
	got := h.ask(http.MethodPost, "/v1/desk/calls/c_1/take?agent=Li")
	var ticket struct {
		State      string
		Agent      string
		Reason     string
		Intent     string
		Slots      []dialog.Slot
		Transcript []journal.Line
		Waited     *int `json:"waited_ms"`
	}
	if err := json.Unmarshal([]byte(got.body), &ticket); err != nil || got.status != http.StatusOK {
		t.Fatalf("%d %s: %v", got.status, got.body, err)
	}
	if ticket.State != "taken" || ticket.Agent != "Li" || ticket.Reason != "complaint" || ticket.Intent != "complaint" ||
		len(ticket.Slots) != 1 || ticket.Waited == nil {
		t.Errorf("ticket %s", got.body)
	}
	if len(ticket.Transcript) != 1 || ticket.Transcript[0].Text != "The shoes fell apart." {
		t.Errorf("transcript %s", got.body)
	}
}

func TestTwoPagesTakeACall(t *testing.T) {
	h := newHouse(t, nil)
	h.request()
	for _, step := range []struct {
		route, agent string
		want         int
	}{
		{"POST /v1/desk/calls/c_1/take", "Li", http.StatusOK},
		{"POST /v1/desk/calls/c_1/take", "Wang", http.StatusConflict},
		{"POST /v1/desk/calls/c_1/take", "Li", http.StatusOK},
		{"POST /v1/desk/calls/c_1/end", "Wang", http.StatusConflict},
		{"GET /v1/desk/calls/c_1", "Wang", http.StatusOK},
		{"POST /v1/desk/calls/c_1/return", "Li", http.StatusNoContent},
		{"GET /v1/desk/calls/c_1", "Li", http.StatusNotFound},
	} {
		method, path, _ := strings.Cut(step.route, " ")
		got := h.ask(method, path, "X-Agent", step.agent)
		if got.status != step.want {
			t.Errorf("%s by %s: %d %s", step.route, step.agent, got.status, got.body)
		}
		if got.status == http.StatusConflict && strings.HasSuffix(path, "/take") && !strings.Contains(got.body, "taken by Li") {
			t.Errorf("who took it? %s", got.body)
		}
	}
	if got := h.rows(); got != "Li take c_1 m_1 ticket,transcript; Li take c_1 m_1 ticket,transcript; "+
		"Wang ticket c_1 m_1 ticket,transcript; Li return c_1 m_1" {
		t.Errorf("audited: %s", got)
	}
}

// rows returns what was audited so far.
func (h *house) rows() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return strings.Join(h.audited, "; ")
}

func TestListsAndEndsAreAudited(t *testing.T) {
	h := newHouse(t, func(c *deskapi.Config) {
		c.Callbacks = func(context.Context) ([]deskapi.Callback, error) { return nil, nil }
	})
	h.request()
	for _, route := range []string{
		"GET /v1/calls?agent=Li&limit=5", "GET /v1/desk/callbacks?agent=Li", "GET /v1/calls", "POST /v1/desk/calls/c_1/end?agent=Li",
		"POST /v1/desk/calls/c_1/take?agent=Li", "POST /v1/desk/calls/c_1/end?agent=Li",
	} {
		method, path, _ := strings.Cut(route, " ")
		h.ask(method, path)
	}
	if got := h.rows(); got != "Li list list; Li callbacks callbacks; agent list list; "+
		"Li take c_1 m_1 ticket,transcript; Li end c_1 m_1" {
		t.Errorf("audited: %s", got)
	}
}

// people is one member, as each role sees them.
type people struct{ gone bool }

func (p people) Get(_ context.Context, id member.ID, access member.Access) (member.View, error) {
	if p.gone {
		return member.View{}, errors.New("the store is gone")
	}
	return member.View{ID: id, Phone: string(access.Role) + "/" + string(access.Purpose) + "/" + access.Call + "/" + access.Reader}, nil
}

func TestTheTicketHasTheAgentsView(t *testing.T) {
	for _, c := range []struct {
		name, person string
		members      deskapi.Members
		want         string // of the profile
		fields       string
	}{
		{"of a known caller", "m_1", people{}, "agent/service/c_1/Li", "ticket,transcript,profile"},
		{"of a caller whose profile cannot be read: none", "m_1", people{gone: true}, "", "ticket,transcript"},
		{"of nobody: as the session wrote it", "", people{}, "robot", "ticket,transcript,profile"},
		{"without a directory: as the session wrote it", "m_1", nil, "robot", "ticket,transcript,profile"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t, func(config *deskapi.Config) { config.Members = c.members })
			h.desk.Request(t.Context(), handoff.Ticket{Call: "c_1", Person: member.ID(c.person), Member: &member.View{Phone: "robot"}})
			for _, route := range []string{"POST /v1/desk/calls/c_1/take?agent=Li", "GET /v1/desk/calls/c_1?agent=Li"} {
				method, path, _ := strings.Cut(route, " ")
				got := h.ask(method, path)
				var ticket struct{ Profile struct{ Phone string } }
				if err := json.Unmarshal([]byte(got.body), &ticket); err != nil || ticket.Profile.Phone != c.want {
					t.Errorf("%s: %s, %v", route, got.body, err)
				}
				if strings.Contains(got.body, "erson") {
					t.Errorf("%s tells who it is: %s", route, got.body)
				}
			}
			if got := h.rows(); !strings.HasSuffix(got, " "+c.fields) {
				t.Errorf("audited: %s", got)
			}
		})
	}
}

func TestMalformedRequestsGetAProblem(t *testing.T) {
	h := newHouse(t, nil)
	h.request()
	for _, c := range []struct {
		name, route string
		want        int
	}{
		{"an id that leaves the directory", "GET /v1/calls/..%2f..%2fetc", http.StatusUnprocessableEntity},
		{"a recording that leaves the directory", "GET /v1/calls/..%2f..%2fetc/recording.wav", http.StatusBadRequest},
		{"an unknown call", "GET /v1/calls/c_9", http.StatusNotFound},
		{"an unknown recording", "GET /v1/calls/c_9/recording.wav", http.StatusNotFound},
		{"an unknown call's deletion", "DELETE /v1/calls/c_9", http.StatusNotFound},
		{"a call that is not at the desk", "POST /v1/desk/calls/c_9/take?agent=Li", http.StatusNotFound},
		{"a call that is not taken", "POST /v1/desk/calls/c_1/end?agent=Li", http.StatusConflict},
		{"an agent with a line end in the name", "POST /v1/desk/calls/c_1/take?agent=Li%0ax", http.StatusBadRequest},
		{"an agent with a long name", "POST /v1/desk/calls/c_1/take?agent=" + strings.Repeat("x", 65), http.StatusBadRequest},
		{"a limit that is no number", "GET /v1/calls?limit=many", http.StatusUnprocessableEntity},
		{"no sound configured", "POST /v1/desk/calls/c_1/whip?agent=Li", http.StatusNotImplemented},
		{"no such route", "GET /v1/desk/nothing", http.StatusNotFound},
	} {
		t.Run(c.name, func(t *testing.T) {
			method, path, _ := strings.Cut(c.route, " ")
			got := h.ask(method, path)
			var problem struct {
				Status int
				Detail string
			}
			err := json.Unmarshal([]byte(got.body), &problem)
			if got.status != c.want || err != nil || problem.Status != c.want || problem.Detail == "" {
				t.Errorf("%d %s: %v", got.status, got.body, err)
			}
			if kind := got.kind; kind != "application/problem+json" {
				t.Errorf("type %s", kind)
			}
		})
	}
}

func TestAKeptCallIsReadPlayedAndDeleted(t *testing.T) {
	h := newHouse(t, nil)
	got := h.ask(http.MethodGet, "/v1/calls?agent=Li")
	var list []journal.Summary
	if err := json.Unmarshal([]byte(got.body), &list); err != nil || len(list) != 1 || list[0].Disposition != dialog.Completed {
		t.Fatalf("%s: %v", got.body, err)
	}
	got = h.ask(http.MethodGet, "/v1/calls/c_old?agent=Li")
	var call struct {
		Summary    journal.Summary
		Transcript []journal.Line
		Journal    []journal.Event
	}
	if err := json.Unmarshal([]byte(got.body), &call); err != nil || len(call.Journal) != 3 || len(call.Transcript) != 1 {
		t.Errorf("%s: %v", got.body, err)
	}
	got = h.ask(http.MethodGet, "/v1/calls/c_old/recording.wav?agent=Li", "Range", "bytes=4-7")
	if got.status != http.StatusPartialContent || got.body != "0123" || got.kind != "audio/wav" {
		t.Errorf("a part of the recording: %d %q", got.status, got.body)
	}
	if got = h.ask(http.MethodDelete, "/v1/calls/c_old?agent=Li"); got.status != http.StatusNoContent {
		t.Errorf("deleted: %d %s", got.status, got.body)
	}
	for _, path := range []string{"/v1/calls/c_old", "/v1/calls/c_old/recording.wav"} {
		if got := h.ask(http.MethodGet, path); got.status != http.StatusNotFound {
			t.Errorf("%s afterwards: %d", path, got.status)
		}
	}
	if got := h.rows(); got != "Li list list; Li open c_old summary,transcript,journal; Li listen c_old recording; Li delete c_old" {
		t.Errorf("audited: %s", got)
	}
}

func TestTheDescriptionNamesEveryJSONRoute(t *testing.T) {
	h := newHouse(t, nil)
	got := h.ask(http.MethodGet, "/v1/desk/openapi.json")
	var description struct {
		OpenAPI string
		Paths   map[string]map[string]any
	}
	if err := json.Unmarshal([]byte(got.body), &description); err != nil {
		t.Fatal(err)
	}
	routes := 0
	for _, methods := range description.Paths {
		routes += len(methods)
	}
	if !strings.HasPrefix(description.OpenAPI, "3.1") || routes != 10 {
		t.Errorf("OpenAPI %s with %d routes", description.OpenAPI, routes)
	}
}

func TestCallbacksAndTheAgentsSoundAreHandedOn(t *testing.T) {
	h := newHouse(t, func(c *deskapi.Config) {
		c.Callbacks = func(context.Context) ([]deskapi.Callback, error) {
			return []deskapi.Callback{{Ticket: "t_1", Phone: "138****1234"}}, nil
		}
		c.Whip = func(call, agent string) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(http.StatusCreated)
				fmt.Fprintf(w, "%s in %s", agent, call)
			})
		}
	})
	if got := h.ask(http.MethodGet, "/v1/desk/callbacks"); !strings.Contains(got.body, `"ticket":"t_1"`) {
		t.Errorf("call-backs %s", got.body)
	}
	if got := h.ask(http.MethodPost, "/v1/desk/calls/c_1/whip?agent=Li"); got.status != http.StatusCreated || got.body != "Li in c_1" {
		t.Errorf("sound: %d %s", got.status, got.body)
	}
}

func Example() {
	desk := handoff.New(handoff.Config{})
	handler := deskapi.New(deskapi.Config{Desk: desk, Token: "secret"})

	r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "/v1/desk/calls/c_1/take?agent=Li", nil)
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	fmt.Println(w.Code)

	desk.Request(context.Background(), handoff.Ticket{Call: "c_1"})
	r.Header.Set("Authorization", "Bearer secret")
	w = httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	fmt.Println(w.Code)
	// Output:
	// 401
	// 200
}
