package store_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"huike/member"
	"huike/member/access"
	"huike/member/store"
	"huike/member/store/storetest"
)

func TestTokensAreKeptByHashAlone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		t.Helper()
		now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
		token := access.Token{Author: "root", Created: now, Expires: now.Add(time.Hour)}
		token.Name, token.Role, token.Scope = "north", member.RoleDealer, member.Scope{Shop: "s1", Partner: "p1"}
		key, hash, err := access.Issue(&token)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.AddToken(t.Context(), token, hash); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Token(t.Context(), access.Hash(key)); err != nil || got != token {
			t.Errorf("got %+v, %v", got, err)
		}
		if _, err := s.Token(t.Context(), key); !errors.Is(err, access.ErrToken) {
			t.Errorf("by the key itself: %v", err)
		}
		for i := range 2 {
			if err := s.RevokeToken(t.Context(), token.ID, "root", now.Add(time.Duration(i)*time.Minute)); err != nil {
				t.Error(err)
			}
		}
		if list, err := s.ListTokens(t.Context()); err != nil || len(list) != 1 || list[0].Revoked == nil || !list[0].Revoked.Equal(now) {
			t.Errorf("list %+v, %v", list, err)
		}
		if err := s.RevokeToken(t.Context(), "nobody", "root", now); !errors.Is(err, access.ErrToken) {
			t.Error(err)
		}
		if rows, _ := s.FindAudit(t.Context(), store.AuditQuery{Reader: "root"}); len(rows) != 3 || rows[2].Action != "token.create" {
			t.Errorf("rows %+v", rows)
		}
	})
}

func TestMembersOfAScope(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		t.Helper()
		north, south := "north", "south"
		dealer := member.Dealer
		for id, basic := range map[member.ID]member.Basic{
			"m_1": {Shop: &north, Partner: &north, Account: &dealer}, "m_2": {Shop: &north, Partner: &south}, "m_3": {},
		} {
			if err := s.Create(t.Context(), &member.Profile{ID: id, Basic: basic}); err != nil {
				t.Fatal(err)
			}
		}
		for _, test := range []struct {
			scope member.Scope
			after member.ID
			want  []member.ID
		}{
			{member.Scope{}, "", []member.ID{"m_1", "m_2"}},
			{member.Scope{}, "m_2", []member.ID{"m_3"}},
			{member.Scope{Shop: north}, "", []member.ID{"m_1", "m_2"}},
			{member.Scope{Shop: north, Partner: south}, "", []member.ID{"m_2"}},
			{member.Scope{Partner: "west"}, "", nil},
		} {
			if got, err := s.Members(t.Context(), test.scope, test.after, 2); err != nil || !slices.Equal(got, test.want) {
				t.Errorf("%+v after %s: %v, %v", test.scope, test.after, got, err)
			}
		}
		p := load(t, s, "m_1")
		if p.Basic.Account == nil || *p.Basic.Account != dealer || *p.Basic.Shop != north || *p.Basic.Partner != north {
			t.Error("the account is not as it was written")
		}
	})
}
