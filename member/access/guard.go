package access

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"huike/member"
	"huike/member/audit"
)

// Guard tells from requests whom they are from. Its fields are set before it is used.
type Guard struct {
	Tokens Tokens           // nil has none but the fixed ones
	Fixed  map[string]Fixed // by name, such as "desk"
	Trail  member.Trail     // takes a row for each refusal of somebody known; nil takes none
	Now    func() time.Time // nil is time.Now
}

// Fixed is a token that is configured, not given: the desk's.
type Fixed struct {
	Key  string // empty opens nothing
	Role member.Role
}

func (g *Guard) now() time.Time {
	if g.Now != nil {
		return g.Now()
	}
	return time.Now()
}

// Principal returns whom a request is from, by "Authorization: Bearer TOKEN". Without a
// token, or with one that opens nothing, that is [ErrToken]; other errors are the
// store's.
func (g *Guard) Principal(r *http.Request) (Principal, error) {
	key, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !found || key == "" {
		return Principal{}, ErrToken
	}
	return g.Holder(r.Context(), key)
}

// Holder returns who holds a key.
func (g *Guard) Holder(ctx context.Context, key string) (Principal, error) {
	hash := Hash(key)
	for name, fixed := range g.Fixed {
		if fixed.Key != "" && subtle.ConstantTimeCompare([]byte(Hash(fixed.Key)), []byte(hash)) == 1 {
			return Principal{ID: name, Name: name, Role: fixed.Role}, nil
		}
	}
	if g.Tokens == nil || !strings.HasPrefix(key, tokenPrefix) {
		return Principal{}, ErrToken
	}
	t, err := g.Tokens.Token(ctx, hash)
	if err != nil {
		return Principal{}, err
	}
	if t.Revoked != nil || !g.now().Before(t.Expires) {
		return t.Principal, errors.Join(ErrToken, g.refuse(t.Principal, "token"))
	}
	return t.Principal, nil
}

// Require lets requests through to next whose principal may do op, with the principal in
// their context. Others are answered 401 or 403 with a problem document (RFC 9457), and
// a refusal of somebody known leaves an audit row.
func (g *Guard) Require(op Op, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, err := g.Principal(r)
		switch {
		case errors.Is(err, ErrToken):
			w.Header().Set("WWW-Authenticate", `Bearer realm="huike"`)
			Problem(w, http.StatusUnauthorized, "a token opens this: Authorization: Bearer TOKEN; huike member token create makes one")
		case err != nil:
			Problem(w, http.StatusServiceUnavailable, "the store that knows the tokens does not answer; ask again")
		case !p.Can(op):
			detail := "the role " + string(p.Role) + " and its scope may not " + string(op)
			if g.refuse(p, string(op)) != nil {
				Problem(w, http.StatusServiceUnavailable, detail+"; and the audit trail takes no rows")
				return
			}
			Problem(w, http.StatusForbidden, detail)
		default:
			next.ServeHTTP(w, r.WithContext(With(r.Context(), p)))
		}
	})
}

// refuse leaves the row of a refusal.
func (g *Guard) refuse(p Principal, op string) error {
	if g.Trail == nil {
		return nil
	}
	return g.Trail.Append(audit.Row{
		At: g.now(), Reader: p.Name, Role: string(p.Role), Action: "access", Fields: op, Outcome: audit.Denied,
	})
}

type principalKey struct{}

// With returns a context that carries the principal.
func With(ctx context.Context, p Principal) context.Context {
	return context.WithValue(ctx, principalKey{}, p)
}

// From returns the principal that a context carries. Without one, the zero Principal may
// do nothing.
func From(ctx context.Context) (Principal, bool) {
	p, found := ctx.Value(principalKey{}).(Principal)
	return p, found
}

// Status returns the HTTP status of a member error: 403 for what is denied, 404 for whom
// nobody knows, 409 where another writer was first, 503 where the trail or the store does
// not answer.
func Status(err error) int {
	switch {
	case err == nil:
		return http.StatusOK
	case errors.Is(err, member.ErrDenied):
		return http.StatusForbidden
	case errors.Is(err, member.ErrUnknown):
		return http.StatusNotFound
	case errors.Is(err, member.ErrConflict):
		return http.StatusConflict
	}
	return http.StatusServiceUnavailable
}

// Problem answers with a problem document (RFC 9457).
func Problem(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{ // a client that has gone reads nothing
		"status": status, "title": http.StatusText(status), "detail": detail,
	})
}
