package deskapi_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"huike/dialog"
	"huike/session/handoff"
	"huike/session/handoff/deskapi"
	"huike/session/journal"
)

// house is a served desk with one kept call.
type house struct {
	t     *testing.T
	desk  *handoff.Desk
	store *journal.Store
	url   string

	mu      sync.Mutex
	audited []string
}

func newHouse(t *testing.T, change func(*deskapi.Config)) *house {
	t.Helper()
	dir := t.TempDir()
	store, err := journal.OpenStore(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	w, err := store.Create("c_old", time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range []journal.Event{
		{Type: journal.TypeStarted, Call: "c_old", Lang: dialog.English},
		{Type: journal.TypeCaption, Party: dialog.Caller, Turn: 1, Text: "hello", Final: true, At: 900},
		{Type: journal.TypeEnded, Disposition: dialog.Completed, By: dialog.Caller, At: 2000},
	} {
		if err := w.Write(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "calls", "c_old", "recording.wav"), []byte("RIFF0123456789"), 0o600); err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, desk: handoff.New(handoff.Config{}), store: store}
	config := deskapi.Config{
		Desk: h.desk, Store: store, Token: token,
		Audit: func(_ context.Context, did deskapi.Access) {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.audited = append(h.audited, strings.Join(strings.Fields(strings.Join([]string{
				did.Agent, did.Action, did.Call, string(did.Member), did.Fields,
			}, " ")), " "))
		},
	}
	if change != nil {
		change(&config)
	}
	server := httptest.NewServer(deskapi.New(config))
	t.Cleanup(server.Close)
	h.url = server.URL
	return h
}

// answer is what a page gets.
type answer struct {
	status int
	kind   string // its Content-Type
	body   string
}

// ask sends a request with the token.
func (h *house) ask(method, path string, header ...string) answer {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), method, h.url+path, nil)
	if err != nil {
		h.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	body, err := io.ReadAll(got.Body)
	if err = errors.Join(err, got.Body.Close()); err != nil {
		h.t.Fatal(err)
	}
	return answer{status: got.StatusCode, kind: got.Header.Get("Content-Type"), body: string(body)}
}

func (h *house) request() {
	h.desk.Request(h.t.Context(), handoff.Ticket{
		Call: "c_1", Person: "m_1", Lang: dialog.English, Reason: dialog.ReasonComplaint, Said: "The shoes fell apart.",
		Slots: []dialog.Slot{{Name: "order_number", Value: "10023"}}, Intent: "complaint",
	})
}
