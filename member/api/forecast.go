package api

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"sort"
	"time"

	"huike/member"
	"huike/member/audit"
	"huike/member/predict"
	"huike/member/predict/churn"
	"huike/member/shop"
)

const hundred = 100 // hundredths in one of the currency

// Outlook is what the shop foretells of its members by its schedule, for calls and pages
// alike; [shop.Shop] is one.
type Outlook interface {
	Outlook(ctx context.Context) (*shop.Outlook, error)
	Foretell(ctx context.Context, id member.ID) (shop.Foretold, bool, error)
}

// forecast is what is expected of a member, and what that rests on.
type forecast struct {
	At       time.Time `json:"at"`
	Next     *interval `json:"next"`     // null: nothing may be promised
	Alive    *float64  `json:"alive"`    // probability that the member still buys here; null without a model
	Expected float64   `json:"expected"` // orders within a year
	Value    float64   `json:"value"`    // what those are worth, in hundredths
	Lost     *float64  `json:"lost"`     // probability of no order within 90 days; null without a model
	Warning  *warning  `json:"warning"`  // the shop floor's rule; null without a usual cycle
	Rests    evidence  `json:"evidence"`
	Notes    []string  `json:"notes"` // what could not be fitted, in words
}

type interval struct {
	On    time.Time     `json:"on"`   // as likely before as after
	From  time.Time     `json:"from"` // four times in five between
	To    time.Time     `json:"to"`
	Basis predict.Basis `json:"basis"` // model or gap
}

type warning struct {
	Half    bool    `json:"half"`    // silent for more than half of the usual cycle
	Overdue bool    `json:"overdue"` // half of the usual cycle over it
	Cycle   float64 `json:"cycle"`   // days
	Silent  float64 `json:"silent"`  // days since the last order
	Gaps    int     `json:"gaps"`    // that the cycle rests on
}

// evidence is the member's own purchases.
type evidence struct {
	Days    int        `json:"days"` // with an order
	First   *time.Time `json:"first"`
	Last    *time.Time `json:"last"`
	Model   string     `json:"model,omitempty"` // the family that was fitted
	Members int        `json:"members"`         // of the shop with an order, to whom it was fitted
	Bought  []boughtOn `json:"bought"`          // oldest first
}

type boughtOn struct {
	At    time.Time `json:"at"`
	Money int64     `json:"money"`
}

// predictions says what is expected of a member, whose consent to service and to profiling
// it needs.
func (a *API) predictions(w http.ResponseWriter, r *request) error {
	view, may, err := a.seen(r.Context(), r)
	if err != nil {
		return err
	}
	if !may.Preference || !may.History || !foretellable(&view) {
		return errWithheld
	}
	says, _, err := a.cfg.Outlook.Foretell(r.Context(), view.ID)
	if err != nil {
		return err
	}
	f := &says.Forecast
	out := forecast{
		At: says.At, Expected: f.Expected, Value: f.Value * hundred, Lost: says.Lost, Notes: []string{},
		Rests: evidence{Members: says.Members, Bought: []boughtOn{}},
	}
	if f.Basis != predict.Unknown {
		out.Next = &interval{f.Next, f.From, f.To, f.Basis}
	}
	if f.Alive > 0 {
		out.Alive, out.Rests.Model = &f.Alive, string(predict.BGNBD)
	}
	if says.Rhythm {
		out.Warning = &warning{says.Half.Overdue, says.Overdue.Overdue, inDays(says.Half.Cycle), inDays(says.Half.Silent), says.Half.Gaps}
	}
	if !says.Fitted {
		out.Notes = append(out.Notes, "purchases")
	}
	if says.Lost == nil {
		out.Notes = append(out.Notes, "churn")
	}
	out.Rests.of(predict.Days(says.Bought, a.cfg.Now().In(a.cfg.Store.Place())))
	return answer(w, r, out)
}

// foretellable reports whether a member has agreed to what an outlook asks for.
func foretellable(v *member.View) bool {
	return v.Allows(member.PurposeService) && v.Allows(member.PurposeProfiling)
}

func (e *evidence) of(days []predict.Purchase) {
	e.Days = len(days)
	for _, d := range days {
		e.Bought = append(e.Bought, boughtOn{d.At, d.Money})
	}
	if len(days) > 0 {
		e.First, e.Last = &days[0].At, &days[len(days)-1].At
	}
}

