package api

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"huike/member"
	"huike/member/access"
)

// wish is what is searched for: one of Q, Tag, Segment, Risk and Warn. It comes in a body, so that no
// number stands in an address, which proxies and browsers keep.
type wish struct {
	Q       string `json:"q"`       // a number, a handle such as card:8800, an id or a name
	Tag     string `json:"tag"`     // as it stands on members
	Segment string `json:"segment"` // an expression
	Risk    *span  `json:"risk"`    // of no order for 90 days
	Warn    string `json:"warn"`    // half or overdue: silent for so much of the usual cycle
	Cursor  string `json:"cursor"`
	Limit   int    `json:"limit"`
}

// hit is a member as a list shows them: enough to choose, not to call.
type hit struct {
	ID    member.ID `json:"id"`
	Name  string    `json:"name,omitempty"`  // 张*, or S*** J***
	Phone string    `json:"phone,omitempty"` // 138****1234
	Tier  *string   `json:"tier,omitempty"`
	Lang  *string   `json:"lang,omitempty"`
	Tags  []string  `json:"tags,omitempty"`
	Risk  *float64  `json:"risk,omitempty"` // of no order for 90 days, where that was asked for
}

const longestQuery = 1000 // bytes

// search finds members. Who the reader may not see is not among them.
func (a *API) search(w http.ResponseWriter, r *request) error {
	var q wish
	if err := decode(r, &q); err != nil {
		return err
	}
	q.Q = strings.TrimSpace(q.Q)
	given := 0
	for _, there := range []bool{q.Q != "", q.Tag != "", q.Segment != "", q.Risk != nil, q.Warn != ""} {
		if there {
			given++
		}
	}
	switch {
	case given != 1:
		return &problem{http.StatusUnprocessableEntity, "search", "want one of q (a number, handle, id or name), tag, segment, risk or warn", "请给出 q（号码、卡号、会员编号或姓名）、tag、segment、risk、warn 之一"}
	case len(q.Q)+len(q.Tag)+len(q.Segment) > longestQuery:
		return &problem{http.StatusUnprocessableEntity, "search", "the search is longer than 1000 bytes; shorten it", "查找内容超过 1000 字节；请缩短"}
	case q.Limit < 0 || q.Limit > pageMost:
		return wrong("limit", "…", "1 to 200", "1 至 200")
	case q.Limit == 0:
		q.Limit = pageUsual
	}
	op := access.OpFind
	if q.Q == "" {
		op = access.OpList
	}
	if err := a.allow(r, op); err != nil {
		return err
	}
	found, err := a.lookFor(r, &q)
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, found)
}

func (a *API) lookFor(r *request, q *wish) (*list[hit], error) {
	switch {
	case q.Risk != nil || q.Warn != "":
		return a.atRisk(r, q)
	case q.Q == "":
		return a.inSegment(r, q)
	case handleOf(q.Q).Kind != "":
		return a.byHandle(r, handleOf(q.Q))
	}
	if plainID(q.Q) && strings.ContainsAny(q.Q, "_0123456789") {
		view, err := a.cfg.Members.Get(r.Context(), member.ID(q.Q), r.access)
		switch {
		case err == nil:
			return &list[hit]{Items: []hit{hitOf(&view)}}, nil
		case !errors.Is(err, member.ErrUnknown) && !errors.Is(err, member.ErrDenied):
			return nil, err
		}
	}
	return a.byName(r, q)
}

// handleOf reads a number, or a handle with its kind; the zero Handle where it is neither.
func handleOf(text string) member.Handle {
	if h, err := member.ParseHandle(text); err == nil {
		return h
	}
	if strings.Trim(text, "+0123456789０１２３４５６７８９ -()") == "" {
		if h, err := member.Phone(text); err == nil {
			return h
		}
		h, _ := member.NewHandle(member.HandleCard, text)
		return h
	}
	if strings.Contains(text, "@") {
		h, _ := member.NewHandle(member.HandleEmail, text)
		return h
	}
	return member.Handle{}
}

