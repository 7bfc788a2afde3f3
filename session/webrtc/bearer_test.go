package webrtc

import (
	"net/http"
	"strings"
	"testing"
)

func TestCallerNeedsOneOfTheTokens(t *testing.T) {
	e := serve(t, func(c *Config) { c.Tokens = []string{"first", "second"} })
	offer := browserOffer(t, peer(t)).SDP
	for _, c := range []struct {
		name, bearer, challenge string
		status                  int
	}{
		{"no token", "", `Bearer realm="whip"`, 401},
		{"another token", "Bearer third", `Bearer realm="whip", error="invalid_token"`, 401},
		{"half a token", "Bearer firs", `Bearer realm="whip", error="invalid_token"`, 401},
		{"no scheme", "first", `Bearer realm="whip", error="invalid_token"`, 401},
		{"another scheme", "Basic first", `Bearer realm="whip", error="invalid_token"`, 401},
		{"the scheme alone", "Bearer", `Bearer realm="whip", error="invalid_token"`, 401},
		{"the first", "Bearer first", "", 201},
		{"the second, in small letters", "bearer second", "", 201},
	} {
		var header []string
		if c.bearer != "" {
			header = []string{"Authorization", c.bearer}
		}
		got := do(t, http.MethodPost, e.url, typeSDP, offer, header...)
		if got.status != c.status || got.header.Get("WWW-Authenticate") != c.challenge {
			t.Errorf("%s: status %d, %q", c.name, got.status, got.header.Get("WWW-Authenticate"))
		}
		if c.status != http.StatusCreated {
			continue
		}
		url := strings.TrimSuffix(e.url, "/v1/whip") + got.header.Get("Location")
		for _, method := range []string{http.MethodPatch, http.MethodDelete} {
			if got := do(t, method, url, typeFragment, "a=end-of-candidates\r\n"); got.status != 401 {
				t.Errorf("%s: %s of the call without a token: status %d", c.name, method, got.status)
			}
		}
		if got := do(t, http.MethodDelete, url, "", "", header...); got.status != 200 {
			t.Errorf("%s: DELETE: status %d", c.name, got.status)
		}
	}
	caller, agent := e.call(t, Options{Token: "second"})
	exchange(t, caller, agent)
}

func TestCallersAreToldTheICEServers(t *testing.T) {
	servers := []ICEServer{
		{URL: "stun:stun.example"},
		{URL: "turn:turn.example:3478?transport=udp", Username: `a "b"`, Credential: `c\d`},
		{URL: "turns:turn.example"},
	}
	e := serve(t, func(c *Config) { c.ICEServers, c.TurnSecret, c.Tokens = servers, "s3cret", []string{"token"} })
	bearer := []string{"Authorization", "Bearer token"}
	posted := do(t, http.MethodPost, e.url, typeSDP, browserOffer(t, peer(t)).SDP, bearer...)
	for name, got := range map[string]reply{
		"POST": posted, "OPTIONS": do(t, http.MethodOptions, e.url, "", "", bearer...),
	} {
		links := got.header.Values("Link")
		if len(links) != 3 {
			t.Fatalf("%s: status %d, links %q", name, got.status, links)
		}
		if links[0] != `<stun:stun.example>; rel="ice-server"` {
			t.Errorf("%s: STUN is %s", name, links[0])
		}
		want := `<turn:turn.example:3478?transport=udp>; rel="ice-server"; username="a \"b\""; credential="c\\d"; credential-type="password"`
		if links[1] != want {
			t.Errorf("%s: TURN is %s", name, links[1])
		}
		if !strings.HasPrefix(links[2], `<turns:turn.example>; rel="ice-server"; username="`) {
			t.Errorf("%s: TURN by secret is %s", name, links[2])
		}
	}
	if links := do(t, http.MethodOptions, e.url, "", "").header.Values("Link"); len(links) != 0 {
		t.Errorf("without a token: %q", links)
	}
}

func TestICEServerIsReadFromItsText(t *testing.T) {
	for text, want := range map[string]ICEServer{
		"stun:stun.example":                      {URL: "stun:stun.example"},
		"turn:turn.example:3478?transport=tcp":   {URL: "turn:turn.example:3478?transport=tcp"},
		"turn:ann:p%40ss%3a@turn.example":        {URL: "turn:turn.example", Username: "ann", Credential: "p@ss:"},
		"turns:ann:a:b@[2001:db8::1]:5349":       {URL: "turns:[2001:db8::1]:5349", Username: "ann", Credential: "a:b"},
		"http://turn.example":                    {},
		"turn:ann@turn.example":                  {},
		"stun:ann:hunter2@stun.example":          {},
		"turn:turn.example>; rel=\"x\"":          {},
		"turn:":                                  {},
		"":                                       {},
		"turn:ann:%zz@turn.example":              {},
		"turn:turn.example:3478?transport=\r\nX": {},
	} {
		got, err := ParseICEServer(text)
		if got != want || (err == nil) != (want.URL != "") {
			t.Errorf("%q is %+v, %v; want %+v", text, got, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the error tells the password: %v", err)
		}
	}
}

func FuzzICEServer(f *testing.F) {
	f.Add("turn:ann:p%40ss@turn.example:3478?transport=udp")
	f.Fuzz(func(t *testing.T, text string) {
		server, err := ParseICEServer(text)
		if err != nil {
			return
		}
		header := http.Header{}
		(&Server{config: Config{ICEServers: []ICEServer{server}}}).link(header)
		if link := header.Get("Link"); strings.ContainsAny(server.URL, "<>\r\n") || !strings.HasPrefix(link, "<"+server.URL+">") {
			t.Errorf("%q became %q", text, link)
		}
	})
}
