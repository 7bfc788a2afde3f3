package api

import (
	"errors"
	"net/http"
	"time"

	"huike/member"
	"huike/member/audit"
	"huike/member/tag"
)

// labelled is a member's tag with what made it so.
type labelled struct {
	member.Tag

	Reason   string        `json:"reason,omitempty"` // the rule
	Evidence *tag.Evidence `json:"evidence,omitempty"`
}

// labels is what a member is labelled with, and how that came.
type labels struct {
	Tier    *string      `json:"tier"`
	Rights  *tag.Rights  `json:"rights,omitempty"` // of the tier
	Tags    []labelled   `json:"tags"`
	Changes []tag.Change `json:"changes"` // newest first
}

const changesShown = 200

// tags answers a member's tags with evidence and history.
func (a *API) tags(w http.ResponseWriter, r *request) error {
	view, may, err := a.seen(r.Context(), r)
	if err != nil {
		return err
	}
	if !may.Preference {
		return errWithheld
	}
	out := labels{Tier: view.Tier, Tags: []labelled{}}
	if out.Changes, err = a.cfg.Tags.History(r.Context(), view.ID, changesShown); err != nil {
		return err
	}
	if view.Tier != nil {
		if rights, known := a.cfg.Tags.Rules().Rights(*view.Tier); known {
			out.Rights = &rights
		}
	}
	for _, t := range view.Tags {
		one := labelled{Tag: t}
		for i := range out.Changes {
			if c := &out.Changes[i]; c.Name == t.Name && c.Change == "added" {
				one.Reason, one.Evidence = c.Reason, c.Evidence
				break
			}
		}
		out.Tags = append(out.Tags, one)
	}
	return answerAt(w, r, view.Version, out)
}

// putTag puts a tag on by hand, in the reader's name.
func (a *API) putTag(w http.ResponseWriter, r *request) error {
	var body struct {
		Until *time.Time `json:"until"`
	}
	if r.ContentLength != 0 {
		if err := decode(r, &body); err != nil {
			return err
		}
	}
	if body.Until != nil && !body.Until.After(a.cfg.Now()) {
		return wrong("until", body.Until.Format(time.RFC3339), "a time to come, or nothing: for good", "将来的时间，或不填：长期有效")
	}
	return a.label(w, r, func(version int64, name string) (int64, error) {
		return a.cfg.Tags.PutIf(r.Context(), r.id(), version, name, r.access.Reader, body.Until)
	})
}

// takeTag takes a tag off that was put on by hand or imported.
func (a *API) takeTag(w http.ResponseWriter, r *request) error {
	return a.label(w, r, func(version int64, name string) (int64, error) {
		return a.cfg.Tags.TakeIf(r.Context(), r.id(), version, name, r.access.Reader)
	})
}

// label changes a tag, once the trail says so, and answers with what the member has then.
func (a *API) label(w http.ResponseWriter, r *request, do func(version int64, name string) (int64, error)) error {
	version, err := wanted(r)
	if err != nil {
		return err
	}
	_, may, err := a.seen(r.Context(), r) // within the reader's scope, and the consent
	if err != nil {
		return err
	}
	if !may.Preference {
		return errWithheld
	}
	if err := a.trace(r, r.id(), audit.Update, "tag", audit.OK); err != nil {
		return err
	}
	if _, err := do(version, r.PathValue("tag")); err != nil {
		if traced := a.trace(r, r.id(), audit.Update, "tag", audit.Failed); traced != nil {
			return errors.Join(err, traced)
		}
		return err
	}
	r.Header.Del("If-None-Match")
	return a.tags(w, r)
}
