package realtime

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"huike/session/webrtc"
)

const (
	bodyLimit    = 256 << 10 // bytes of a request
	channel      = "oai-events"
	channelLimit = 64 << 10 // bytes of one event on it
)

var errBody = errors.New("the body is not what its content type says, or is longer than 256 KiB")

// cross lets pages of other sites in, or not, and says whether to go on.
func (s *Server) cross(w http.ResponseWriter, r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	from, err := url.Parse(origin)
	same := err == nil && strings.EqualFold(from.Host, r.Host)
	if s.config.AnyKey && !same && !slices.Contains(s.config.Origins, "*") && !slices.Contains(s.config.Origins, origin) {
		refuse(w, http.StatusForbidden, "invalid_origin", "Pages of this origin may not call; see --origins.")
		return false
	}
	header := w.Header()
	header.Set("Access-Control-Allow-Origin", origin) // no cookie means anything here: a key is asked for
	header.Add("Vary", "Origin")
	header.Set("Access-Control-Expose-Headers", "Location")
	if r.Method != http.MethodOptions {
		return true
	}
	header.Set("Access-Control-Allow-Methods", "GET, POST, OPTIONS")
	header.Set("Access-Control-Allow-Headers", cmpHeader(r.Header.Get("Access-Control-Request-Headers")))
	header.Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
	return false
}

func cmpHeader(asked string) string {
	if asked == "" {
		return "authorization, content-type"
	}
	return asked
}

// offer answers a client's SDP.
func (s *Server) offer(w http.ResponseWriter, r *http.Request) {
	if s.config.WebRTC == nil {
		refuse(w, http.StatusNotImplemented, "unsupported_value", "This server has no WebRTC.")
		return
	}
	who := guestOf(r)
	sdp, given, err := s.readOffer(w, r)
	if err != nil {
		refuse(w, http.StatusBadRequest, "invalid_request", err.Error())
		return
	}
	leg := newLeg(nil, false, who.may, s.config.Log)
	var f *fault
	leg.talk.settings, f = who.session(&leg.talk.teller, r.URL.Query().Get("model"), given)
	if f != nil {
		refuse(w, http.StatusBadRequest, f.code, f.message)
		return
	}
	answer, call, err := s.config.WebRTC.Accept(r.Context(), sdp, webrtc.Accepting{
		Admit: s.config.Admit, Channel: channel, MessageLimit: channelLimit, Request: webrtc.Request{Remote: r.RemoteAddr},
		Handle: func(ctx context.Context, peer *webrtc.Leg, _ webrtc.Request) { s.carryPeer(ctx, leg, peer, r) },
	})
	switch {
	case errors.Is(err, webrtc.ErrOffer):
		refuse(w, http.StatusBadRequest, "invalid_offer", err.Error())
		return
	case errors.Is(err, webrtc.ErrBusy):
		w.Header().Set("Retry-After", "5")
		refuse(w, http.StatusServiceUnavailable, "busy", err.Error())
		return
	case err != nil:
		refuse(w, http.StatusInternalServerError, "server_error", "The call could not be taken.")
		return
	}
	w.Header().Set("Location", "/v1/realtime/calls/"+call.ID())
	w.Header().Set("Content-Type", "application/sdp")
	w.WriteHeader(http.StatusCreated)
	_, _ = io.WriteString(w, answer) //nolint:gosec // SDP, and said to be; a client that has gone does not call
}

// carryPeer carries one WebRTC call.
func (s *Server) carryPeer(ctx context.Context, leg *Leg, peer *webrtc.Leg, r *http.Request) {
	leg.carrier, leg.peer = peer, peer
	leg.step(func(t *talk) { t.greet("") })
	over := make(chan struct{})
	go func() {
		defer close(over)
		leg.listen()
	}()
	defer func() {
		_ = leg.Close("call over")
		<-over
	}()
	s.run(ctx, leg, r)
}

// readOffer is the SDP in a request, and the session beside it, if any.
func (s *Server) readOffer(w http.ResponseWriter, r *http.Request) (sdp string, session fields, err error) {
	r.Body = http.MaxBytesReader(w, r.Body, bodyLimit)
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind != "multipart/form-data" {
		text, err := io.ReadAll(r.Body)
		if err != nil || kind != "application/sdp" {
			return "", nil, errors.New("send the offer as application/sdp, or as multipart/form-data with sdp and session")
		}
		return string(text), nil, nil
	}
	if err := r.ParseMultipartForm(bodyLimit); err != nil { //nolint:gosec // MaxBytesReader bounds it
		return "", nil, errBody
	}
	defer func() { _ = r.MultipartForm.RemoveAll() }()
	if sdp, err = part(r, "sdp"); err != nil {
		return "", nil, err
	}
	text, err := part(r, "session")
	if err != nil {
		return "", nil, err
	}
	if text != "" && json.Unmarshal([]byte(text), &session) != nil {
		return "", nil, errors.New("the part session is not a JSON object")
	}
	return sdp, session, nil
}

