package webrtc

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // what TURN servers expect of time-limited credentials
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/pion/stun/v4"
)

// defaultTurnLife is how long a time-limited TURN credential is good for.
const defaultTurnLife = 12 * time.Hour

// ICEServer is a STUN or TURN server that callers are told to use.
type ICEServer struct {
	URL        string // RFC 7064 or RFC 7065, such as "turn:turn.example:3478?transport=udp"
	Username   string // of a TURN server; empty with Config.TurnSecret
	Credential string // its password
}

// ParseICEServer reads a server as it stands in a configuration: a STUN or TURN
// URI, and for TURN perhaps "user:password@" before the host, percent-encoded
// where they hold ":", "@" or "%".
func ParseICEServer(text string) (ICEServer, error) {
	scheme, rest, ok := strings.Cut(text, ":")
	if !ok {
		return ICEServer{}, errors.New("an ICE server is stun:host or turn:[user:password@]host[:port]")
	}
	server := ICEServer{URL: text}
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		user, password, _ := strings.Cut(rest[:at], ":")
		var err, second error
		server.Username, err = url.PathUnescape(user)
		server.Credential, second = url.PathUnescape(password)
		if err != nil || second != nil || user == "" || password == "" {
			return ICEServer{}, errors.New("an ICE server's credentials are user:password, percent-encoded")
		}
		server.URL = scheme + ":" + rest[at+1:]
	}
	if err := server.check(); err != nil {
		return ICEServer{}, err
	}
	return server, nil
}

// check says what is wrong with a server; never its password.
func (s ICEServer) check() error {
	uri, err := stun.ParseURI(s.URL)
	if err != nil || strings.ContainsAny(s.URL, "<>\"\\ \r\n") {
		return errors.New("an ICE server's URL is not a stun:, stuns:, turn: or turns: URI")
	}
	turn := uri.Scheme == stun.SchemeTypeTURN || uri.Scheme == stun.SchemeTypeTURNS
	if !turn && s.Username != "" {
		return fmt.Errorf("the STUN server %s takes no credentials", s.URL)
	}
	return nil
}

// NeedsSecret reports whether s is a TURN server without credentials of its own,
// which Config.TurnSecret makes.
func (s ICEServer) NeedsSecret() bool { return s.isTurn() && s.Username == "" }

func (s ICEServer) isTurn() bool { return strings.HasPrefix(s.URL, "turn") }

// checkServers says what of the configured servers cannot work.
func (c *Config) checkServers() error {
	for _, server := range c.ICEServers {
		if err := server.check(); err != nil {
			return fmt.Errorf("webrtc: %w", err)
		}
		if server.NeedsSecret() && c.TurnSecret == "" {
			return fmt.Errorf("webrtc: %s has no credentials, and there is no TurnSecret to make them", server.URL)
		}
	}
	return nil
}

// ICEServers returns the servers that a caller who comes now may use. A TURN
// server without credentials of its own gets some that end after
// Config.TurnLife, for coturn's use-auth-secret (draft-uberti-behave-turn-rest).
func (s *Server) ICEServers() []ICEServer { return s.config.iceServers(time.Now()) }

func (c *Config) iceServers(now time.Time) []ICEServer {
	servers := make([]ICEServer, 0, len(c.ICEServers))
	for _, server := range c.ICEServers {
		if server.NeedsSecret() {
			// Nothing in it names the caller: relays log their users.
			server.Username = strconv.FormatInt(now.Add(c.TurnLife).Unix(), 10)
			mac := hmac.New(sha1.New, []byte(c.TurnSecret))
			_, _ = mac.Write([]byte(server.Username))
			server.Credential = base64.StdEncoding.EncodeToString(mac.Sum(nil))
		}
		servers = append(servers, server)
	}
	return servers
}

// link tells the ICE servers as Link headers (RFC 9725 section 4.6).
func (s *Server) link(header http.Header) {
	for _, server := range s.ICEServers() {
		value := "<" + server.URL + `>; rel="ice-server"`
		if server.Username != "" {
			value += "; username=" + quoted(server.Username) + "; credential=" + quoted(server.Credential) +
				`; credential-type="password"`
		}
		header.Add("Link", value)
	}
}

// quoted writes a quoted-string (RFC 9110 section 5.6.4).
func quoted(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}
