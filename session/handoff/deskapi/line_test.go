package deskapi_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"huike/dialog"
	"huike/session/handoff"
)

// TestWhatAnAgentWantsOfTheCallersLine asks for transfers and keys as the page does.
func TestWhatAnAgentWantsOfTheCallersLine(t *testing.T) {
	h := newHouse(t, nil)
	pending := h.desk.Request(t.Context(), handoff.Ticket{Call: "c_1", Lang: dialog.English})
	post := func(path, body string) int {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.url+"/v1/desk/calls/c_1/"+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-Agent", "Li")
		got, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, got.Body)
		_ = got.Body.Close()
		return got.StatusCode
	}
	if got := post("transfer", `{"to":"4711"}`); got != http.StatusConflict {
		t.Errorf("a transfer of a call that nobody has: %d", got)
	}
	if got := post("take", ""); got != http.StatusOK {
		t.Fatalf("take: %d", got)
	}
	for body, want := range map[string]int{
		`{"to":"sip:accounts@pbx.example"}`:   http.StatusNoContent,
		`{"to":"+8675512345678"}`:             http.StatusNoContent,
		`{"to":"sip:a b"}`:                    http.StatusUnprocessableEntity,
		`{"to":"https://elsewhere.example/"}`: http.StatusUnprocessableEntity,
		`{}`:                                  http.StatusUnprocessableEntity,
	} {
		if got := post("transfer", body); got != want {
			t.Errorf("transfer %s: %d, want %d", body, got, want)
		}
	}
	if got := post("keys", `{"keys":"12#"}`); got != http.StatusNoContent {
		t.Errorf("keys: %d", got)
	}
	if got := post("keys", `{"keys":"five"}`); got != http.StatusUnprocessableEntity {
		t.Errorf("keys that are none: %d", got)
	}
	var wishes []string
	for range 4 {
		outcome, err := pending.Wait(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		wishes = append(wishes, outcome.To+outcome.Keys)
	}
	if got := strings.Join(wishes[1:], " "); !strings.Contains(got, "sip:accounts@pbx.example") || wishes[3] != "12#" {
		t.Errorf("the session was told %q", wishes)
	}
	if got := h.rows(); strings.Count(got, "transfer c_1") != 2 || strings.Count(got, "keys c_1") != 1 || strings.Contains(got, "4711") {
		t.Errorf("audited: %s", got)
	}
}