// part is one part of a form, whether it came as a field or as a file.
func part(r *http.Request, name string) (string, error) {
	if text := r.FormValue(name); text != "" {
		return text, nil
	}
	file, _, err := r.FormFile(name)
	if errors.Is(err, http.ErrMissingFile) {
		return "", nil
	}
	if err != nil {
		return "", errBody
	}
	defer func() { _ = file.Close() }()
	text, err := io.ReadAll(file)
	if err != nil {
		return "", errBody
	}
	return string(text), nil
}

// session is the session of a guest who asks for such a one.
func (g guest) session(ids *teller, model string, given fields) (settings, *fault) {
	var s settings
	if g.settings != nil {
		s = *g.settings
	} else {
		if named, ok := given["model"].(string); ok {
			model = named
		}
		s = newSettings(ids.id("sess"), model)
	}
	if given == nil {
		s.object = clone(s.object)
		return s, nil
	}
	return s.updated(given)
}

// hangup ends a WebRTC call.
func (s *Server) hangup(w http.ResponseWriter, r *http.Request) {
	if s.config.WebRTC != nil {
		if call := s.config.WebRTC.Resource(r.PathValue("id")); call != nil && call.Close() {
			w.WriteHeader(http.StatusOK)
			return
		}
	}
	refuse(w, http.StatusNotFound, "call_id_not_found", "There is no such call.")
}

// clientSecret makes a key for a page.
func (s *Server) clientSecret(w http.ResponseWriter, r *http.Request) {
	var body struct {
		ExpiresAfter struct {
			Seconds int64 `json:"seconds"`
		} `json:"expires_after"`
		Session fields `json:"session"`
	}
	if !s.readJSON(w, r, &body) {
		return
	}
	life := time.Duration(body.ExpiresAfter.Seconds) * time.Second
	if body.ExpiresAfter.Seconds == 0 {
		life = secretLife
	}
	if body.ExpiresAfter.Seconds > int64(longestLife/time.Second) || life < shortestLife {
		refuse(w, http.StatusBadRequest, "invalid_value", "expires_after.seconds must be between 10 and 7200.")
		return
	}
	if made, key, until, ok := s.makeSecret(w, r, body.Session, life); ok {
		answer(w, http.StatusOK, fields{"value": key, "expires_at": until.Unix(), "session": made.object})
	}
}

// betaSession is clientSecret as the beta had it.
func (s *Server) betaSession(w http.ResponseWriter, r *http.Request) {
	var body fields
	if !s.readJSON(w, r, &body) {
		return
	}
	if made, key, until, ok := s.makeSecret(w, r, body, time.Minute); ok {
		session := made.beta()
		session["client_secret"] = fields{"value": key, "expires_at": until.Unix()}
		answer(w, http.StatusOK, session)
	}
}

func (s *Server) readJSON(w http.ResponseWriter, r *http.Request, body any) bool {
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyLimit))
	if err == nil && len(text) > 0 {
		err = json.Unmarshal(text, body)
	}
	if err != nil {
		refuse(w, http.StatusBadRequest, "invalid_json", "The body is not the JSON object that this path wants.")
	}
	return err == nil
}

// makeSecret makes a key for such a session. A page's key makes no others.
func (s *Server) makeSecret(w http.ResponseWriter, r *http.Request, given fields, life time.Duration) (settings, string, time.Time, bool) {
	none := settings{}
	who := guestOf(r)
	if !who.own {
		refuse(w, http.StatusForbidden, "insufficient_permissions", "An ephemeral key makes no others.")
		return none, "", time.Time{}, false
	}
	ids := newTeller(nil, nil)
	made, f := who.session(&ids, "", given)
	if f != nil {
		refuse(w, http.StatusBadRequest, f.code, f.message)
		return none, "", time.Time{}, false
	}
	key, until, ok := s.keys.make(made, life, time.Now())
	if !ok {
		w.Header().Set("Retry-After", "60")
		refuse(w, http.StatusServiceUnavailable, "busy", fmt.Sprintf("%d keys are waiting to be used.", mostSecrets))
	}
	return made, key, until, ok
}
