package api

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"huike/member"
	"huike/member/audit"
	"huike/member/tag"
)

const (
	longestRules = 256 << 10       // bytes
	trialLasts   = 2 * time.Second // a little over which nobody looks at more members
)

// rules answers the rules of tags and tiers in force, as they were written.
func (a *API) rules(w http.ResponseWriter, r *request) error {
	now, err := a.cfg.Tags.InForce(r.Context())
	if err != nil {
		return err
	}
	return answerAt(w, r, int64(now.Number), now)
}

// rulesBody is rules as a person writes them.
type rulesBody struct {
	Text string `json:"text"` // YAML
}

func (b *rulesBody) read(r *request) error {
	if err := decode(r, b); err != nil {
		return err
	}
	if len(b.Text) > longestRules {
		return &problem{
			http.StatusUnprocessableEntity, "rules", "the rules are longer than 262144 bytes; join some of them", "规则超过 262144 字节；请合并一些",
		}
	}
	return nil
}

// tried is what rules would do, or what is wrong in them.
type tried struct {
	Faults []tag.Fault `json:"faults"`
	Trial  *tag.Trial  `json:"trial"` // null where there are faults
}

// tryRules checks rules while they are being written, and counts what they would change.
func (a *API) tryRules(w http.ResponseWriter, r *request) error {
	var body rulesBody
	if err := body.read(r); err != nil {
		return err
	}
	rules, err := tag.Parse("rules", []byte(body.Text))
	if faults, ok := errors.AsType[*tag.Faults](err); ok {
		return reply(w, http.StatusOK, tried{Faults: faults.All})
	}
	if err != nil {
		return err
	}
	select { // one at a time: each reads members for up to two seconds
	case a.trying <- struct{}{}:
		defer func() { <-a.trying }()
	case <-r.Context().Done():
		return r.Context().Err()
	}
	if err := a.trace(r, "", "rules", "trial", audit.OK); err != nil {
		return err
	}
	began := time.Now()
	trial, err := a.cfg.Tags.Try(r.Context(), rules, func(int) bool { return time.Since(began) > trialLasts })
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, tried{Faults: []tag.Fault{}, Trial: &trial})
}

// saveRules puts rules in force as a new version.
func (a *API) saveRules(w http.ResponseWriter, r *request) error {
	var body rulesBody
	if err := body.read(r); err != nil {
		return err
	}
	return a.changeRules(w, r, "save", func(was int) (tag.Version, error) {
		return a.cfg.Tags.Save(r.Context(), was, []byte(body.Text), r.access.Reader, tag.FromPage)
	})
}

// rollBackRules puts the rules of an earlier version in force again.
func (a *API) rollBackRules(w http.ResponseWriter, r *request) error {
	var body struct {
		Version int `json:"version"`
	}
	if err := decode(r, &body); err != nil {
		return err
	}
	return a.changeRules(w, r, "back to "+strconv.Itoa(body.Version), func(was int) (tag.Version, error) {
		return a.cfg.Tags.Back(r.Context(), was, body.Version, r.access.Reader)
	})
}

// changeRules changes the rules once the trail says so, and answers with the new ones.
func (a *API) changeRules(w http.ResponseWriter, r *request, what string, do func(was int) (tag.Version, error)) error {
	was, err := mustMatch(r, 0) // rules that were never saved are at 0
	if err != nil {
		return err
	}
	if err := a.trace(r, "", "rules", what, audit.OK); err != nil {
		return err
	}
	now, err := do(int(was))
	if err != nil {
		return errors.Join(faulty(err), a.trace(r, "", "rules", what, audit.Failed))
	}
	return answerAt(w, r, int64(now.Number), now)
}

// faulty makes a problem of rules that are none: the first fault, and how many more.
func faulty(err error) error {
	faults, ok := errors.AsType[*tag.Faults](err)
	if !ok {
		return err
	}
	first, more, moreZH := faults.All[0], "", ""
	if n := len(faults.All) - 1; n > 0 {
		more, moreZH = " (and "+strconv.Itoa(n)+" more)", "（另有 "+strconv.Itoa(n)+" 处）"
	}
	at := strconv.Itoa(first.Line)
	return &problem{http.StatusUnprocessableEntity, "rules", "line " + at + ": " + first.EN + more, "第 " + at + " 行：" + first.ZH + moreZH}
}

// ruleVersions lists the versions of the rules, newest first.
func (a *API) ruleVersions(w http.ResponseWriter, r *request) error {
	limit, err := pageOf(r)
	if err != nil {
		return err
	}
	before := 0
	if err := unseal(r.URL.Query().Get("cursor"), &before); err != nil {
		return err
	}
	all, err := a.cfg.Tags.Versions(r.Context(), before, limit+1)
	if err != nil {
		return err
	}
	out := list[tag.Version]{Items: all}
	if len(all) > limit {
		out.Items = all[:limit]
		out.Next = seal(out.Items[limit-1].Number)
	}
	return answer(w, r, out)
}

// ruleVersion answers one version with its text.
func (a *API) ruleVersion(w http.ResponseWriter, r *request) error {
	number, err := strconv.Atoi(r.PathValue("number"))
	if err != nil {
		return errRulesGone
	}
	v, err := a.cfg.Tags.Version(r.Context(), number)
	if err != nil {
		return err
	}
	return answer(w, r, v)
}

var (
	errRulesGone    = &problem{http.StatusNotFound, "rules-unknown", "the rules have no such version; GET /v1/rules/versions lists them", "没有这个版本的规则；GET /v1/rules/versions 列出全部"}
	errRulesChanged = &problem{http.StatusPreconditionFailed, "changed", "somebody else has saved other rules meanwhile: read those in force again, put your change into them, and save with the new ETag", "规则已被别人保存过：请重新读取现行规则，把您的修改并入，再以新的 ETag 保存"}
	errNoMatch      = &problem{http.StatusPreconditionRequired, "if-match", "send If-Match with the ETag that a GET gave, so that nobody's change is lost", "请带上 If-Match（GET 返回的 ETag），以免覆盖别人的修改"}
)

// mustMatch returns the version of If-Match, without which nothing is changed that two
// people may edit. The first version is least.
func mustMatch(r *request, least int64) (int64, error) {
	text := r.Header.Get("If-Match")
	if text == "" {
		return 0, errNoMatch
	}
	version, ok := versionOf(text)
	if !ok || version < least {
		return 0, wrong("If-Match", member.Mask(text), "one ETag, as a GET gave it", "GET 返回的一个 ETag")
	}
	return version, nil
}
