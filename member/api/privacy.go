package api

import (
	"errors"
	"net/http"

	"huike/member"
	"huike/member/privacy"
)

// export gives out everything that is known of a person.
func (a *API) export(w http.ResponseWriter, r *request) error {
	var body struct {
		Whole bool `json:"whole"` // numbers in full, for the person's own copy
	}
	if r.ContentLength != 0 {
		if err := decode(r, &body); err != nil {
			return err
		}
	}
	if _, _, err := a.seen(r.Context(), r); err != nil { // within the reader's scope
		return err
	}
	doc, err := a.privacy(r).Export(r.Context(), r.id(), body.Whole)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", `attachment; filename="member.json"`)
	return reply(w, http.StatusOK, doc)
}

// erase forgets a person, whose id the body must repeat.
func (a *API) erase(w http.ResponseWriter, r *request) error {
	var body struct {
		Confirm member.ID `json:"confirm"`
	}
	if err := decode(r, &body); err != nil {
		return err
	}
	if body.Confirm != r.id() {
		return wrong("confirm", member.Mask(string(body.Confirm)), "the member's id once more: nothing of an erasure comes back", "再写一次会员编号：抹除后无法恢复")
	}
	_, _, err := a.seen(r.Context(), r)
	if errors.Is(err, member.ErrUnknown) && r.who.Scope == (member.Scope{}) {
		err = nil // whoever is gone from the store may be left elsewhere
	}
	if err != nil {
		return err
	}
	gone, err := a.privacy(r).Erase(r.Context(), r.id())
	if err != nil && gone != nil {
		a.cfg.Log.Error("an erasure is unfinished", "member", r.id(), "error", err)
		return &leftError{gone.Steps}
	}
	if err != nil {
		return err
	}
	a.book.stale()
	return reply(w, http.StatusOK, gone)
}

// privacy is the desk where such wishes are met, in the reader's name.
func (a *API) privacy(r *request) *privacy.Desk {
	config := a.cfg.Privacy
	config.Reader, config.Role, config.Now = r.access.Reader, string(r.access.Role), a.cfg.Now
	return privacy.New(a.cfg.Store, config)
}

// leftError is errErasureLeft with the steps that were reached and those that were not.
type leftError struct{ steps []privacy.Step }

func (e *leftError) Error() string { return errErasureLeft.en }
func (e *leftError) Unwrap() error { return errErasureLeft }

var errErasureLeft = &problem{
	http.StatusServiceUnavailable, "erasure-unfinished", "the person is erased from the store, but not yet from every copy and kept call: send the same again until it is answered",
	"已从会员库抹除，但还有副本或通话记录没有清完：请重新提交，直到成功",
}
