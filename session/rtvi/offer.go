package rtvi

import (
	"crypto/rand"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"huike/session/problem"
	"huike/session/webrtc"
)

const (
	mostSessions = 1024            // kept at a time; the oldest gives way
	mostData     = 16 << 10        // bytes of one's request data: twice what a call is told of it
	sessionLife  = 2 * time.Minute // from start to the last first offer
	mostContext  = 16              // values of the request data that a call is told
	longestValue = 256             // bytes of one of them
	mostAtOnce   = 64              // candidates in one PATCH
)

// offered is the body of an offer.
type offered struct {
	SDP     string          `json:"sdp"`
	Type    string          `json:"type"`
	ID      string          `json:"pc_id"`
	Restart bool            `json:"restart_pc"`
	Data    json.RawMessage `json:"requestData"` // as the JavaScript SDK writes it
	DataToo json.RawMessage `json:"request_data"`
}

// offer answers the SDP of a new call, or of one that goes on: over another
// connection with restart_pc, over the same one without.
func (s *Server) offer(w http.ResponseWriter, r *http.Request, session string) {
	var body offered
	if !read(w, r, &body, false) {
		return
	}
	if body.Type != "offer" || body.SDP == "" {
		problem.Write(w, http.StatusBadRequest, `an offer has sdp and the type "offer"`)
		return
	}
	if body.ID != "" {
		s.again(w, r, body)
		return
	}
	data := body.Data
	if len(data) == 0 || string(data) == "null" {
		data = body.DataToo
	}
	started, ok := s.started(session)
	if !ok {
		problem.Write(w, http.StatusNotFound, "there is no such session, or it has waited too long: start again")
		return
	}
	if len(data) == 0 || string(data) == "null" {
		data = started
	}
	release := func() {}
	if s.config.Admit != nil {
		var err error
		if release, err = s.config.Admit(); err != nil {
			busy(w, err.Error())
			return
		}
	}
	s.begin(w, r, body.SDP, data, release)
}

// begin makes a new call and connects it.
func (s *Server) begin(w http.ResponseWriter, r *http.Request, offer string, data json.RawMessage, release func()) {
	req, operations := s.request(r, data)
	c, err := s.open(r.Context(), req, release)
	if err != nil {
		release()
		s.fail(w, err)
		return
	}
	if len(operations) > 0 {
		c.leg.push(encode(fields{"type": "operates", "operations": operations}))
	}
	c.signalling.Lock()
	defer c.signalling.Unlock()
	answer, err := s.connect(r.Context(), c, offer)
	if err != nil {
		s.fail(w, err)
		return
	}
	answerJSON(w, fields{"sdp": answer, "type": "answer", "pc_id": c.id})
}

// again answers another offer of a call that goes on.
func (s *Server) again(w http.ResponseWriter, r *http.Request, body offered) {
	c := s.call(body.ID)
	if c == nil {
		problem.Write(w, http.StatusNotFound, "there is no such call: it is over")
		return
	}
	c.signalling.Lock()
	defer c.signalling.Unlock()
	var answer string
	var err error
	if body.Restart || c.resource == nil {
		answer, err = s.connect(r.Context(), c, body.SDP)
	} else {
		answer, err = c.resource.Renegotiate(r.Context(), body.SDP)
	}
	if err != nil {
		s.fail(w, err)
		return
	}
	answerJSON(w, fields{"sdp": answer, "type": "answer", "pc_id": c.id})
}

