package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"huike/member/privacy"
	"huike/member/store"
	"huike/session/journal"
)

// retentionConfig says for how long data is kept.
type retentionConfig struct {
	RetainInteractions int `help:"Days that contacts are kept; 0: until the person is erased." env:"HUIKE_RETAIN_INTERACTIONS" placeholder:"DAYS" group:"Data"`
	RetainEvents       int `help:"Days that events are kept; 0: until the person is erased." env:"HUIKE_RETAIN_EVENTS" placeholder:"DAYS" group:"Data"`
	RetainLetters      int `help:"Days that events which could not be used are kept; 0: until somebody drops them." env:"HUIKE_RETAIN_LETTERS" placeholder:"DAYS" group:"Data"`
	RetainCalls        int `help:"Days that journals and recordings of calls are kept; 0: until somebody deletes them." env:"HUIKE_RETAIN_CALLS" placeholder:"DAYS" group:"Data"`
}

func (c *retentionConfig) terms() privacy.Terms {
	return privacy.Terms{Interactions: c.RetainInteractions, Events: c.RetainEvents, Letters: c.RetainLetters, Calls: c.RetainCalls}
}

// memberRetain sweeps once.
type memberRetain struct {
	retentionConfig
	DryRun bool `help:"Count what is older than its term, and delete nothing."`
	JSON   bool `help:"Print {\"interactions\",\"events\",\"dead_letters\",\"calls\"}."`
	memberStore
}

// Run sweeps, or counts.
func (c *memberRetain) Run(ctx context.Context, to streams) error {
	return c.withCalls(ctx, func(s *store.Store, calls *journal.Store) error {
		swept, err := privacy.New(s, privacy.Config{Calls: keptCalls{calls}, Reader: operator()}).Retain(ctx, c.terms(), keptSince(calls), c.DryRun)
		if err != nil {
			return err
		}
		if c.JSON {
			return json.NewEncoder(to.out).Encode(swept)
		}
		done := "deleted"
		if c.DryRun {
			done = "to be deleted"
		}
		fmt.Fprintf(to.out, "%s: %d contacts, %d events, %d dead letters, %d calls\n", done, swept.Interactions, swept.Events, swept.Letters, swept.Calls)
		return nil
	})
}

func keptSince(calls *journal.Store) []privacy.KeptCall {
	var kept []privacy.KeptCall
	for _, call := range calls.List(0) {
		if !call.Live {
			kept = append(kept, privacy.KeptCall{ID: call.Call, Began: call.Began})
		}
	}
	return kept
}

const sweepEvery = time.Hour

// retain sweeps every hour.
func (h *house) retain(ctx context.Context) error {
	terms := h.config.terms()
	if terms == (privacy.Terms{}) {
		return nil
	}
	desk := privacy.New(h.store, privacy.Config{Calls: keptCalls{h.calls}, Changed: h.members.Changed, Reader: "huike"})
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		swept, err := desk.Retain(ctx, terms, keptSince(h.calls), false)
		switch {
		case err != nil && ctx.Err() == nil:
			h.log.Warn("old data not swept; tried again in an hour", "error", err)
		case swept != privacy.Swept{}:
			h.log.Info("old data deleted", "contacts", swept.Interactions, "events", swept.Events, "letters", swept.Letters, "calls", swept.Calls)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}