func inDays(d time.Duration) float64 { return d.Hours() / 24 }

const bars = 10 // of the histogram of risks, a tenth each

// risks is how many members have which risk of not ordering for 90 days.
type risks struct {
	At      time.Time `json:"at"`
	Of      int       `json:"of"`      // members of whom something can be foretold
	Bars    []bar     `json:"bars"`    // empty where the past teaches nothing
	Half    int       `json:"half"`    // silent for more than half of their usual cycle
	Overdue int       `json:"overdue"` // half of the usual cycle over it
}

type bar struct {
	From    float64 `json:"from"`
	To      float64 `json:"to"` // not included, but in the last
	Members int     `json:"members"`
}

// churn counts the members by their risk.
func (a *API) churn(w http.ResponseWriter, r *request) error {
	o, err := a.cfg.Outlook.Outlook(r.Context())
	if err != nil {
		return err
	}
	if err := a.trace(r, "", "segment", "churn", audit.OK); err != nil {
		return err
	}
	out := risks{At: o.At, Of: len(o.Members()), Bars: []bar{}, Half: len(o.Warnings(churn.HalfCycle)), Overdue: len(o.Warnings(churn.HalfOverdue))}
	if all := o.Risks(); len(all) > 0 {
		for i := range bars {
			out.Bars = append(out.Bars, bar{From: float64(i) / bars, To: float64(i+1) / bars})
		}
		for _, one := range all {
			out.Bars[min(bars-1, int(one.Risk*bars))].Members++
		}
	}
	return answer(w, r, out)
}

// span is a part of the risks, from 0 to 1. To is not included, but for 1.
type span struct {
	From float64 `json:"from"`
	To   float64 `json:"to"`
}

func (s *span) has(risk float64) bool {
	return risk >= s.From && (risk < s.To || s.To >= 1)
}

// atRisk finds the members whom the shop may lose, the likeliest first: those within a
// span of the risk, or who are warned of by a reading of the shop floor's rule.
func (a *API) atRisk(r *request, q *wish) (*list[hit], error) {
	o, err := a.cfg.Outlook.Outlook(r.Context())
	if err != nil {
		return nil, err
	}
	found, err := risked(o, q)
	if err != nil {
		return nil, err
	}
	var after shop.Risked // may be of another outlook than found
	if err := unseal(q.Cursor, &after.Risk, &after.ID); err != nil {
		return nil, err
	}
	at := 0
	if q.Cursor != "" {
		at = sort.Search(len(found), func(i int) bool { return likelier(after, found[i]) < 0 })
	}
	risk := map[member.ID]float64{}
	ids := []member.ID{}
	for _, one := range found[at:min(len(found), at+q.Limit+1)] {
		ids = append(ids, one.ID)
		risk[one.ID] = one.Risk
	}
	out, err := a.page(r, q, ids, foretellable)
	if err != nil {
		return nil, err
	}
	if out.Next != "" {
		last := ids[q.Limit-1]
		out.Next = seal(risk[last], last)
	}
	for i := range out.Items {
		one := risk[out.Items[i].ID]
		out.Items[i].Risk = &one
	}
	return out, nil
}

// likelier orders the likeliest to be lost first.
func likelier(a, b shop.Risked) int {
	return cmp.Or(cmp.Compare(b.Risk, a.Risk), cmp.Compare(a.ID, b.ID))
}

// risked are those whom a search for the risk, or for the shop floor's rule, means.
func risked(o *shop.Outlook, q *wish) (found []shop.Risked, err error) {
	if q.Risk == nil {
		reading, known := map[string]churn.Reading{"half": churn.HalfCycle, "overdue": churn.HalfOverdue}[q.Warn]
		if !known {
			return nil, wrong("warn", member.Mask(q.Warn), "half or overdue", "half 或 overdue")
		}
		for _, one := range o.Warnings(reading) {
			found = append(found, shop.Risked{ID: one.ID, Risk: one.Risk})
		}
		slices.SortFunc(found, likelier)
		return found, nil
	}
	if q.Risk.From < 0 || q.Risk.From >= q.Risk.To || q.Risk.To > 1 {
		return nil, wrong("risk", "…", "from 0 to 1, from below to", "from、to 在 0 至 1 之间，且 from 小于 to")
	}
	for _, one := range o.Risks() {
		if q.Risk.has(one.Risk) {
			found = append(found, one)
		}
	}
	return found, nil
}