func (a *API) byHandle(r *request, h member.Handle) (*list[hit], error) {
	view, err := a.cfg.Members.Find(r.Context(), h, r.access)
	switch {
	case errors.Is(err, member.ErrShared):
		return nil, err
	case errors.Is(err, member.ErrUnknown), errors.Is(err, member.ErrDenied):
		return &list[hit]{Items: []hit{}}, nil
	case err != nil:
		return nil, err
	}
	return &list[hit]{Items: []hit{hitOf(&view)}}, nil
}

// byName finds those who have the name and let the reader see it.
func (a *API) byName(r *request, q *wish) (*list[hit], error) {
	var after member.ID
	if err := unseal(q.Cursor, &after); err != nil {
		return nil, err
	}
	ids, err := a.cfg.Store.Named(r.Context(), q.Q, after, q.Limit+1)
	if err != nil {
		return nil, err
	}
	return a.page(r, q, ids, func(v *member.View) bool { return v.Name != nil })
}

// page shows the members of a page; ids has one more than fits where more follow.
func (a *API) page(r *request, q *wish, ids []member.ID, show func(*member.View) bool) (*list[hit], error) {
	out := &list[hit]{Items: []hit{}}
	if len(ids) > q.Limit {
		ids = ids[:q.Limit]
		out.Next = seal(ids[q.Limit-1])
	}
	for _, id := range ids {
		view, err := a.cfg.Members.Get(r.Context(), id, r.access)
		if errors.Is(err, member.ErrUnknown) || errors.Is(err, member.ErrDenied) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if show(&view) {
			out.Items = append(out.Items, hitOf(&view))
		}
	}
	return out, nil
}

func hitOf(v *member.View) hit {
	h := hit{ID: v.ID, Phone: v.Phone, Tier: v.Tier, Lang: v.Lang}
	if v.Name != nil {
		h.Name = maskName(*v.Name)
	}
	for i := range v.Tags {
		h.Tags = append(h.Tags, v.Tags[i].Name)
	}
	return h
}

// maskName shows a surname's first character in Chinese, and initials in Latin letters.
func maskName(n member.Name) string {
	if n.Family != "" {
		return string([]rune(n.Family)[:1]) + "*"
	}
	text := ""
	for _, part := range []string{n.GivenEN, n.FamilyEN, n.Given} {
		if part == "" {
			continue
		}
		if text != "" {
			text += " "
		}
		text += string([]rune(part)[:1]) + "***"
	}
	return text
}

// show is one member as the reader may see them for the purpose.
func (a *API) show(w http.ResponseWriter, r *request) error {
	view, err := a.cfg.Members.Get(r.Context(), r.id(), r.access)
	if err != nil {
		return err
	}
	shown := struct {
		member.View

		Age   *int  `json:"age,omitempty"` // stands in a header
		Known known `json:"may"`
	}{View: view, Known: knownOf(&view)}
	w.Header().Set("Age", strconv.Itoa(int(view.Age.Seconds())))
	return answerAt(w, r, view.Version, shown)
}

// known is which parts this reader may see, so that a page says "withheld" and not "none".
type known struct {
	Identity   bool `json:"identity"`
	History    bool `json:"history"`
	Preference bool `json:"preference"`
	Location   bool `json:"location"`
}

func knownOf(v *member.View) known {
	return known{
		Identity: v.Name != nil || v.Phone != "", History: v.Consumption != nil, Preference: v.Preference != nil,
		Location: v.Preference != nil && v.Allows(member.PurposeLocation),
	}
}

// seen reads the member for a part of which the Directory does not tell: what may be
// read of it follows from the view.
func (a *API) seen(ctx context.Context, r *request) (member.View, known, error) {
	view, err := a.cfg.Members.Get(ctx, r.id(), r.access)
	if err != nil {
		return view, known{}, err
	}
	return view, knownOf(&view), nil
}
