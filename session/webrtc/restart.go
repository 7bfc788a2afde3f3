package webrtc

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"huike/session/problem"
)

// restartPause is the least time between two ICE restarts of a call: each opens
// and closes what the last one did.
const restartPause = 500 * time.Millisecond

// session names one ICE session of a leg: the user names of both ends.
type session struct{ local, remote string }

// etag names the leg's ICE session (RFC 9725 section 4.3.1).
func (l *Leg) etag() string { return `"` + l.session.Load().local + `"` }

// patch takes the peer's late candidates, or restarts ICE.
func (s *Server) patch(w http.ResponseWriter, r *http.Request, leg *Leg) {
	body, ok := s.readBody(w, r, typeFragment)
	if !ok {
		return
	}
	parsed, err := parseFragment(string(body))
	if err != nil {
		problem.Write(w, http.StatusBadRequest, err.Error())
		return
	}
	match := r.Header.Get("If-Match")
	if match == `"*"` { // as clients write it who take RFC 9725 at its letter
		match = "*"
	}
	if match != "" && match != "*" && match != leg.etag() {
		problem.Write(w, http.StatusPreconditionFailed, "If-Match names another ICE session")
		return
	}
	if parsed.ufrag == "" || parsed.ufrag == leg.session.Load().remote {
		s.trickle(w, leg, parsed)
		return
	}
	if match != "*" { // it may be a late candidate of a session that is over
		problem.Write(w, http.StatusPreconditionRequired, "an ICE restart needs If-Match: *")
		return
	}
	s.restart(w, r, leg, parsed)
}

// trickle adds the peer's late candidates. If-Match may be missing, which
// RFC 9725 would answer with 428, because the fragment's own user name tells its
// ICE session.
func (*Server) trickle(w http.ResponseWriter, leg *Leg, parsed fragment) {
	for _, candidate := range parsed.candidates {
		if err := leg.addCandidate(candidate); err != nil {
			problem.Write(w, http.StatusBadRequest, err.Error())
			return
		}
	}
	w.WriteHeader(http.StatusNoContent)
}

// restart begins another ICE session of the call (RFC 9725 section 4.3.3).
func (s *Server) restart(w http.ResponseWriter, r *http.Request, leg *Leg, parsed fragment) {
	if err := parsed.checkCredentials(); err != nil {
		problem.Write(w, http.StatusBadRequest, err.Error())
		return
	}
	if len(parsed.candidates) > candidateLimit {
		problem.Write(w, http.StatusBadRequest, errManyCandidates.Error())
		return
	}
	if !leg.mayRestart(time.Now()) {
		w.Header().Set("Retry-After", "1")
		problem.Write(w, http.StatusTooManyRequests, "the last ICE restart is less than "+restartPause.String()+" ago")
		return
	}
	answer, err := leg.restart(r.Context(), parsed)
	if err != nil {
		problem.Write(w, http.StatusConflict, err.Error())
		return
	}
	w.Header().Set("Content-Type", typeFragment)
	w.Header().Set("ETag", leg.etag())
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write([]byte(fragmentOf(answer)))
}

// mayRestart reports whether an ICE restart is due, and counts it.
func (l *Leg) mayRestart(now time.Time) bool {
	before := l.restarted.Load()
	return (before == nil || now.Sub(*before) >= restartPause) && l.restarted.CompareAndSwap(before, &now)
}

// restart takes the peer's new credentials and returns this side's answer.
func (l *Leg) restart(ctx context.Context, parsed fragment) (answer string, err error) {
	l.signalling.Lock()
	defer l.signalling.Unlock()
	remote := l.pc.RemoteDescription()
	if remote == nil || l.Reason() != "" {
		return "", errors.New("the call is over")
	}
	return l.negotiate(ctx, parsed.applyTo(remote.SDP))
}

// checkCredentials says what is wrong with a user name and a password
// (RFC 8839 section 5.4).
func (f fragment) checkCredentials() error {
	if len(f.ufrag) < 4 || len(f.ufrag) > 256 || len(f.pwd) < 22 || len(f.pwd) > 256 {
		return errors.New("the fragment's ice-ufrag needs 4 to 256 characters, and its ice-pwd 22 to 256 (RFC 8839)")
	}
	for _, char := range []byte(f.ufrag + f.pwd) {
		if !isICEChar(char) {
			return errors.New("the fragment's ice-ufrag or ice-pwd has a character that RFC 8839 does not allow")
		}
	}
	return nil
}

func isICEChar(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '+' || c == '/'
}

// applyTo returns the peer's description with the fragment's credentials and
// candidates in the place of its own.
func (f fragment) applyTo(description string) string {
	var out strings.Builder
	for line := range strings.Lines(description) {
		switch {
		case strings.HasPrefix(line, "a=candidate:"), strings.HasPrefix(line, "a=end-of-candidates"):
		case strings.HasPrefix(line, "a=ice-ufrag:"):
			out.WriteString("a=ice-ufrag:" + f.ufrag + "\r\n")
		case strings.HasPrefix(line, "a=ice-pwd:"):
			out.WriteString("a=ice-pwd:" + f.pwd + "\r\n")
			for _, candidate := range f.candidates {
				out.WriteString("a=" + candidate + "\r\n")
			}
		default:
			out.WriteString(line)
		}
	}
	return out.String()
}

// fragmentOf returns what of a description is about ICE, as a
// trickle-ice-sdpfrag: its first section's, as everything is bundled.
func fragmentOf(description string) string {
	var out strings.Builder
	sections := 0
	for line := range strings.Lines(description) {
		if strings.HasPrefix(line, "m=") {
			sections++
		}
		if sections > 1 {
			break
		}
		for _, prefix := range []string{
			"a=group:", "a=ice-options:", "m=", "a=mid:", "a=ice-ufrag:", "a=ice-pwd:", "a=candidate:", "a=end-of-candidates",
		} {
			if strings.HasPrefix(line, prefix) {
				out.WriteString(line)
			}
		}
	}
	return out.String()
}
