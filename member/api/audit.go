package api

import (
	"net/http"
	"time"

	"huike/member"
	"huike/member/audit"
	"huike/member/store"
)

// trailed is a row of the audit trail.
type trailed struct {
	Number  int64     `json:"number"`
	At      time.Time `json:"at"`
	Member  string    `json:"member,omitempty"`
	Reader  string    `json:"reader"`
	Role    string    `json:"role"`
	Purpose string    `json:"purpose"`
	Call    string    `json:"call,omitempty"`
	Action  string    `json:"action"`
	Fields  string    `json:"fields,omitempty"`
	Outcome string    `json:"outcome"`
}

// auditRows searches the trail. The search is itself in it first.
func (a *API) auditRows(w http.ResponseWriter, r *request) error {
	limit, err := pageOf(r)
	if err != nil {
		return err
	}
	get := r.URL.Query().Get
	q := store.AuditQuery{Member: member.ID(get("member")), Reader: get("reader"), Call: get("call"), Action: get("action"), Limit: limit + 1}
	if q.From, err = moment(r, "from", a.cfg.Store.Place()); err != nil {
		return err
	}
	if q.To, err = moment(r, "to", a.cfg.Store.Place()); err != nil {
		return err
	}
	if !q.From.IsZero() && !q.To.IsZero() && !q.To.After(q.From) {
		return wrong("to", get("to"), "a time after from", "晚于 from 的时间")
	}
	if err := unseal(get("cursor"), &q.Before); err != nil {
		return err
	}
	if err := a.trace(r, q.Member, "search", "audit", audit.OK); err != nil {
		return err
	}
	rows, err := a.cfg.Store.AuditRows(r.Context(), q)
	if err != nil {
		return err
	}
	out := list[trailed]{Items: []trailed{}}
	for i := range rows {
		if i == limit {
			out.Next = seal(rows[limit-1].Number)
			break
		}
		t := &rows[i]
		out.Items = append(out.Items, trailed{t.Number, t.At, t.Member, t.Reader, t.Role, t.Purpose, t.Call, t.Action, t.Fields, t.Outcome})
	}
	return reply(w, http.StatusOK, out)
}
