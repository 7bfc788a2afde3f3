package main

import (
	"context"
	"net/http"

	"huike/member/api"
	"huike/member/identity"
)

// members is the API of members, to those who hold a token.
func (f *front) members() http.Handler {
	h := f.house
	served := api.New(api.Config{
		Events: h.events, Outlook: h.shop, Privacy: h.forgetting(),
		Store: h.store, Members: h.members, Tags: h.tags, Trail: h.audit, Guard: h.guard, Log: h.log,
		Identity: identity.New(h.store, identity.Config{Members: h.members, Trail: h.audit}),
	})
	h.runWith(served.CountDaily, func(ctx context.Context) error {
		<-ctx.Done()
		served.Wait() // an import that has begun is finished
		return nil
	})
	return served
}