// trickle adds late candidates.
func (s *Server) trickle(w http.ResponseWriter, r *http.Request) {
	var body struct {
		ID         string `json:"pc_id"`
		Candidates []struct {
			Candidate string `json:"candidate"`
		} `json:"candidates"`
	}
	if !read(w, r, &body, false) {
		return
	}
	c := s.call(body.ID)
	if c == nil {
		problem.Write(w, http.StatusNotFound, "there is no such call: it is over")
		return
	}
	if len(body.Candidates) > mostAtOnce {
		problem.Write(w, http.StatusBadRequest, "there are too many candidates")
		return
	}
	c.signalling.Lock()
	resource := c.resource
	c.signalling.Unlock()
	if resource == nil {
		problem.Write(w, http.StatusConflict, "the call has no connection yet")
		return
	}
	for _, one := range body.Candidates {
		if err := resource.AddCandidate(one.Candidate); err != nil {
			s.fail(w, err)
			return
		}
	}
	answerJSON(w, fields{"status": "success"})
}

// sessions are the request data of calls that were started.
type sessions map[string]waiting

type waiting struct {
	data  json.RawMessage
	until time.Time
}

// start keeps what a client wants to be called with, and tells it the ICE servers.
// The SDK makes the address of the offer of the session's id.
func (s *Server) start(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Transport string          `json:"transport"`
		Body      json.RawMessage `json:"body"`
	}
	if !read(w, r, &body, true) {
		return
	}
	if body.Transport != "" && body.Transport != "webrtc" {
		problem.Write(w, http.StatusBadRequest, `the only transport here is "webrtc"`)
		return
	}
	if len(body.Body) > mostData {
		problem.Write(w, http.StatusRequestEntityTooLarge, "the body of a session may have 16 KiB")
		return
	}
	id := strings.ToLower(rand.Text())
	s.keep(id, body.Body, time.Now())
	answer := fields{"sessionId": id}
	if servers := s.config.WebRTC.ICEServers(); len(servers) > 0 {
		answer["iceConfig"] = fields{"iceServers": describe(servers)}
	}
	answerJSON(w, answer)
}

// describe writes ICE servers as an RTCConfiguration does.
func describe(servers []webrtc.ICEServer) []fields {
	var told []fields
	for _, server := range servers {
		one := fields{"urls": []string{server.URL}}
		if server.Username != "" {
			one["username"], one["credential"] = server.Username, server.Credential
		}
		told = append(told, one)
	}
	return told
}

// keep keeps a session's data. Where there is no room the oldest session goes: its
// client has had the longest time for its offer.
func (s *Server) keep(id string, data json.RawMessage, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	oldest, soonest := "", time.Time{}
	for old, one := range s.sessions {
		if now.After(one.until) {
			delete(s.sessions, old)
		} else if oldest == "" || one.until.Before(soonest) {
			oldest, soonest = old, one.until
		}
	}
	if len(s.sessions) >= mostSessions {
		delete(s.sessions, oldest)
	}
	s.sessions[id] = waiting{data: slices.Clone(data), until: now.Add(sessionLife)}
}

// started returns a session's data. It stays until its time is over: a client
// whose offer failed comes back with another. No session at all has none.
func (s *Server) started(id string) (data json.RawMessage, ok bool) {
	if id == "" {
		return nil, true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	one, ok := s.sessions[id]
	return one.data, ok && time.Now().Before(one.until)
}

// request reads what a client wants: lang, as and operations, from its request data
// or the address; the rest of the data is the call's context.
func (s *Server) request(r *http.Request, data json.RawMessage) (req Request, operations []string) {
	query := r.URL.Query()
	req = Request{
		Lang: query.Get("lang"), As: query.Get("as"), Remote: r.RemoteAddr, Operates: len(s.tokens) > 0,
		Context: map[string]string{},
	}
	var values map[string]json.RawMessage
	_ = json.Unmarshal(data, &values) // anything else than an object says nothing
	for _, key := range slices.Sorted(maps.Keys(values)) {
		name, value := strings.ToLower(key), values[key]
		switch name {
		case "lang":
			req.Lang = plain(value)
		case "as":
			req.As = plain(value)
		case "operations":
			_ = json.Unmarshal(value, &operations)
		default:
			text := plain(value)
			if len(req.Context) < mostContext && len(name) <= longestValue && len(text) <= longestValue && text != "" {
				req.Context[name] = text
			}
		}
	}
	return req, operations
}
