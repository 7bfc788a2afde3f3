package main

import (
	"net/http"

	"huike/member/api"
	"huike/member/identity"
)

// members is the API of members, to those who hold a token.
func (f *front) members() http.Handler {
	h := f.house
	return api.New(api.Config{
		Store: h.store, Members: h.members, Tags: h.tags, Trail: h.audit, Guard: h.guard, Log: h.log,
		Identity: identity.New(h.store, identity.Config{Members: h.members, Trail: h.audit}),
	})
}
