package access_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"huike/member"
	"huike/member/access"
	"huike/member/audit"
)

// trail keeps rows.
type trail struct{ rows []audit.Row }

func (t *trail) Append(row audit.Row) error {
	t.rows = append(t.rows, row)
	return nil
}

// tokens are given tokens by hash.
type tokens map[string]access.Token

func (t tokens) Token(_ context.Context, hash string) (access.Token, error) {
	if token, found := t[hash]; found {
		return token, nil
	}
	return access.Token{}, access.ErrToken
}

func noon() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }

// give returns a token's key and keeps its hash.
func give(t *testing.T, in tokens, role member.Role, scope member.Scope) string {
	t.Helper()
	token := access.Token{Created: noon(), Expires: noon().Add(time.Hour)}
	token.Name, token.Role, token.Scope = "Ms Wu", role, scope
	key, hash, err := access.Issue(&token)
	if err != nil {
		t.Fatal(err)
	}
	in[hash] = token
	return key
}

func TestEachRoleMayDoItsOwnAndNothingElse(t *testing.T) {
	whole, shop, partner := member.Scope{}, member.Scope{Shop: "s1"}, member.Scope{Partner: "p1"}
	tests := []struct {
		role  member.Role
		scope member.Scope
		want  string
	}{
		{member.RoleAgent, whole, "find read write consent tag calls"},
		{member.RoleAgent, shop, "find read write consent tag"},
		{member.RoleSupervisor, whole, "find read list write consent tag merge count report rules import export trail calls settings"},
		{member.RoleSupervisor, shop, "find read list write consent tag export"},
		{member.RoleMarketing, whole, "read list count report rules"},
		{member.RoleMarketing, shop, "read list"},
		{member.RoleAnalyst, whole, "read count report"},
		{member.RoleAnalyst, shop, "read"},
		{member.RoleDealer, partner, "find read list"},
		{member.RoleDealer, whole, ""},
		{member.RoleDealer, shop, ""},
		{member.RolePartner, partner, "find read"},
		{member.RolePartner, whole, ""},
		{member.RoleAdmin, whole, "find read rules import export erase retain trail tokens settings"},
		{member.RoleAdmin, shop, "find read export erase"},
		{member.RoleAuditor, whole, "trail"},
		{member.RoleAuditor, shop, ""},
		{member.RoleSystem, whole, "import"},
		{member.RoleRobot, whole, ""},
		{member.RoleCaller, whole, ""},
		{"root", whole, ""},
		{"", whole, ""},
	}
	for _, test := range tests {
		p := access.Principal{Role: test.role, Scope: test.scope}
		for _, op := range access.Ops() {
			want := slices.Contains(strings.Fields(test.want), string(op))
			if got := p.Can(op); got != want {
				t.Errorf("%s of %+v: %s is %t", test.role, test.scope, op, got)
			}
		}
		if p.Can("fly") {
			t.Errorf("%s may do what nobody knows", test.role)
		}
	}
}

