package deskapi_test

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"huike/dialog"
	"huike/session/handoff"
)

// TestWhatAnAgentWantsOfTheCallersLine asks for transfers and keys as the page does.
func TestWhatAnAgentWantsOfTheCallersLine(t *testing.T) {
	h := newHouse(t, nil)
	pending := h.desk.Request(t.Context(), handoff.Ticket{Call: "c_1", Lang: dialog.English})
	if got := h.post("transfer", `{"to":"4711"}`); got != http.StatusConflict {
		t.Errorf("a transfer of a call that nobody has: %d", got)
	}
	if got := h.post("take", ""); got != http.StatusOK {
		t.Fatalf("take: %d", got)
	}
	for body, want := range map[string]int{
		`{"to":"sip:accounts@pbx.example"}`:   http.StatusNoContent,
		`{"to":"+8675512345678"}`:             http.StatusNoContent,
		`{"to":"sip:a b"}`:                    http.StatusUnprocessableEntity,
		`{"to":"https://elsewhere.example/"}`: http.StatusUnprocessableEntity,
		`{}`:                                  http.StatusUnprocessableEntity,
	} {
		if got := h.post("transfer", body); got != want {
			t.Errorf("transfer %s: %d, want %d", body, got, want)
		}
	}
	if got := h.post("keys", `{"keys":"12#"}`); got != http.StatusNoContent {
		t.Errorf("keys: %d", got)
	}
	if got := h.post("keys", `{"keys":"five"}`); got != http.StatusUnprocessableEntity {
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
	slices.Sort(wishes)
	if diff := cmp.Diff([]string{"", "+8675512345678", "12#", "sip:accounts@pbx.example"}, wishes); diff != "" {
		t.Errorf("the session was told (-want +got):\n%s", diff)
	}
	rows := h.rows()
	if strings.Count(rows, "transfer c_1") != 2 || strings.Count(rows, "keys c_1") != 1 || strings.Contains(rows, "4711") {
		t.Errorf("audited: %s", rows)
	}
}

// post asks for something on the line of the call c_1, and returns the status.
func (h *house) post(path, body string) int {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), http.MethodPost, h.url+"/v1/desk/calls/c_1/"+path, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Agent", "Li")
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, got.Body)
	_ = got.Body.Close()
	return got.StatusCode
}
