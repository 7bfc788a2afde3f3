package main

import (
	"cmp"
	"context"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"huike/dialog"
	"huike/dialog/flow"
	"huike/dialog/identify"
	"huike/member/store"
)

// identifyConfig is how unknown callers are found.
type identifyConfig struct {
	IdentifyBy   string `help:"What a caller whom the line does not vouch for is asked for beside name and birthday: phone, card or postcode; none: nobody is found by what they say." enum:"phone,card,postcode,none" default:"phone" env:"HUIKE_IDENTIFY_BY" group:"Data"`
	IdentifyMost int    `help:"How many members may be looked for by what a caller says (about 2 KB of memory each); with more in the store, a person is asked." default:"100000" env:"HUIKE_IDENTIFY_MOST" group:"Data"`
}

// identifier finds members by what callers say, in registers of all members that are
// made anew every refresh.
type identifier struct {
	store *store.Store
	by    string
	most  int
	log   *slog.Logger
	ready atomic.Pointer[registers]
}

type registers struct {
	made time.Time
	by   map[dialog.Lang]*identify.Register
}

// registersAge is how long registers serve: a member who has just joined is known by the
// line, or after that.
const registersAge = 5 * time.Minute

// Identify implements session.Identifier.
func (i *identifier) Identify(ctx context.Context, lang dialog.Lang, answers identify.Answers) (identify.Decision, error) {
	r := i.ready.Load()
	if r == nil || time.Since(r.made) > registersAge {
		var err error
		if r, err = i.make(ctx); err != nil {
			return identify.Decision{}, err
		}
	}
	return r.by[lang].Weigh(answers), nil
}

// make reads all members.
func (i *identifier) make(ctx context.Context) (*registers, error) {
	people, err := i.store.People(ctx, i.most)
	if err != nil {
		return nil, err
	}
	r := &registers{made: time.Now(), by: map[dialog.Lang]*identify.Register{}}
	for _, lang := range []dialog.Lang{dialog.Chinese, dialog.English} {
		records := make([]identify.Record, len(people))
		for k := range people {
			records[k] = i.record(&people[k], lang)
		}
		r.by[lang] = identify.New(records, identify.Config{})
	}
	i.ready.Store(r)
	return r, nil
}

func (i *identifier) record(p *store.Known, lang dialog.Lang) identify.Record {
	out := identify.Record{ID: string(p.ID), First: p.Name.Given, Last: p.Name.Family, Born: p.Born}
	if lang == dialog.English && p.Name.FamilyEN != "" || out.Last == "" {
		out.First, out.Last = p.Name.GivenEN, p.Name.FamilyEN
	}
	switch i.by {
	case "card":
		out.Code = p.Card
	case "postcode":
		out.Code = p.Postcode
	default:
		out.Code = strings.TrimPrefix(p.Phone, "+86")
	}
	return out
}

// run keeps the registers fresh.
func (i *identifier) run(ctx context.Context) error {
	for {
		if _, err := i.make(ctx); err != nil && ctx.Err() == nil {
			i.log.Warn("nobody can be found by what they say", "err", err)
		}
		select {
		case <-time.After(registersAge / 2):
		case <-ctx.Done():
			return nil
		}
	}
}

// openPeople has callers found by what they say, and gives them the rights of their tier.
func (h *house) openPeople() {
	if h.config.IdentifyBy != "none" {
		i := &identifier{store: h.store, by: h.config.IdentifyBy, most: cmp.Or(h.config.IdentifyMost, 100_000), log: h.log}
		h.session.Identifier = i
		if !h.config.Stub && !h.config.Taped { // a replay makes them when it needs them
			h.runWith(i.run)
		}
	}
	h.session.Rights = h.rights
	h.session.Outlook = h.shop
	if !h.config.Stub && !h.config.Taped {
		h.runWith(h.foresee)
	}
}

// outlookEvery is how often what members will do is foretold anew.
const outlookEvery = 24 * time.Hour

// foresee foretells, now and then daily, what members will do.
func (h *house) foresee(ctx context.Context) error {
	for {
		if err := h.shop.Foresee(ctx); err != nil && ctx.Err() == nil {
			h.log.Warn("no outlook on what members will do", "err", err)
		}
		select {
		case <-time.After(outlookEvery):
		case <-ctx.Done():
			return nil
		}
	}
}

// rights are what the rules for tiers give a tier, with its name as the flows have it.
func (h *house) rights(tier string) (flow.Tier, bool) {
	if h.tags == nil {
		return flow.Tier{}, false
	}
	given, known := h.tags.Rules().Rights(tier)
	out := h.session.Flow.Tier(tier)
	if known {
		out.Discount, out.Priority, out.Greeting = given.Discount, given.Priority, given.Greeting
	}
	return out, known
}
