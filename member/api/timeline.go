package api

import (
	"cmp"
	"context"
	"database/sql"
	"net/http"
	"slices"
	"strings"
	"time"

	"huike/member"
	"huike/member/store"
)

// happening is a moment of a member's life with the shop. What a kind does not have is left out.
type happening struct {
	At        time.Time `json:"at"`
	Kind      string    `json:"kind"` // order, contact, event, ticket, consent, points, tag
	ID        string    `json:"id"`
	What      string    `json:"what"`              // the status, intent, event's kind, ticket's kind, purpose, reason or tag
	Outcome   string    `json:"outcome,omitempty"` // of a contact; added or removed of a tag; given or withdrawn of a consent
	Channel   string    `json:"channel,omitempty"`
	Call      string    `json:"call,omitempty"`
	Product   string    `json:"product,omitempty"`
	Place     string    `json:"place,omitempty"`  // store and zone
	Amount    *int64    `json:"amount,omitempty"` // of an order, in hundredths; of points, whole
	Items     int       `json:"items,omitempty"`
	Rating    *int      `json:"rating,omitempty"`
	Complaint bool      `json:"complaint,omitempty"`
	Summary   string    `json:"summary,omitempty"` // masked
}

// source is a table of the timeline. Its statement gives the columns of scan, in order:
// at, id, what, outcome, channel, call, product, place, amount, items, rating, complaint,
// summary, for member $1 at $2 or before, newest first, $3 at most.
type source struct {
	kind      string
	may       func(known) bool
	statement string
}

func sources() []source {
	history, preference := func(k known) bool { return k.History }, func(k known) bool { return k.Preference }
	const page = ` ORDER BY 1 DESC, 2 DESC LIMIT $3`
	return []source{
		{"order", history, `SELECT placed_at, number, status, '', '', '', '', '', total,
			(SELECT COALESCE(SUM(quantity), 0) FROM order_items WHERE order_number = number), NULL, FALSE, ''
			FROM orders WHERE member_id = $1 AND placed_at <= $2` + page},
		{"contact", history, `SELECT at, CAST(id AS TEXT), intent, outcome, channel, call, '', '', NULL, 0, rating, complaint, COALESCE(` + store.Opened("interactions.summary") + `, '')
			FROM interactions WHERE member_id = $1 AND at <= $2` + page},
		{"ticket", history, `SELECT created_at, number, kind, CASE WHEN resolved_at IS NULL THEN 'open' ELSE 'resolved' END, '', '', '', '', NULL, 0, NULL, kind = 'complaint', ` + store.Opened("tickets.text") + `
			FROM tickets WHERE member_id = $1 AND created_at <= $2` + page},
		{"points", history, `SELECT at, CAST(id AS TEXT), reason, '', '', '', '', '', delta, 0, NULL, FALSE, ''
			FROM points WHERE member_id = $1 AND at <= $2` + page},
		{"event", preference, `SELECT e.at, e.id, e.kind, '', '', '', COALESCE(p.name_zh, e.product_id), e.store_id || CASE WHEN e.zone <> '' THEN ' · ' || e.zone ELSE '' END,
			NULL, 0, NULL, FALSE, '' FROM events e LEFT JOIN products p ON p.id = e.product_id
			WHERE e.member_id = $1 AND e.at <= $2 AND e.kind NOT IN ('order', 'return', 'call', 'complaint', 'rating', 'campaign')` + page},
		{"tag", preference, `SELECT at, CAST(id AS TEXT), name, change, '', '', '', '', NULL, 0, NULL, FALSE, CASE WHEN author <> '' THEN author ELSE source END
			FROM tag_history WHERE member_id = $1 AND at <= $2` + page},
		{"consent", func(known) bool { return true }, `SELECT at, CAST(id AS TEXT), purpose, CASE WHEN given THEN 'given' ELSE 'withdrawn' END, '', '', '', '', NULL, 0, NULL, FALSE, notice
			FROM consents WHERE member_id = $1 AND at <= $2` + page},
	}
}

// timeline answers what happened, newest first: those parts that the reader may see.
func (a *API) timeline(w http.ResponseWriter, r *request) error {
	limit, err := pageOf(r)
	if err != nil {
		return err
	}
	kinds, err := kindsOf(r)
	if err != nil {
		return err
	}
	at, skip := int64(1<<62), 0
	if err := unseal(r.URL.Query().Get("cursor"), &at, &skip); err != nil {
		return err
	}
	if skip < 0 || skip > 1000 {
		return errCursor
	}
	view, may, err := a.seen(r.Context(), r)
	if err != nil {
		return err
	}
	all, err := a.happenings(r.Context(), view.ID, may, kinds, at, limit+skip+1)
	if err != nil {
		return err
	}
	// Those of the cursor's own moment that a page before has shown are passed over.
	for skipped := 0; skipped < skip && len(all) > 0 && all[0].At.UnixMilli() == at; skipped++ {
		all = all[1:]
	}
	out := list[happening]{Items: all}
	if len(all) > limit {
		out.Items = all[:limit]
		last := out.Items[limit-1].At.UnixMilli()
		if last != at {
			skip = 0
		}
		for _, h := range out.Items {
			if h.At.UnixMilli() == last {
				skip++
			}
		}
		out.Next = seal(last, skip)
	}
	return answerAt(w, r, view.Version, out)
}

// kindsOf reads which kinds are wanted; nil: all.
func kindsOf(r *request) (map[string]bool, error) {
	text := r.URL.Query().Get("kinds")
	if text == "" {
		return nil, nil //nolint:nilnil // all
	}
	kinds := map[string]bool{}
	for kind := range strings.SplitSeq(text, ",") {
		if !slices.ContainsFunc(sources(), func(s source) bool { return s.kind == kind }) {
			const want = "order,contact,ticket,points,event,tag,consent"
			return nil, wrong("kinds", member.Mask(kind), "some of "+want, want+" 中的若干种")
		}
		kinds[kind] = true
	}
	return kinds, nil
}

// happenings reads the newest of each source and merges them. Equal moments stand in the
// order of the sources, and within one as the store gives them.
func (a *API) happenings(ctx context.Context, id member.ID, may known, kinds map[string]bool, upTo int64, limit int) ([]happening, error) {
	all := []happening{}
	err := a.cfg.Store.View(ctx, func(tx *sql.Tx) error {
		all = all[:0]
		for _, s := range sources() {
			if !s.may(may) || kinds != nil && !kinds[s.kind] {
				continue
			}
			if err := a.read(ctx, tx, s, id, may, upTo, limit, &all); err != nil {
				return err
			}
		}
		return nil
	})
	slices.SortStableFunc(all, func(x, y happening) int { return cmp.Compare(y.At.UnixMilli(), x.At.UnixMilli()) })
	return all[:min(limit, len(all))], err
}

func (a *API) read(ctx context.Context, tx *sql.Tx, s source, id member.ID, may known, upTo int64, limit int, into *[]happening) error {
	return store.Each(ctx, tx, func(scan func(...any) error) error {
		h := happening{Kind: s.kind}
		var at int64
		err := scan(&at, &h.ID, &h.What, &h.Outcome, &h.Channel, &h.Call, &h.Product, &h.Place, &h.Amount, &h.Items, &h.Rating, &h.Complaint, &h.Summary)
		h.At = time.UnixMilli(at).In(a.cfg.Store.Place())
		h.Summary = member.Mask(h.Summary)
		if !may.Location {
			h.Place = ""
		}
		*into = append(*into, h)
		return err
	}, s.statement, string(id), upTo, limit)
}
