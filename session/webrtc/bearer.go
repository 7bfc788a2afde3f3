package webrtc

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"

	"huike/session/problem"
)

// bearers are the digests of the tokens that open the server, all of one
// length, so that a comparison tells nothing by its time.
type bearers [][sha256.Size]byte

func newBearers(tokens []string) bearers {
	digests := make(bearers, 0, len(tokens))
	for _, token := range tokens {
		digests = append(digests, sha256.Sum256([]byte(token)))
	}
	return digests
}

// open reports whether r bears one of the tokens (RFC 6750 section 2.1), or
// none is asked for.
func (b bearers) open(r *http.Request) bool {
	if len(b) == 0 {
		return true
	}
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	given := sha256.Sum256([]byte(strings.TrimSpace(token)))
	found := 0
	for i := range b {
		found |= subtle.ConstantTimeCompare(b[i][:], given[:])
	}
	return found == 1 && strings.EqualFold(scheme, "Bearer")
}

// unauthorized asks for a token (RFC 6750 section 3).
func unauthorized(w http.ResponseWriter, r *http.Request) {
	challenge := `Bearer realm="whip"`
	if r.Header.Get("Authorization") != "" {
		challenge += `, error="invalid_token"`
	}
	w.Header().Set("WWW-Authenticate", challenge)
	problem.Write(w, http.StatusUnauthorized, "want Authorization: Bearer TOKEN, with one of the tokens of huike serve --whip-tokens")
}
