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
	people := identity.New(h.store, identity.Config{Members: h.members, Trail: h.audit})
	served := api.New(api.Config{
		Events: h.events, Outlook: h.shop, Privacy: h.forgetting(),
		Store: h.store, Members: h.members, Tags: h.tags, Trail: h.audit, Guard: h.guard, Log: h.log,
		Identity: people,
	})
	h.figures = served
	h.runWith(served.Warm, served.CountDaily, func(ctx context.Context) error {
		people.SweepHourly(ctx, func(err error) { h.log.Warn("not looked for people with two records", "err", err) })
		return nil
	}, func(ctx context.Context) error {
		<-ctx.Done()
		served.Wait() // an import that has begun is finished
		return nil
	})
	return served
}
