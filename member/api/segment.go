package api

import (
	"context"
	"net/http"
	"sort"
	"strconv"
	"time"

	"huike/member"
	"huike/member/access"
	"huike/member/audit"
	"huike/member/segment"
	"huike/member/tag"
)

// parse reads an expression that a person writes.
func parse(text string) (*segment.Segment, error) {
	if len(text) > longestQuery {
		return nil, &problem{http.StatusUnprocessableEntity, "segment", "the expression is longer than 1000 bytes; shorten it", "表达式超过 1000 字节；请缩短"}
	}
	one, err := segment.Parse(text)
	if err != nil {
		said := tag.Say(err)
		return nil, &problem{http.StatusUnprocessableEntity, "segment", said.EN, said.ZH}
	}
	return one, nil
}

// find finds the members of a segment. What the expression cannot work out, or not in
// time, is its writer's to mend.
func find(ctx context.Context, book *segment.Book, one *segment.Segment) ([]int, segment.Count, error) {
	found, n, err := book.Find(ctx, one)
	if err != nil && ctx.Err() == nil {
		err = &problem{http.StatusUnprocessableEntity, "segment", err.Error(), "分群有误：" + err.Error()}
	}
	return found, n, err
}

// selected finds the members of a segment in today's snapshot, and writes down that this
// was done, and for what.
func (a *API) selected(r *request, one *segment.Segment, what string) (*segment.Book, []int, segment.Count, error) {
	book, err := a.book.open(r.Context())
	if err != nil {
		return nil, nil, segment.Count{}, err
	}
	if err := a.trace(r, "", "segment", what, audit.OK); err != nil {
		return nil, nil, segment.Count{}, err
	}
	found, n, err := find(r.Context(), book, one)
	return book, found, n, err
}

// inSegment finds the members of a segment or with a tag who have agreed to profiling.
func (a *API) inSegment(r *request, q *wish) (*list[hit], error) {
	text := q.Segment
	if q.Tag != "" {
		text = "has(" + strconv.Quote(q.Tag) + ")"
	}
	one, err := parse(text)
	if err != nil {
		return nil, err
	}
	book, err := a.book.open(r.Context())
	if err != nil {
		return nil, err
	}
	found, _, err := find(r.Context(), book, one)
	if err != nil {
		return nil, err
	}
	var after member.ID
	if err := unseal(q.Cursor, &after); err != nil {
		return nil, err
	}
	ids := []member.ID{}
	for _, i := range found[sort.Search(len(found), func(i int) bool { return book.ID(found[i]) > after }):] {
		if len(ids) > q.Limit {
			break
		}
		if book.Allowed(i, member.PurposeProfiling) {
			ids = append(ids, book.ID(i))
		}
	}
	return a.page(r, q, ids, func(*member.View) bool { return true })
}

// counted is how many members a segment has, at the moment of a snapshot.
type counted struct {
	segment.Count

	At time.Time `json:"at"`
}

type expression struct {
	Segment string `json:"segment"`
	Cursor  string `json:"cursor"`
	Limit   int    `json:"limit"`
}

// count counts a segment while it is being written.
func (a *API) count(w http.ResponseWriter, r *request) error {
	var q expression
	if err := decode(r, &q); err != nil {
		return err
	}
	one, err := parse(q.Segment)
	if err != nil {
		return err
	}
	book, _, n, err := a.selected(r, one, "count")
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, counted{n, book.At()})
}

// row is a member of a segment, by figures alone: who it is, the view of the member tells
// to whom may see that.
type row struct {
	ID       member.ID `json:"id"`
	Tier     string    `json:"tier,omitempty"`
	Stage    string    `json:"stage,omitempty"`
	Orders   int       `json:"orders"`
	Spent    int       `json:"spent"`
	Recency  *int      `json:"recency"` // days; null without orders
	R        int       `json:"r"`
	F        int       `json:"f"`
	M        int       `json:"m"`
	Contacts int       `json:"contacts"`
	May      bool      `json:"marketing"` // has agreed to it
}

const rowsMost = 5000

// rows lists the members of a segment who have agreed to profiling.
func (a *API) rows(w http.ResponseWriter, r *request) error {
	if r.access.Scope != (member.Scope{}) || r.access.Role.Scoped() {
		return denied(r.who.Role, access.OpList) // a snapshot knows no scopes
	}
	var q expression
	if err := decode(r, &q); err != nil {
		return err
	}
	one, err := parse(q.Segment)
	if err != nil {
		return err
	}
	if q.Limit < 0 || q.Limit > rowsMost {
		return wrong("limit", strconv.Itoa(q.Limit), "1 to 5000", "1 至 5000")
	}
	if q.Limit == 0 {
		q.Limit = pageMost
	}
	var after member.ID
	if err := unseal(q.Cursor, &after); err != nil {
		return err
	}
	book, found, _, err := a.selected(r, one, "ids")
	if err != nil {
		return err
	}
	out := list[row]{Items: []row{}}
	for _, i := range found[sort.Search(len(found), func(i int) bool { return book.ID(found[i]) > after }):] {
		if !book.Allowed(i, member.PurposeProfiling) {
			continue
		}
		if len(out.Items) == q.Limit {
			out.Next = seal(out.Items[q.Limit-1].ID)
			break
		}
		out.Items = append(out.Items, rowOf(book, i))
	}
	return reply(w, http.StatusOK, out)
}

func rowOf(book *segment.Book, i int) row {
	k := book.Row(i)
	one := row{
		ID: book.ID(i), Tier: k.Tier, Stage: k.Stage, Orders: k.Orders, Spent: k.Spent, R: k.R, F: k.F, M: k.M,
		Contacts: k.Contacts, May: book.Allowed(i, member.PurposeMarketing),
	}
	if k.Recency != segment.Never {
		one.Recency = &k.Recency
	}
	return one
}
