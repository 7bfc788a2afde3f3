package api

import (
	"context"
	"database/sql"
	"errors"
	"net/http"
	"sync"
	"time"

	"huike/member"
	"huike/member/predict"
	"huike/member/predict/churn"
	"huike/member/store"
)

const (
	hundred    = 100       // hundredths in one of the currency
	modelLives = time.Hour // how long a shop's fitted models serve
	ahead      = 90 * 24 * time.Hour
)

// models are fitted to all members' purchases when somebody first asks, and again when
// they are old.
type models struct {
	mu    sync.Mutex
	at    time.Time
	buys  predict.Forecaster
	risk  *churn.Model
	notes []string // what could not be fitted
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

// predictions says what is expected of a member, whose consent to profiling it needs.
func (a *API) predictions(w http.ResponseWriter, r *request) error {
	view, may, err := a.seen(r.Context(), r)
	if err != nil {
		return err
	}
	if !may.Preference || !may.History {
		return errWithheld
	}
	m, members, err := a.fitted(r.Context())
	if err != nil {
		return err
	}
	own, err := a.purchases(r.Context(), view.ID)
	if err != nil {
		return err
	}
	mine := own[view.ID]
	now := a.cfg.Now().In(a.cfg.Store.Place())
	says := m.buys.Forecast(mine, now)
	out := forecast{At: m.at, Expected: says.Expected, Value: says.Value * hundred, Notes: m.notes, Rests: evidence{Members: members, Bought: []boughtOn{}}}
	if says.Basis != predict.Unknown {
		out.Next = &interval{says.Next, says.From, says.To, says.Basis}
	}
	if says.Alive > 0 {
		out.Alive, out.Rests.Model = &says.Alive, string(predict.BGNBD)
	}
	days := predict.Days(mine, now)
	if m.risk != nil && len(days) > 0 {
		lost := m.risk.Risk(mine)
		out.Lost = &lost
	}
	if warn, ok := churn.Warn(mine, now, churn.HalfOverdue); ok {
		out.Warning = &warning{warn.Overdue, inDays(warn.Cycle), inDays(warn.Silent), warn.Gaps}
	}
	out.Rests.Days = len(days)
	for _, d := range days {
		out.Rests.Bought = append(out.Rests.Bought, boughtOn{d.At, d.Money})
	}
	if len(days) > 0 {
		out.Rests.First, out.Rests.Last = &days[0].At, &days[len(days)-1].At
	}
	return answer(w, r, out)
}

func inDays(d time.Duration) float64 { return d.Hours() / 24 }

// fitted returns the shop's models, fitted anew where they are old.
func (a *API) fitted(ctx context.Context) (*models, int, error) {
	m := &a.models
	m.mu.Lock()
	defer m.mu.Unlock()
	now := a.cfg.Now().In(a.cfg.Store.Place())
	if !m.at.IsZero() && now.Sub(m.at) < modelLives {
		return m, a.fittedTo, nil
	}
	all, err := a.purchases(ctx, "")
	if err != nil {
		return nil, 0, err
	}
	members := make([][]predict.Purchase, 0, len(all))
	for _, one := range all {
		members = append(members, one)
	}
	m.notes, m.risk = []string{}, nil
	if m.buys, err = predict.NewForecaster(predict.BGNBD, members, now); err != nil {
		if !errors.Is(err, predict.ErrDegenerate) {
			return nil, 0, err
		}
		m.notes = append(m.notes, "purchases")
	}
	if m.risk, err = churn.Train(members, now, ahead); err != nil {
		m.risk = nil
		m.notes = append(m.notes, "churn")
	}
	m.at, a.fittedTo = now, len(members)
	return m, a.fittedTo, nil
}

// purchases reads one member's orders, or with no id everybody's who has agreed to
// profiling.
func (a *API) purchases(ctx context.Context, id member.ID) (all map[member.ID][]predict.Purchase, err error) {
	err = a.cfg.Store.View(ctx, func(tx *sql.Tx) error {
		all = map[member.ID][]predict.Purchase{}
		return store.Each(ctx, tx, func(scan func(...any) error) error {
			var who member.ID
			var at, total int64
			var units int
			err := scan(&who, &at, &total, &units)
			all[who] = append(all[who], predict.Purchase{At: time.UnixMilli(at).In(a.cfg.Store.Place()), Units: units, Money: total})
			return err
		}, `SELECT o.member_id, o.placed_at, o.total, (SELECT COALESCE(SUM(i.quantity), 0) FROM order_items i WHERE i.order_number = o.number)
			FROM orders o WHERE o.status NOT IN ('returned', 'cancelled') AND ($1 = '' AND EXISTS (SELECT 1 FROM consents c WHERE c.member_id = o.member_id
				AND c.purpose = 'profiling' AND c.given AND c.id = (SELECT MAX(id) FROM consents l WHERE l.member_id = c.member_id AND l.purpose = c.purpose))
			OR o.member_id = $1) ORDER BY o.member_id, o.placed_at`, string(id))
	})
	return all, err
}
