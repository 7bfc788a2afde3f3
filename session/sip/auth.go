package sip

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	wire "github.com/emiago/sipgo/sip"
	"github.com/icholy/digest"
)

const (
	nonceLife   = 5 * time.Minute
	noncesKept  = 8192 // of which the count is remembered; then all begin anew
	secretBytes = 32
)

// nonces gives out nonces that it need not remember until they are used.
type nonces struct {
	mu     sync.Mutex
	secret []byte
	counts map[string]int // by nonce, the highest that was shown
}

func newNonces() *nonces {
	n := &nonces{}
	n.renew()
	return n
}

// renew makes every nonce stale; mu is held, or nobody else has n.
func (n *nonces) renew() {
	n.secret = make([]byte, secretBytes)
	_, _ = rand.Read(n.secret) // it never fails
	n.counts = map[string]int{}
}

// give returns a nonce for an address.
func (n *nonces) give(from netip.Addr, now time.Time) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	// The random part tells apart those of one second: each has a count of its own.
	stamp := strconv.FormatInt(now.Unix(), 36) + "-" + rand.Text()
	return stamp + "." + n.sign(stamp, from)
}

func (n *nonces) sign(stamp string, from netip.Addr) string {
	mac := hmac.New(sha256.New, n.secret)
	mac.Write([]byte(stamp + " " + from.String()))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// use reports whether nonce was given to that address, lately, and whether count is
// higher than each that was shown with it: what is shown again is an eavesdropper's.
func (n *nonces) use(nonce string, count int, from netip.Addr, now time.Time) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	stamp, signature, _ := strings.Cut(nonce, ".")
	began, _, _ := strings.Cut(stamp, "-")
	seconds, err := strconv.ParseInt(began, 36, 64)
	if err != nil || !hmac.Equal([]byte(signature), []byte(n.sign(stamp, from))) {
		return false
	}
	if age := now.Sub(time.Unix(seconds, 0)); age > nonceLife || count <= n.counts[nonce] {
		return false
	}
	if len(n.counts) >= noncesKept {
		n.renew() // who used one is asked again
		return false
	}
	n.counts[nonce] = count
	return true
}

// challenge asks the sender of a request for its password, by each algorithm
// of the configuration.
func (s *Server) challenge(tx wire.ServerTransaction, req *wire.Request) {
	nonce := s.nonces.give(sourceOf(req).Addr(), time.Now())
	stale := fieldOf(req, "Authorization") != ""
	s.counts.refused(401)
	res := answer(req, 401)
	for _, algorithm := range s.config.Digest {
		asked := digest.Challenge{Realm: s.config.Realm, Nonce: nonce, Algorithm: algorithm, QOP: []string{"auth"}, Stale: stale && s.knows(req)}
		res.AppendHeader(wire.NewHeader("WWW-Authenticate", asked.String()))
	}
	_ = tx.Respond(res)
}

// authenticated reports whether a request shows a user's password.
func (s *Server) authenticated(req *wire.Request, from netip.Addr) bool {
	shown := s.shown(req)
	return shown != nil && s.nonces.use(shown.Nonce, shown.Nc, from, time.Now())
}

// knows reports whether a request shows a user's password, for whatever nonce.
func (s *Server) knows(req *wire.Request) bool { return s.shown(req) != nil }

// shown returns the credentials of a request, if they are a user's.
func (s *Server) shown(req *wire.Request) *digest.Credentials {
	for _, h := range req.GetHeaders("Authorization") {
		shown, err := digest.ParseCredentials(h.Value())
		if err != nil || shown.Realm != s.config.Realm || shown.QOP != "auth" || shown.Cnonce == "" {
			continue
		}
		password, known := s.config.Users[shown.Username]
		asked := digest.Challenge{Realm: shown.Realm, Nonce: shown.Nonce, Algorithm: shown.Algorithm, QOP: []string{"auth"}}
		right, err := digest.Digest(&asked, digest.Options{
			Method: string(req.Method), URI: shown.URI, Username: shown.Username, Password: password, Cnonce: shown.Cnonce, Count: shown.Nc,
		})
		if err == nil && known && subtle.ConstantTimeCompare([]byte(right.Response), []byte(shown.Response)) == 1 {
			return shown
		}
	}
	return nil
}

// Account is what this side is to another: a registrar's user, or a trunk's.
type Account struct {
	URI      wire.Uri // where it is, with transport; its user part is who this side is
	User     string   // for the password
	Password string
	Expires  time.Duration // of a registration; zero is an hour
}

// ParseAccount reads an account such as "sip:user:password@host:5060;transport=tcp".
// Its error repeats no password.
func ParseAccount(text string) (Account, error) {
	var uri wire.Uri
	if err := wire.ParseUri(text, &uri); err != nil || uri.Host == "" || (uri.Scheme != "sip" && uri.Scheme != "sips") {
		return Account{}, errors.New("want an account such as sip:user:password@exchange.example;transport=tcp")
	}
	account := Account{URI: uri, User: uri.User, Password: uri.Password}
	account.URI.Password = ""
	return account, nil
}

// network returns the transport that a URI asks for.
func networkOf(uri *wire.Uri) string {
	if uri.Scheme == "sips" {
		return tcpTLS
	}
	for _, p := range uri.UriParams {
		if strings.EqualFold(p.K, "transport") {
			return strings.ToUpper(p.V)
		}
	}
	return udp
}

// credentials show an account's password to those who ask for it.
type credentials struct {
	account *Account

	mu    sync.Mutex
	field string            // that is asked by; "" before anybody asked
	asked *digest.Challenge // the last
	count int               // of its uses
}

// isChallenge reports whether res asks for a password.
func isChallenge(res *wire.Response) bool { return res.StatusCode == 401 || res.StatusCode == 407 }

var errNoPassword = errors.New("sip: the peer asks for a password and there is none for it, or not by an algorithm that is known")

// challenged takes the strongest of what an answer asks by (RFC 8760 2.4).
func (c *credentials) challenged(res *wire.Response) error {
	if c == nil || c.account.Password == "" {
		return errNoPassword
	}
	ask, show := "WWW-Authenticate", "Authorization"
	if res.StatusCode == 407 {
		ask, show = "Proxy-Authenticate", "Proxy-Authorization"
	}
	var best *digest.Challenge
	for _, h := range res.GetHeaders(ask) {
		asked, err := digest.ParseChallenge(h.Value())
		if err != nil {
			continue
		}
		asked.Algorithm = strings.ToUpper(asked.Algorithm)
		for i := range asked.QOP {
			asked.QOP[i] = strings.TrimSpace(asked.QOP[i])
		}
		if digest.CanDigest(asked) && (best == nil || strength(asked) > strength(best)) {
			best = asked
		}
	}
	if best == nil {
		return errNoPassword
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.field, c.asked, c.count = show, best, 0
	return nil
}

func strength(asked *digest.Challenge) int {
	switch asked.Algorithm {
	case "SHA-256", "SHA-512-256", "SHA-512":
		return 1
	}
	return 0
}

// show adds to a request what was asked for last, if anything.
func (c *credentials) show(req *wire.Request) error {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.asked == nil {
		return nil
	}
	c.count++
	shown, err := digest.Digest(c.asked, digest.Options{
		Method: string(req.Method), URI: req.Recipient.String(), Username: c.account.User, Password: c.account.Password, Count: c.count,
	})
	if err != nil {
		return errNoPassword
	}
	req.RemoveHeader(c.field)
	req.AppendHeader(wire.NewHeader(c.field, shown.String()))
	return nil
}
