package webrtc

import (
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
)

const (
	typeSDP      = "application/sdp"
	typeFragment = "application/trickle-ice-sdpfrag"

	bodyLimit      = 64 << 10 // bytes; a browser's offer is about 3 KB
	candidateLimit = 64       // trickled by one peer
	bodyTimeout    = 10 * time.Second
	gatherTimeout  = 5 * time.Second
	retryAfter     = "5" // seconds
)

// ServeHTTP answers POST to Config.Path with a leg, and PATCH, DELETE and
// OPTIONS to the leg's resource (RFC 9725).
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.allowOrigin(w, r)
	id := strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, s.config.Path), "/")
	if id == "" {
		s.serveEndpoint(w, r)
		return
	}
	s.serveResource(w, r, s.leg(id))
}

// serveEndpoint answers what is asked of Config.Path itself.
func (s *Server) serveEndpoint(w http.ResponseWriter, r *http.Request) {
	const allowed = "POST, OPTIONS"
	switch {
	case r.Method == http.MethodOptions:
		if s.bearers.open(r) { // a browser's own question about origins bears no token
			s.link(w.Header())
		}
		options(w, allowed)
	case r.Method != http.MethodPost:
		notAllowed(w, allowed)
	case !s.bearers.open(r):
		unauthorized(w, r)
	default:
		s.answer(w, r, Accepting{Handle: s.config.Handle, Admit: s.config.Admit, guarded: true})
	}
}

// serveResource answers what is asked of a call; leg is nil when there is none.
func (s *Server) serveResource(w http.ResponseWriter, r *http.Request, leg *Leg) {
	const allowed = "PATCH, DELETE, OPTIONS"
	switch {
	case r.Method == http.MethodOptions:
		options(w, allowed)
	case r.Method != http.MethodPatch && r.Method != http.MethodDelete:
		notAllowed(w, allowed)
	case leg == nil:
		problem.Write(w, http.StatusNotFound, "there is no such call")
	case leg.guarded && !s.bearers.open(r):
		unauthorized(w, r)
	case r.Method == http.MethodPatch:
		s.patch(w, r, leg)
	default:
		s.hangUp(w, leg)
	}
}

func options(w http.ResponseWriter, allowed string) {
	w.Header().Set("Allow", allowed)
	w.Header().Set("Accept-Post", typeSDP)
	w.Header().Set("Accept-Patch", typeFragment)
	w.WriteHeader(http.StatusNoContent)
}

func notAllowed(w http.ResponseWriter, allowed string) {
	w.Header().Set("Allow", allowed)
	problem.Write(w, http.StatusMethodNotAllowed, "this resource takes "+allowed)
}

// Answer answers the WHIP offer in r with a leg that handle carries, for a
// route other than Config.Path, such as an agent's own sound. It takes none of
// the lines that Config.Admit counts, and asks for none of Config.Tokens. The
// leg's resource is below Config.Path all the same.
func (s *Server) Answer(w http.ResponseWriter, r *http.Request, handle Handler) {
	s.answer(w, r, Accepting{Handle: handle})
}

func (s *Server) answer(w http.ResponseWriter, r *http.Request, a Accepting) {
	offer, ok := s.readBody(w, r, typeSDP)
	if !ok {
		return
	}
	query := r.URL.Query()
	a.Request = Request{Lang: query.Get("lang"), As: query.Get("as"), Remote: r.RemoteAddr}
	answer, call, err := s.Accept(r.Context(), string(offer), a)
	if err != nil {
		s.refuse(w, err)
		return
	}
	w.Header().Set("Content-Type", typeSDP)
	w.Header().Set("Location", s.config.Path+"/"+call.ID())
	w.Header().Set("ETag", call.leg.etag())
	w.Header().Set("Accept-Patch", typeFragment)
	s.link(w.Header())
	w.WriteHeader(http.StatusCreated)
	_, _ = io.WriteString(w, answer)
}

// refuse says why an offer was not accepted.
func (s *Server) refuse(w http.ResponseWriter, err error) {
	switch {
	case errors.Is(err, ErrOffer):
		problem.Write(w, http.StatusBadRequest, err.Error())
	case errors.Is(err, ErrBusy):
		busy(w, strings.TrimPrefix(err.Error(), ErrBusy.Error()+": "))
	case errors.Is(err, ErrClosed):
		busy(w, "the server is closing")
	default:
		s.config.Log.Error("no peer connection for a call", "error", err)
		problem.Write(w, http.StatusInternalServerError, "the server cannot open a peer connection")
	}
}

// hangUp ends the leg at the peer's wish.
func (s *Server) hangUp(w http.ResponseWriter, leg *Leg) {
	if !s.remove(leg) {
		problem.Write(w, http.StatusNotFound, "there is no such call")
		return
	}
	leg.over("peer hung up")
	w.WriteHeader(http.StatusOK)
}

// allowOrigin answers CORS for the configured origins and no other.
func (s *Server) allowOrigin(w http.ResponseWriter, r *http.Request) {
	origin := r.Header.Get("Origin")
	if origin == "" || len(s.config.Origins) == 0 {
		return
	}
	if !slices.Contains(s.config.Origins, "*") && !slices.Contains(s.config.Origins, origin) {
		return
	}
	header := w.Header()
	header.Set("Access-Control-Allow-Origin", origin)
	header.Add("Vary", "Origin")
	header.Set("Access-Control-Expose-Headers", "Location, ETag, Link, Retry-After, WWW-Authenticate")
	if r.Method == http.MethodOptions {
		header.Set("Access-Control-Allow-Methods", "POST, PATCH, DELETE")
		header.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, If-Match")
		header.Set("Access-Control-Max-Age", "600")
	}
}

// readBody reads r's body, which must be of that type and come in time, or
// answers why not.
func (s *Server) readBody(w http.ResponseWriter, r *http.Request, contentType string) ([]byte, bool) {
	got, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || got != contentType {
		problem.Write(w, http.StatusUnsupportedMediaType, "Content-Type must be "+contentType)
		return nil, false
	}
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(s.slow)) // a recorder in a test has none
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyLimit))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		problem.Write(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("the body may have %d bytes", bodyLimit))
		return nil, false
	case errors.Is(err, os.ErrDeadlineExceeded):
		w.Header().Set("Connection", "close")
		problem.Write(w, http.StatusRequestTimeout, fmt.Sprintf("the body must come within %v", s.slow))
		return nil, false
	case err != nil:
		problem.Write(w, http.StatusBadRequest, "the body ended early")
		return nil, false
	}
	_ = control.SetReadDeadline(time.Time{}) // or the answer's context would end with it
	return body, true
}

func busy(w http.ResponseWriter, reason string) {
	w.Header().Set("Retry-After", retryAfter)
	problem.Write(w, http.StatusServiceUnavailable, reason)
}
