package shop

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"huike/member"
	"huike/member/predict"
	"huike/member/predict/churn"
)

// Foretold is what is expected of one member: by the schedule's models, and by what the
// member has bought and agreed to by now.
type Foretold struct {
	At       time.Time // when the models were made
	Members  int       // to whom they were fitted
	Fitted   bool      // the shop's purchases had a model
	Forecast predict.Forecast
	Lost     *float64 // probability of no order for 90 days; nil where nothing was learned
	Half     churn.Warning
	Overdue  churn.Warning
	Rhythm   bool // the warnings are known: there is a usual cycle
	Bought   []predict.Purchase
}

// Outlook returns what was last foretold; where the schedule has made nothing yet, it is
// made and waited for.
func (s *Shop) Outlook(ctx context.Context) (*Outlook, error) {
	if o := s.outlook.Load(); o != nil {
		return o, nil
	}
	s.foreseeing.Lock() // who comes meanwhile waits for the same
	defer s.foreseeing.Unlock()
	if o := s.outlook.Load(); o != nil {
		return o, nil
	}
	if err := s.Foresee(ctx); err != nil {
		return nil, err
	}
	return s.outlook.Load(), nil
}

// Foretell says what is expected of a member. Nothing is of one who has not agreed to
// service and to profiling, or has bought nothing: then it reports false.
func (s *Shop) Foretell(ctx context.Context, id member.ID) (Foretold, bool, error) {
	made, err := s.Outlook(ctx)
	if err != nil {
		return Foretold{}, false, err
	}
	now := &Outlook{At: time.Now().In(s.store.Place()), Models: made.Models, members: map[member.ID]bought{}}
	if err := s.store.View(ctx, func(tx *sql.Tx) error { return now.read(ctx, tx, id) }); err != nil {
		return Foretold{}, false, fmt.Errorf("foretell: %w", err)
	}
	out := Foretold{At: made.At, Members: len(made.order), Fitted: made.Fitted()}
	b, known := now.members[id]
	if !known {
		return out, false, nil
	}
	out.Bought = b.all
	out.Forecast, _ = now.Forecast(id)
	if made.Risk != nil {
		lost := made.Risk.Risk(b.all)
		out.Lost = &lost
	}
	out.Half, out.Rhythm = churn.Warn(b.all, now.At, churn.HalfCycle)
	out.Overdue, _ = churn.Warn(b.all, now.At, churn.HalfOverdue)
	return out, true, nil
}

// Fitted reports whether the shop's purchases had a model.
func (o *Outlook) Fitted() bool {
	_, wrong := o.Models.Problems[""]
	return len(o.order) > 0 && !wrong
}

// Risked is a member with the probability of no order for 90 days.
type Risked struct {
	ID   member.ID
	Risk float64
}

// Risks are the members with the risk of each, the likeliest to be lost first; none where
// nothing was learned. The caller leaves them as they are.
func (o *Outlook) Risks() []Risked {
	o.once.Do(func() {
		if o.Risk == nil {
			return
		}
		for _, id := range o.order {
			o.risks = append(o.risks, Risked{id, o.Risk.Risk(o.members[id].all)})
		}
		slices.SortFunc(o.risks, func(a, b Risked) int { return cmp.Or(cmp.Compare(b.Risk, a.Risk), cmp.Compare(a.ID, b.ID)) })
	})
	return o.risks
}
