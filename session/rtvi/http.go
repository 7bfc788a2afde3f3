package rtvi

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"huike/session/problem"
	"huike/session/webrtc"
)

const (
	typeJSON    = "application/json"
	bodyLimit   = 128 << 10 // bytes; an offer with video is 10 KB, and is quoted
	bodyTimeout = 10 * time.Second
	retryAfter  = "5" // seconds
)

// ServeHTTP answers, below Config.Path, POST and PATCH of offer (api/offer and
// sessions/{id}/api/offer too) and POST of start, as the small-webrtc transport
// of Pipecat's SDKs sends them.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.allowOrigin(w, r)
	route, session, ok := s.route(r.URL.Path)
	if !ok {
		problem.Write(w, http.StatusNotFound, "there are offer and start here")
		return
	}
	allowed := "POST, PATCH, OPTIONS"
	if route == "start" {
		allowed = "POST, OPTIONS"
	}
	if r.Method == http.MethodOptions {
		w.Header().Set("Allow", allowed)
		w.WriteHeader(http.StatusNoContent)
		return
	}
	if !s.bears(r) {
		w.Header().Set("WWW-Authenticate", `Bearer realm="rtvi"`)
		problem.Write(w, http.StatusUnauthorized, "want Authorization: Bearer TOKEN, with one of the tokens of huike serve --whip-tokens")
		return
	}
	switch {
	case route == "start" && r.Method == http.MethodPost:
		s.start(w, r)
	case route == "offer" && r.Method == http.MethodPost:
		s.offer(w, r, session)
	case route == "offer" && r.Method == http.MethodPatch:
		s.trickle(w, r)
	default:
		w.Header().Set("Allow", allowed)
		problem.Write(w, http.StatusMethodNotAllowed, "this resource takes "+allowed)
	}
}

// route reads a path below Config.Path: its kind, and the session that it names.
func (s *Server) route(path string) (kind, session string, ok bool) {
	parts := strings.Split(strings.Trim(strings.TrimPrefix(path, s.config.Path), "/"), "/")
	if len(parts) == 4 && parts[0] == "sessions" {
		session, parts = parts[1], parts[2:]
	}
	switch strings.Join(parts, "/") {
	case "offer", "api/offer":
		return "offer", session, true
	case "start":
		return "start", "", true
	}
	return "", "", false
}

// bears says whether r bears one of the tokens, or none is asked for.
func (s *Server) bears(r *http.Request) bool {
	if len(s.tokens) == 0 {
		return true
	}
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	given := sha256.Sum256([]byte(strings.TrimSpace(token)))
	found := 0
	for i := range s.tokens {
		found |= subtle.ConstantTimeCompare(s.tokens[i][:], given[:])
	}
	return found == 1 && strings.EqualFold(scheme, "Bearer")
}

// allowOrigin answers CORS for the configured origins and no other.
func (s *Server) allowOrigin(w http.ResponseWriter, r *http.Request) {
	origin, allowed := r.Header.Get("Origin"), s.config.Origins
	if origin == "" || !slices.Contains(allowed, "*") && !slices.Contains(allowed, origin) {
		return
	}
	header := w.Header()
	header.Set("Access-Control-Allow-Origin", origin)
	header.Add("Vary", "Origin")
	header.Set("Access-Control-Expose-Headers", "Retry-After")
	if r.Method == http.MethodOptions {
		header.Set("Access-Control-Allow-Methods", "POST, PATCH")
		header.Set("Access-Control-Allow-Headers", "Authorization, Content-Type")
		header.Set("Access-Control-Max-Age", "600")
	}
}

// read reads r's body into v, or answers why not. None at all leaves v as it is
// where that may be.
func read(w http.ResponseWriter, r *http.Request, v any, mayBeEmpty bool) bool {
	got, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || got != typeJSON {
		problem.Write(w, http.StatusUnsupportedMediaType, "Content-Type must be "+typeJSON)
		return false
	}
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(bodyTimeout)) // a recorder in a test has none
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyLimit))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		problem.Write(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("the body may have %d bytes", bodyLimit))
		return false
	case errors.Is(err, os.ErrDeadlineExceeded):
		w.Header().Set("Connection", "close")
		problem.Write(w, http.StatusRequestTimeout, fmt.Sprintf("the body must come within %v", bodyTimeout))
		return false
	case err != nil:
		problem.Write(w, http.StatusBadRequest, "the body ended early")
		return false
	}
	_ = control.SetReadDeadline(time.Time{}) // or the answer's context would end with it
	if len(body) == 0 && mayBeEmpty {
		return true
	}
	if json.Unmarshal(body, v) != nil {
		problem.Write(w, http.StatusBadRequest, "want a JSON object: {\"sdp\":…,\"type\":\"offer\"} to offer, {\"pc_id\":…,\"candidates\":[…]} to add candidates")
		return false
	}
	return true
}

// fail says why an offer has no answer.
func (s *Server) fail(w http.ResponseWriter, err error) {
	switch {
	case errors.Is(err, webrtc.ErrOffer):
		problem.Write(w, http.StatusBadRequest, err.Error())
	case errors.Is(err, webrtc.ErrClosed), errors.Is(err, errClosed):
		busy(w, "the server is closing")
	case errors.Is(err, errTooMany):
		busy(w, "other connections of this call are on their way")
	default:
		s.config.Log.Error("no peer connection for a call", "error", err)
		problem.Write(w, http.StatusInternalServerError, "the server cannot open a peer connection")
	}
}

func busy(w http.ResponseWriter, reason string) {
	w.Header().Set("Retry-After", retryAfter)
	problem.Write(w, http.StatusServiceUnavailable, reason)
}

func answerJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", typeJSON)
	_, _ = w.Write(encode(v)) // a client that has gone reads nothing
}
