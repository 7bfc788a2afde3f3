package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"huike/dialog"
	"huike/member"
	"huike/member/access"
	"huike/session/journal"
)

// unheard is a store of calls, each of whose callers says something that is not answered.
func unheard(t *testing.T, said ...string) *journal.Store {
	t.Helper()
	return unheardIn(t, t.TempDir(), said...)
}

// unheardIn is unheard in a folder.
func unheardIn(t *testing.T, data string, said ...string) *journal.Store {
	t.Helper()
	calls := must(journal.OpenStore(data))
	t.Cleanup(func() { _ = calls.Close() })
	for i, text := range said {
		w := must(calls.Create(fmt.Sprintf("c_%d", i), time.Date(2026, 3, 1, 9, i, 0, 0, time.UTC)))
		for _, e := range []journal.Event{
			{Type: journal.TypeStarted, Lang: dialog.English},
			{Type: journal.TypeCaption, Party: dialog.Caller, Text: text, Final: true},
			{Type: journal.TypeAct, Act: &dialog.Act{Name: "cannot_help"}},
		} {
			if err := w.Write(e); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return calls
}

func TestAJournalIsReadOnceForWhatWasSaid(t *testing.T) {
	calls := unheard(t, "do you sell llamas", "what is the moon made of")
	var c saidCache
	for range 3 {
		if said, unread := c.turns(calls, quiet()); unread != 0 || len(said) != 2 || said[0].text != "do you sell llamas" {
			t.Fatal(said, unread)
		}
	}
	if c.reads != 2 {
		t.Errorf("%d journals were read of 2", c.reads)
	}
	if err := calls.Delete("c_0"); err != nil {
		t.Fatal(err)
	}
	if said, unread := c.turns(calls, quiet()); unread != 0 || len(said) != 1 || len(c.calls) != 1 {
		t.Errorf("of a call that is deleted something is held: %v %v", said, unread)
	}
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func TestACallThatCannotBeReadKeepsNoOtherFromBeingLearntFrom(t *testing.T) {
	data := t.TempDir()
	calls := unheardIn(t, data, "do you sell llamas", "what is the moon made of")
	if err := os.WriteFile(filepath.Join(data, "calls", "c_0", "journal.jsonl"), []byte("{\n{}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var c saidCache
	var log bytes.Buffer
	for range 3 {
		if said, unread := c.turns(calls, slog.New(slog.NewTextHandler(&log, nil))); unread != 1 || len(said) != 1 || said[0].text != "what is the moon made of" {
			t.Fatal(said, unread)
		}
	}
	if c.reads != 2 || strings.Count(log.String(), "call=c_0") != 1 {
		t.Errorf("%d journals were read, logged %q", c.reads, log.String())
	}
}

// TestARollbackShowsNothingThatWasSaid is for who may change settings and not read calls.
func TestARollbackShowsNothingThatWasSaid(t *testing.T) {
	_, s := stocked(t)
	h := s.house
	h.calls, h.guard = unheard(t, "do you sell llamas"), &access.Guard{Tokens: byRole{}, Trail: h.audit}
	f := &front{ServeMux: http.NewServeMux(), house: h, shelf: s}
	f.learnRoutes()
	ask := func(path, body, want string) {
		t.Helper()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer hk_admin")
		w := httptest.NewRecorder()
		f.ServeHTTP(w, r)
		if got := w.Body.String(); w.Code != http.StatusOK || !strings.Contains(got, want) || strings.Contains(got, "llamas") {
			t.Errorf("%s: %d %s", path, w.Code, got)
		}
	}
	ask("/v1/knowledge/approve", `{"question":"are you open at night","en":"No."}`, `"n":1`)
	ask("/v1/knowledge/rollback", `{"version":1}`, `{"version":2}`)
}

// byRole has a token hk_ROLE for each role.
type byRole struct{}

// Token is [access.Tokens].
func (byRole) Token(_ context.Context, hash string) (access.Token, error) {
	for _, role := range access.Roles() {
		if access.Hash("hk_"+string(role)) == hash {
			p := access.Principal{ID: "t", Name: "somebody", Role: role}
			if role.Scoped() {
				p.Scope = member.Scope{Partner: "p"}
			}
			return access.Token{Principal: p, Expires: time.Now().Add(time.Hour)}, nil
		}
	}
	return access.Token{}, access.ErrToken
}

// TestWhichRoleMayLearn holds each learning route to each role.
func TestWhichRoleMayLearn(t *testing.T) {
	_, s := stocked(t)
	h := s.house
	h.calls, h.guard = unheard(t, "do you sell llamas"), &access.Guard{Tokens: byRole{}, Trail: h.audit}
	f := &front{ServeMux: http.NewServeMux(), house: h, shelf: s}
	f.learnRoutes()
	for route, may := range map[string]string{
		"GET /v1/knowledge":           "agent supervisor",
		"GET /v1/quality":             "agent supervisor",
		"POST /v1/knowledge/approve":  "supervisor admin",
		"POST /v1/knowledge/rollback": "supervisor admin",
	} {
		method, path, _ := strings.Cut(route, " ")
		for _, role := range append(access.Roles(), "") {
			r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(`{}`))
			r.Header.Set("Authorization", "Bearer hk_"+string(role))
			w := httptest.NewRecorder()
			f.ServeHTTP(w, r)
			want := strings.Contains(" "+may+" ", " "+string(role)+" ") && role != ""
			if out := w.Code == http.StatusUnauthorized || w.Code == http.StatusForbidden; out == want {
				t.Errorf("%s by %q: %d", route, role, w.Code)
			}
		}
	}
}
