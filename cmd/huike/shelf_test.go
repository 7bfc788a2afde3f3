package main

import (
	"bytes"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"huike/audio/tts"
	"huike/dialog"
	"huike/dialog/flow"
	"huike/member/audit"
)

// stocked returns the folder of a copy of the demonstration shop, and a shelf of it.
func stocked(t *testing.T) (string, *shelf) {
	t.Helper()
	folder := t.TempDir()
	if err := os.CopyFS(folder, must(fs.Sub(flow.Shop, "shop"))); err != nil {
		t.Fatal(err)
	}
	definition, words, err := loadShop(folder)
	if err != nil {
		t.Fatal(err)
	}
	h := &house{config: &serverConfig{Shop: folder, Demo: true, Data: t.TempDir(), DeskToken: "key"}, log: slog.New(slog.DiscardHandler)}
	h.audit = audit.New(nil, h.log)
	h.session.Flow, h.session.Wording = definition, words
	s, err := newShelf(h)
	if err != nil {
		t.Fatal(err)
	}
	return folder, s
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// change exchanges a text in a file of the shop.
func change(t *testing.T, name, from, to string) {
	t.Helper()
	data := must(os.ReadFile(name))
	if !bytes.Contains(data, []byte(from)) {
		t.Fatalf("%s has no %q", name, from)
	}
	if err := os.WriteFile(name, bytes.Replace(data, []byte(from), []byte(to), 1), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestHowAShopIsHeardIsReloadedWithIt(t *testing.T) {
	folder, s := stocked(t)
	s.house.session.Speaker = tts.Delivered{}
	pitch := func() float64 { return s.config().Speaker.(tts.Delivered).Delivery.Style("zh", "apology").Pitch }
	write := func(text string) {
		if err := os.WriteFile(filepath.Join(folder, "voice.yaml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("zh: {pace: 1.1, scenes: [{acts: [apology], pitch: -1}]}")
	if err := s.reload(t.Context()); err != nil || pitch() != -1 {
		t.Errorf("%v, pitch %v, want -1", err, pitch())
	}
	write("zh: {pace: 9}")
	if err := s.reload(t.Context()); err == nil || !strings.Contains(err.Error(), "voice.yaml: zh: pace 9") || pitch() != -1 {
		t.Errorf("%v, pitch %v: want that it is refused and the old stays", err, pitch())
	}
}

func TestAShopIsReloadedForTheNextCallAndTheRunningOneKeepsItsVersion(t *testing.T) {
	folder, s := stocked(t)
	running := flow.New(s.config().Flow, dialog.English)
	change(t, filepath.Join(folder, "flows.yaml"), "points.balance, with:", "points.none, with:")
	if err := s.reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	answer := func(c *flow.Conversation) string {
		c.Step(flow.Input{Kind: flow.Begin, Person: &flow.Person{Known: true}})
		out := c.Step(flow.Input{Kind: flow.Words, Text: "How many points do I have?"})
		out = c.Step(flow.Input{Kind: flow.Done, Result: &flow.Result{ID: out.Operations[0].ID, OK: true, Rows: []map[string]string{{"points": "1"}}}})
		return out.Acts[0].Name
	}
	if got := answer(flow.New(s.config().Flow, dialog.English)); got != "points.none" {
		t.Errorf("the next call says %s: want the new points.none", got)
	}
	if got := answer(running); got != "points.balance" {
		t.Errorf("the running call says %s: want its own points.balance", got)
	}
}

func TestAShopThatCannotBeLoadedIsRefusedWithItsPlaceAndTheOldStays(t *testing.T) {
	for _, tt := range []struct{ file, from, to, want string }{
		{"flows.yaml", "next: which", "next: witch", `flows.yaml:`},
		{"flows.yaml", "next: which", "next: witch", `next "witch": flow order.status has no such node`},
		{"wording.yaml", "points.balance:", "points.ballance:", `act "points.balance" has no words in "zh"`},
		{"routing.yaml", "threshold.failures", "threshold.failure", "rule failures"},
		{"nlu.yaml", `(track|tracking|`, `(track|tracking(|`, "nlu.yaml"},
		{"names.yaml", "- {id: tent", "- {idd: tent", "names.yaml:"},
	} {
		t.Run(tt.file+" "+tt.to, func(t *testing.T) {
			folder, s := stocked(t)
			old := s.now.Load()
			change(t, filepath.Join(folder, tt.file), tt.from, tt.to)
			if err := s.reload(t.Context()); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v: want %q in it", err, tt.want)
			}
			if s.now.Load() != old || s.failed == "" {
				t.Error("the shop before was not kept, or the refusal was not")
			}
		})
	}
}

func TestThresholdsChangeWhileRunningAndAreKept(t *testing.T) {
	_, s := stocked(t)
	f := &front{ServeMux: http.NewServeMux(), house: s.house, shelf: s}
	f.shopRoutes()
	call := func(method, path, body, token string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("X-Agent", "Li")
		w := httptest.NewRecorder()
		f.ServeHTTP(w, r)
		return w
	}
	if w := call("PUT", "/v1/shop/thresholds", `{"failures": 1}`, "wrong"); w.Code != http.StatusUnauthorized {
		t.Errorf("without the key: %d", w.Code)
	}
	if w := call("PUT", "/v1/shop/thresholds", `{"failure": 1}`, "key"); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "want one of") {
		t.Errorf("a threshold that is not there: %d %s", w.Code, w.Body)
	}
	before := s.config().Flow.RoutingVersion()
	if w := call("PUT", "/v1/shop/thresholds", `{"failures": 1}`, "key"); w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	again, err := newShelf(s.house) // as after a restart
	if err != nil {
		t.Fatal(err)
	}
	for name, shelf := range map[string]*shelf{"running": s, "restarted": again} {
		if got := shelf.config().Flow; got.RoutingVersion() == before || got.Thresholds()["failures"] != float64(1) {
			t.Errorf("%s: failures %v at version %s", name, got.Thresholds()["failures"], got.RoutingVersion())
		}
	}
	if w := call("GET", "/v1/shop", "", "key"); !strings.Contains(w.Body.String(), `"by":"Li"`) {
		t.Errorf("who changed it is not told: %s", w.Body)
	}
}
