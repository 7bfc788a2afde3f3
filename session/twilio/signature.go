package twilio

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // what Twilio signs with; as an HMAC it is not known to be broken
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Sign returns the X-Twilio-Signature of a request to address, which is the URL
// exactly as it was asked for, query included. form holds what was posted; it is
// nil for the upgrade of a WebSocket, whose address begins with ws: or wss:.
func Sign(token, address string, form url.Values) string {
	mac := hmac.New(sha1.New, []byte(token))
	mac.Write([]byte(address))
	names := make([]string, 0, len(form))
	for name := range form {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		values := slices.Clone(form[name])
		slices.Sort(values)
		for _, value := range slices.Compact(values) {
			mac.Write([]byte(name))
			mac.Write([]byte(value))
		}
	}
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// signed tells whether Twilio has signed r, whose posted form is form, for one of
// the ways in which Twilio writes its address: with or without the port that the
// scheme implies, with or without a slash at the end of the path.
func (s *Server) signed(r *http.Request, form url.Values) bool {
	told := []byte(r.Header.Get("X-Twilio-Signature"))
	if len(told) == 0 {
		return false
	}
	good := false
	for _, address := range addresses(s.public(r.RequestURI, form == nil)) {
		good = hmac.Equal(told, []byte(Sign(s.config.Token, address, form))) || good
	}
	return good
}

// public is the address at which Twilio asked for a path, query included.
func (s *Server) public(path string, socket bool) string {
	base := strings.TrimSuffix(s.config.URL, "/")
	if socket {
		base = "ws" + strings.TrimPrefix(base, "http") // http: is ws:, https: is wss:
	}
	return base + path
}

// addresses are the ways in which Twilio writes an address that it signs.
func addresses(address string) []string {
	path, query, asked := strings.Cut(address, "?")
	if asked {
		query = "?" + query
	}
	bare := strings.TrimSuffix(path, "/")
	all := []string{bare + query, bare + "/" + query}
	scheme, rest, ok := strings.Cut(bare, "://")
	if !ok {
		return all
	}
	host, tail, _ := strings.Cut(rest, "/")
	if tail != "" {
		tail = "/" + tail
	}
	port := map[string]string{"http": ":80", "https": ":443", "ws": ":80", "wss": ":443"}[scheme]
	other, named := strings.CutSuffix(host, port)
	if !named {
		other = host + port
	}
	return append(all, scheme+"://"+other+tail+query, scheme+"://"+other+tail+"/"+query)
}

// passLife is how long after the webhook a stream may begin. Twilio takes a second.
const passLife = 2 * time.Minute

// pass is what the webhook gives a call to take to its WebSocket: the upgrade's
// signature is the same for every call, so it cannot vouch for who calls. Nobody
// but this server, or another with the same token, can write one.
func pass(token, call, from, lang string, until time.Time) string {
	expires := strconv.FormatInt(until.Unix(), 36)
	mac := hmac.New(sha256.New, []byte("huike pass\x00"+token))
	for _, part := range []string{expires, call, from, lang} {
		mac.Write([]byte(part))
		mac.Write([]byte{0})
	}
	return expires + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// passes tells whether given is the pass of that call and has not run out.
func passes(token, call, from, lang, given string, now time.Time) bool {
	expires, _, _ := strings.Cut(given, ".")
	seconds, err := strconv.ParseInt(expires, 36, 64)
	if err != nil || now.Unix() > seconds || seconds > now.Add(passLife).Unix() {
		return false
	}
	return hmac.Equal([]byte(given), []byte(pass(token, call, from, lang, time.Unix(seconds, 0))))
}
