package main

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"huike/member"
	"huike/member/shop"
	"huike/member/store"
)

func TestTheShopsOwnSystems(t *testing.T) {
	var asked []string
	system := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/openapi.yaml" {
			_, _ = w.Write([]byte(`{openapi: 3.0.0, servers: [{url: "http://` + r.Host + `"}], paths: {"/orders/{order_number}": {get: {operationId: order.status}}}}`))
			return
		}
		asked = append(asked, r.URL.Path)
		_, _ = w.Write([]byte(`{"number": "10023", "status": "lost"}`))
	}))
	defer system.Close()

	dir := t.TempDir()
	config := &serverConfig{Data: dir, Demo: true}
	config.Backend = system.URL + "/openapi.yaml"
	h := &house{config: config, log: slog.New(slog.DiscardHandler)}
	defer h.close()
	if err := h.openStore(t.Context(), filepath.Join(dir, "huike.db"), time.Now(), store.Config{Location: time.UTC}); err != nil {
		t.Fatal(err)
	}
	for _, one := range []struct {
		op, who string
		want    string
	}{
		{shop.OpOrder, "m_zhang_li", "lost"},      // there
		{shop.OpOrder, "m_li_ming", "no_consent"}, // not asked there
		{shop.OpPoints, "m_zhang_li", "1280"},     // here
	} {
		r, err := h.session.Shop.Do(t.Context(), member.ID(one.who), one.op, map[string]string{"order_number": "10023"}, "")
		got := r.Code
		if r.OK {
			got = r.Rows[0]["status"] + r.Rows[0]["points"]
		}
		if err != nil || got != one.want {
			t.Errorf("%s of %s: %q, %v; want %q", one.op, one.who, got, err, one.want)
		}
	}
	if len(asked) != 1 || asked[0] != "/orders/10023" {
		t.Error(asked)
	}
}

func TestABackendOrPolicyThatIsNone(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	defer gone.Close()
	for _, from := range []string{"absent.yaml", gone.URL + "/openapi.json"} {
		if _, err := readBackend(t.Context(), from); err == nil || !strings.HasPrefix(err.Error(), "--backend") {
			t.Errorf("%s: %v", from, err)
		}
	}
	dir := t.TempDir()
	h := &house{config: &serverConfig{Shop: dir}}
	if rules, err := h.policy(); err != nil || rules.Version() != "demo-1" {
		t.Error("a folder without rules has the demonstration's:", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "policy.yaml"), []byte("operations: {a: {rules: [{rule: x, refuse: y, when: z}]}}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := h.policy(); err == nil || !strings.Contains(err.Error(), "policy.yaml") {
		t.Error(err)
	}
}
