package api

import (
	"context"
	"database/sql"
	"net/http"
	"strconv"
	"time"

	"huike/member"
	"huike/member/audit"
	"huike/member/identity"
	"huike/member/store"
)

// pair is two records that may be one person's.
type pair struct {
	One      member.ID `json:"one"`
	Other    member.ID `json:"other"`
	Score    int       `json:"score"`
	Evidence []string  `json:"evidence"`
}

// matches lists the pairs that wait for a person, the surest first.
func (a *API) matches(w http.ResponseWriter, r *request) error {
	if err := a.trace(r, "", "merge", "matches", audit.OK); err != nil {
		return err
	}
	waiting, err := a.cfg.Identity.Waiting(r.Context())
	if err != nil {
		return err
	}
	out := list[pair]{Items: []pair{}}
	for _, m := range waiting {
		out.Items = append(out.Items, pair{m.One, m.Other, m.Score, m.Evidence})
	}
	return answer(w, r, out)
}

// merged is what a decision came to.
type merged struct {
	Merge int64 `json:"merge"` // the merge's number; 0: they stay two
}

// decide settles a pair: one person, or two for good.
func (a *API) decide(w http.ResponseWriter, r *request) error {
	var body struct {
		Keep  member.ID `json:"keep"`
		Other member.ID `json:"other"`
		Same  *bool     `json:"same"`
	}
	if err := decode(r, &body); err != nil {
		return err
	}
	switch {
	case body.Keep == "" || body.Other == "" || !plainID(string(body.Keep)) || !plainID(string(body.Other)):
		return wrong("keep, other", "…", "the ids of two members", "两位会员的编号")
	case body.Same == nil:
		return wrong("same", "null", "true (one person) or false (two people)", "true（同一人）或 false（两个人）")
	case body.Keep == body.Other:
		return errMergeSame
	}
	if err := a.trace(r, body.Keep, "merge", "decide", audit.OK); err != nil {
		return err
	}
	number, err := a.cfg.Identity.Decide(r.Context(), body.Keep, body.Other, *body.Same, r.access.Reader)
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, merged{number})
}

// done is a merge that was made.
type done struct {
	Number int64      `json:"number"`
	At     time.Time  `json:"at"`
	Kept   member.ID  `json:"kept"`
	Gone   member.ID  `json:"gone"`
	Author string     `json:"author"`
	Reason string     `json:"reason"`
	Undone *time.Time `json:"undone"`
}

// merges lists the merges, newest first.
func (a *API) merges(w http.ResponseWriter, r *request) error {
	limit, err := pageOf(r)
	if err != nil {
		return err
	}
	before := int64(1 << 62)
	if err := unseal(r.URL.Query().Get("cursor"), &before); err != nil {
		return err
	}
	if err := a.trace(r, "", "merge", "merges", audit.OK); err != nil {
		return err
	}
	all, err := a.mergesBefore(r.Context(), before, limit+1)
	if err != nil {
		return err
	}
	out := list[done]{Items: all}
	if len(all) > limit {
		out.Items = all[:limit]
		out.Next = seal(all[limit-1].Number)
	}
	return answer(w, r, out)
}

func (a *API) mergesBefore(ctx context.Context, before int64, limit int) (all []done, err error) {
	err = a.cfg.Store.View(ctx, func(tx *sql.Tx) error {
		all = []done{}
		return store.Each(ctx, tx, func(scan func(...any) error) error {
			var d done
			var at int64
			var undone *int64
			err := scan(&d.Number, &at, &d.Kept, &d.Gone, &d.Author, &d.Reason, &undone)
			d.At = time.UnixMilli(at).In(a.cfg.Store.Place())
			if undone != nil {
				t := time.UnixMilli(*undone).In(a.cfg.Store.Place())
				d.Undone = &t
			}
			all = append(all, d)
			return err
		}, `SELECT id, at, kept, gone, author, reason, undone_at FROM merges WHERE id < $1 ORDER BY id DESC LIMIT $2`, before, limit)
	})
	return all, err
}

// merge makes one member of two, which nobody has proposed.
func (a *API) merge(w http.ResponseWriter, r *request) error {
	var body struct {
		Keep   member.ID `json:"keep"`
		Gone   member.ID `json:"gone"`
		Reason string    `json:"reason"`
		Force  bool      `json:"force"`
	}
	if err := decode(r, &body); err != nil {
		return err
	}
	if !plainID(string(body.Keep)) || !plainID(string(body.Gone)) || body.Keep == "" || body.Gone == "" {
		return wrong("keep, gone", "…", "the ids of two members", "两位会员的编号")
	}
	number, err := a.cfg.Identity.Merge(r.Context(), identity.Merge{
		Keep: body.Keep, Gone: body.Gone, Author: r.access.Reader, Reason: member.Mask(body.Reason), Force: body.Force,
	})
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, merged{number})
}

// undo takes a merge back.
func (a *API) undo(w http.ResponseWriter, r *request) error {
	number, err := strconv.ParseInt(r.PathValue("number"), 10, 64)
	if err != nil {
		return errMergeGone
	}
	if err := a.cfg.Identity.Undo(r.Context(), number, r.access.Reader); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
