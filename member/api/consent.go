package api

import (
	"context"
	"database/sql"
	"net/http"
	"time"

	"huike/member"
	"huike/member/store"
)

// words are what a member has said on the purposes: the last word on each counts.
type words struct {
	Consent []member.Grant `json:"consent"`
	History []member.Grant `json:"history"` // newest first
}

const wordsShown = 200

// consent answers what a member has agreed to, and all that was said before.
func (a *API) consent(w http.ResponseWriter, r *request) error {
	view, _, err := a.seen(r.Context(), r)
	if err != nil {
		return err
	}
	out := words{Consent: append([]member.Grant{}, view.Consent...)}
	if out.History, err = a.wordsOf(r.Context(), view.ID); err != nil {
		return err
	}
	return answerAt(w, r, view.Version, out)
}

func (a *API) wordsOf(ctx context.Context, id member.ID) (all []member.Grant, err error) {
	err = a.cfg.Store.View(ctx, func(tx *sql.Tx) error {
		all = []member.Grant{}
		return store.Each(ctx, tx, func(scan func(...any) error) error {
			var g member.Grant
			var at int64
			err := scan(&g.Purpose, &g.Given, &at, &g.Notice)
			g.At = time.UnixMilli(at).In(a.cfg.Store.Place())
			all = append(all, g)
			return err
		}, `SELECT purpose, given, at, notice FROM consents WHERE member_id = $1 ORDER BY id DESC LIMIT $2`, string(id), wordsShown)
	})
	return all, err
}

const longestNotice = 64 // bytes

// setConsent writes down a member's word: given or withdrawn, and to which notice.
func (a *API) setConsent(w http.ResponseWriter, r *request) error {
	purpose := member.Purpose(r.PathValue("for"))
	if !purpose.Known() {
		return wrong("purpose", member.Mask(string(purpose)), wantPurpose, wantPurposeZH)
	}
	var body struct {
		Given  *bool  `json:"given"`
		Notice string `json:"notice"`
	}
	if err := decode(r, &body); err != nil {
		return err
	}
	switch {
	case body.Given == nil:
		return wrong("given", "null", "true or false", "true 或 false")
	case body.Notice == "" && *body.Given, len(body.Notice) > longestNotice, member.Mask(body.Notice) != body.Notice:
		return wrong("notice", "…", "the version of the notice that was agreed to, 1 to 64 bytes", "所同意的告知书版本，1 至 64 字节")
	}
	version, err := wanted(r)
	if err != nil {
		return err
	}
	now := a.cfg.Now()
	err = a.cfg.Members.Update(r.Context(), r.id(), r.access, func(p *member.Profile) error {
		if version != 0 && p.Version != version {
			return errChanged
		}
		p.SetConsent(member.Grant{Purpose: purpose, Given: *body.Given, At: now, Notice: body.Notice})
		return nil
	})
	if err != nil {
		return err
	}
	r.Header.Del("If-None-Match")
	return a.consent(w, r)
}
