package predict

import (
	"errors"
	"maps"
	"slices"
	"time"
)

// Shop holds what was fitted for a shop as a whole and for each of its categories: what
// a schedule makes anew, and the turn path reads. It is read only once it is made.
type Shop struct {
	At         time.Time
	All        Forecaster
	Categories map[string]Forecaster
	Problems   map[string]error // fits that did not come off, by category, "" the shop's; each an [ErrDegenerate]
}

// NewShop fits a model of members' purchases up to now: to the shop, and to each
// category. Members come as a list of purchases each, by category; what a member bought
// in all is under "". A fit that degenerates leaves its forecaster without a model and
// is told in Problems; any other error ends it.
func NewShop(kind Kind, members map[string][][]Purchase, now time.Time) (*Shop, error) {
	shop := &Shop{At: now, Categories: map[string]Forecaster{}, Problems: map[string]error{}}
	for _, category := range slices.Sorted(maps.Keys(members)) {
		f, err := NewForecaster(kind, members[category], now)
		if err != nil && !errors.Is(err, ErrDegenerate) {
			return nil, err
		}
		if err != nil {
			shop.Problems[category] = err
		}
		if category == "" {
			shop.All = f
		} else {
			shop.Categories[category] = f
		}
	}
	return shop, nil
}

// NewForecaster fits both models to members' purchases up to now. With an
// [ErrDegenerate] the forecaster still works, with what could be fitted.
func NewForecaster(kind Kind, members [][]Purchase, now time.Time) (Forecaster, error) {
	all := make([]Summary, 0, len(members))
	for _, purchases := range members {
		if s, ok := Summarize(purchases, now); ok {
			all = append(all, s)
		}
	}
	often, err := Fit(kind, all)
	if err != nil && !errors.Is(err, ErrDegenerate) {
		return Forecaster{}, err
	}
	money, _, errMoney := FitMoney(all)
	return Forecaster{Model: often.Model, Money: money}, errors.Join(err, errMoney)
}

// Of returns the forecaster of a category, or the shop's where the category has no
// model of its own.
func (s *Shop) Of(category string) Forecaster {
	if f, ok := s.Categories[category]; ok && f.Model.p != nil {
		return f
	}
	return s.All
}