func TestWhoComesIn(t *testing.T) {
	given, rows := tokens{}, new(trail)
	now := noon()
	g := &access.Guard{Tokens: given, Trail: rows, Now: func() time.Time { return now }, Fixed: map[string]access.Fixed{
		"desk": {Key: "desk's own", Role: member.RoleSupervisor}, "off": {Role: member.RoleAdmin},
	}}
	agent := give(t, given, member.RoleAgent, member.Scope{})
	dealer := give(t, given, member.RoleDealer, member.Scope{Partner: "p1"})
	revoked := give(t, given, member.RoleAgent, member.Scope{})
	ended := given[access.Hash(revoked)]
	ended.Revoked = &now
	given[access.Hash(revoked)] = ended
	late := give(t, given, member.RoleAgent, member.Scope{})
	old := given[access.Hash(late)]
	old.Expires = now
	given[access.Hash(late)] = old

	tests := []struct {
		name, header string
		op           access.Op
		status, rows int
	}{
		{"a token", "Bearer " + agent, access.OpFind, 200, 0},
		{"the desk's token", "Bearer desk's own", access.OpTrail, 200, 0},
		{"no token", "", access.OpFind, 401, 0},
		{"an empty one", "Bearer ", access.OpFind, 401, 0},
		{"another scheme", "Basic " + agent, access.OpFind, 401, 0},
		{"an unknown one", "Bearer hk_nothing", access.OpFind, 401, 0},
		{"a hash is no token", "Bearer " + access.Hash(agent), access.OpFind, 401, 0},
		{"a revoked one", "Bearer " + revoked, access.OpFind, 401, 1},
		{"an expired one", "Bearer " + late, access.OpFind, 401, 1},
		{"an agent erases", "Bearer " + agent, access.OpErase, 403, 1},
		{"a dealer writes", "Bearer " + dealer, access.OpWrite, 403, 1},
		{"a dealer finds", "Bearer " + dealer, access.OpFind, 200, 0},
		{"the desk gives no tokens", "Bearer desk's own", access.OpTokens, 403, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			rows.rows = nil
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
			r.Header.Set("Authorization", test.header)
			w, in := httptest.NewRecorder(), false
			g.Require(test.op, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				p, found := access.From(r.Context())
				in = found && p.Can(test.op)
			})).ServeHTTP(w, r)
			if w.Code != test.status || in != (test.status == 200) || len(rows.rows) != test.rows {
				t.Errorf("%d, inside %t, rows %+v", w.Code, in, rows.rows)
			}
			for _, row := range rows.rows {
				if row.Outcome != audit.Denied || row.Reader == "" || strings.Contains(fmt.Sprint(row), "hk_") {
					t.Errorf("row %+v", row)
				}
			}
			if strings.Contains(w.Body.String(), "hk_") {
				t.Error("the answer repeats the token")
			}
		})
	}
}

func TestWhatTokensThereAreNot(t *testing.T) {
	tests := map[string]access.Token{
		"a robot's":             {Principal: access.Principal{Name: "x", Role: member.RoleRobot}},
		"a dealer's of nobody":  {Principal: access.Principal{Name: "x", Role: member.RoleDealer}},
		"nobody's":              {Principal: access.Principal{Role: member.RoleAgent}},
		"one of an odd role":    {Principal: access.Principal{Name: "x", Role: "root"}},
		"one with a long name":  {Principal: access.Principal{Name: strings.Repeat("x", 65), Role: member.RoleAgent}},
		"one that has ended":    {Principal: access.Principal{Name: "x", Role: member.RoleAgent}, Created: noon(), Expires: noon()},
		"a partner's of a shop": {Principal: access.Principal{Name: "x", Role: member.RolePartner, Scope: member.Scope{Shop: "s"}}},
	}
	for name, token := range tests {
		if name != "one that has ended" {
			token.Expires = noon()
		}
		if key, _, err := access.Issue(&token); err == nil || key != "" {
			t.Errorf("%s is given", name)
		}
	}
}

func TestAStoreThatDoesNotAnswerLetsNobodyIn(t *testing.T) {
	g := &access.Guard{Tokens: broken{}}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	r.Header.Set("Authorization", "Bearer hk_x")
	w := httptest.NewRecorder()
	g.Require(access.OpFind, http.NotFoundHandler()).ServeHTTP(w, r)
	if w.Code != http.StatusServiceUnavailable {
		t.Error(w.Code)
	}
}

type broken struct{}

func (broken) Token(context.Context, string) (access.Token, error) {
	return access.Token{}, errors.New("gone")
}

func ExampleGuard() {
	token := access.Token{Created: noon(), Expires: noon().AddDate(0, 3, 0)}
	token.Name, token.Role, token.Scope = "north", member.RoleDealer, member.Scope{Partner: "d_7"}
	key, hash, _ := access.Issue(&token) // the key goes to its holder, the hash to the store
	guard := access.Guard{Tokens: tokens{hash: token}, Now: noon}
	who, err := guard.Holder(context.Background(), key)
	fmt.Println(who.Name, who.Role, who.Scope.Partner, who.Can(access.OpRead), who.Can(access.OpErase), err)
	// Output: north dealer d_7 true false <nil>
}
