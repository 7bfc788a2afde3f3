package twilio

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"
)

// voice answers a call that comes in: connect it here.
func (s *Server) voice(w http.ResponseWriter, r *http.Request) {
	if s.config.Admit != nil {
		release, err := s.config.Admit()
		if err != nil {
			answer(w, response{Reject: &reject{Reason: "busy"}})
			return
		}
		release() // the WebSocket takes it in a moment
	}
	call, from, lang := r.PostForm.Get("CallSid"), caller(r.PostForm.Get("From")), langOf(r.URL.Query().Get("lang"))
	parameters := []parameter{
		{"from", from},
		{"lang", lang},
		{"pass", pass(s.config.Token, call, from, lang, time.Now().Add(passLife))},
	}
	for name, field := range map[string]string{"to": "To", "diversion": "ForwardedFrom", "stirverstat": "StirVerstat"} {
		if told := r.PostForm.Get(field); told != "" {
			parameters = append(parameters, parameter{name, told})
		}
	}
	there := &connect{Action: s.public(PathAction, false)}
	if r.URL.Query().Get("relay") == "1" {
		there.Relay = &relay{
			URL: s.public(PathRelay, true), Language: tag(lang), DTMF: true, Interruptible: "any", Parameters: parameters,
		}
	} else {
		there.Stream = &stream{URL: s.public(PathMedia, true), Parameters: parameters}
	}
	answer(w, response{Connect: there})
}

// action answers what becomes of a call that is no longer here: a person has it
// from now on, or it ends. A call that was lost here goes to a person too.
func (s *Server) action(w http.ResponseWriter, r *http.Request) {
	h, handed := s.handoffs.take(r.PostForm.Get("CallSid"))
	if told := r.PostForm.Get("HandoffData"); !handed && told != "" {
		handed = json.Unmarshal([]byte(told), &h) == nil && h.ReasonCode != ""
	}
	if h.Target == "" || !IsTarget(h.Target) {
		h.Target = s.config.Dial
	}
	lost := r.PostForm.Get("SessionStatus") == "failed"
	gone := r.PostForm.Get("CallStatus") == "completed"
	if (handed || lost) && !gone && h.Target != "" {
		answer(w, response{Dial: dialTo(h.Target, h.Call)})
		return
	}
	answer(w, response{Hangup: &struct{}{}})
}

// handoffData is what Twilio keeps of a handoff and tells the action webhook:
// why, and by which id a person finds the call's brief. Nothing of the caller.
type handoffData struct {
	ReasonCode string `json:"reasonCode"`
	Reason     string `json:"reason"`
	Call       string `json:"call,omitempty"`
	Target     string `json:"target,omitempty"` // where it is not the configured one
}

const (
	handoffLife  = 5 * time.Minute
	mostHandoffs = 4096
)

// handoffs are those of streams that have been closed for it, until Twilio asks
// what becomes of their calls.
type handoffs struct {
	mu    sync.Mutex
	held  map[string]heldHandoff // by CallSid
	swept time.Time              // when those that ran out were last forgotten
}

type heldHandoff struct {
	handoffData
	until time.Time
}

// keep keeps what will be asked for.
func (h *handoffs) keep(call string, data handoffData) {
	now := time.Now()
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.held == nil || (len(h.held) >= mostHandoffs && now.Sub(h.swept) > time.Second) {
		h.held, h.swept = h.alive(now), now
	}
	if len(h.held) < mostHandoffs {
		h.held[call] = heldHandoff{data, now.Add(handoffLife)}
	}
}

// alive are those that may still be asked for. The mutex is held.
func (h *handoffs) alive(now time.Time) map[string]heldHandoff {
	alive := map[string]heldHandoff{}
	for call, held := range h.held {
		if now.Before(held.until) {
			alive[call] = held
		}
	}
	return alive
}

// take returns what was kept for a call, once.
func (h *handoffs) take(call string) (handoffData, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	held, ok := h.held[call]
	delete(h.held, call)
	return held.handoffData, ok && time.Now().Before(held.until)
}

var (
	e164   = regexp.MustCompile(`^\+[1-9][0-9]{4,14}$`)
	id     = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
	sipURI = regexp.MustCompile(`^sips?:[A-Za-z0-9+._-]{1,64}@[A-Za-z0-9.-]{1,255}(:[0-9]{1,5})?([;?][A-Za-z0-9=;&?._-]{1,200})?$`)
)

// IsTarget tells whether a handoff can call target: a number like +14155550100 or
// a SIP address.
func IsTarget(target string) bool { return e164.MatchString(target) || sipURI.MatchString(target) }

func isID(s string) bool { return id.MatchString(s) }

// caller is the number that From tells, or "" where it is withheld: for those
// Twilio sends a word, or the word as keys of a telephone.
func caller(from string) string {
	if address, ok := strings.CutPrefix(from, "sip:"); ok {
		from, _, _ = strings.Cut(address, "@")
	}
	switch from {
	case "+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253": // anonymous, restricted, blocked, unknown, unavailable
		return ""
	}
	if !e164.MatchString(from) {
		return ""
	}
	return from
}
