package connect

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"
)

const longestHook = 8 << 20 // bytes

// Receive serves POST /v1/hooks/{name}: what a system pushes, signed with its secret. The
// answer is 200 with the counts once its events are in the store or in the dead letters; 401
// where the signature or its time is wrong, 400 where the body is none, 503 where the store
// does not answer: send the same again, nothing counts twice. now is the clock; nil is the
// machine's.
func Receive(hooks []*Hook, in Taker, now func() time.Time) http.Handler {
	if now == nil {
		now = time.Now
	}
	named := map[string]*Hook{}
	for _, h := range hooks {
		named[h.Name] = h
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := named[r.PathValue("name")]
		if h == nil {
			fail(w, http.StatusNotFound, "no hook has this name")
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, longestHook))
		if err != nil {
			fail(w, http.StatusRequestEntityTooLarge, "want at most 8 MiB")
			return
		}
		if err := Verify(h.secret, r.Header, body, now()); err != nil {
			fail(w, http.StatusUnauthorized, err.Error())
			return
		}
		var said any
		rows, err := []any(nil), json.Unmarshal(body, &said)
		if err == nil {
			rows, err = h.all(said)
		} else {
			err = errors.New("the body is no JSON")
		}
		if err != nil {
			fail(w, http.StatusBadRequest, err.Error())
			return
		}
		var report Report
		if _, err := h.take(r.Context(), in, "/hook/"+h.Name, rows, &report); err != nil {
			fail(w, http.StatusServiceUnavailable, "the store does not answer; send the same again")
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(report) // a client that has gone reads nothing
	})
}

// fail answers as RFC 9457 has it.
func fail(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"title": http.StatusText(status), "status": status, "detail": detail})
}
