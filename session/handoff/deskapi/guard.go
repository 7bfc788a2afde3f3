package deskapi

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"huike/session/handoff"
	"huike/session/problem"
)

const (
	maxAgent = 64      // runes of an agent's name
	maxBody  = 1 << 20 // bytes of a request: an SDP offer is some kilobytes
)

// guard lets in who has the token, and sets what every answer says.
func (a *api) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Referrer-Policy", "no-referrer") // an address may hold the token
		w.Header().Set("Cache-Control", "private, no-store")
		if !a.admitted(r) {
			w.Header().Set("WWW-Authenticate", `Bearer realm="huike desk"`)
			problem.Write(w, http.StatusUnauthorized, "the desk's token is missing or wrong")
			return
		}
		if name := agentOf(r); !validAgent(name) {
			problem.Write(w, http.StatusBadRequest, "an agent's name is 1 to 64 printable characters")
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		next.ServeHTTP(w, r)
	})
}

func (a *api) admitted(r *http.Request) bool {
	if a.Token == "" {
		return false
	}
	given, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok && linked(r) {
		given = r.URL.Query().Get("token")
	}
	want, got := sha256.Sum256([]byte(a.Token)), sha256.Sum256([]byte(given))
	return subtle.ConstantTimeCompare(want[:], got[:]) == 1
}

// linked tells whether a page can reach the route without setting a header.
func linked(r *http.Request) bool {
	path := r.URL.Path
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		return path == "/v1/desk/events" || strings.HasSuffix(path, "/recording.wav")
	default:
		return strings.HasPrefix(path, "/v1/desk/calls/") && strings.Contains(path, "/whip")
	}
}

// agentOf returns the agent that a request speaks for.
func agentOf(r *http.Request) string {
	name := r.URL.Query().Get("agent")
	if name == "" {
		name = r.Header.Get("X-Agent")
	}
	if name == "" {
		return handoff.Unnamed
	}
	return name
}

func validAgent(name string) bool {
	if !utf8.ValidString(name) || utf8.RuneCountInString(name) > maxAgent {
		return false
	}
	return strings.IndexFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) < 0
}
