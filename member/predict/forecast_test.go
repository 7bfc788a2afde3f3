package predict

import (
	"errors"
	"math"
	"testing"
	"time"
)

var start = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

// every is n purchases, so many days apart.
func every(gap, n int) []Purchase {
	var all []Purchase
	for i := range n {
		all = append(all, Purchase{At: start.AddDate(0, 0, i*gap), Units: 1, Money: 5000})
	}
	return all
}

func TestSummarize(t *testing.T) {
	at := func(d, hour int) time.Time { return start.AddDate(0, 0, d).Add(time.Duration(hour) * time.Hour) }
	all := []Purchase{
		{At: at(14, 0), Money: 3000},
		{At: at(0, 0), Money: 99900},
		{At: at(14, 3), Money: 1000},
		{At: at(7, 0), Money: 2000},
		{At: at(40, 0), Money: 7777},
	}
	s, ok := Summarize(all, at(21, -8))
	want := Summary{Repeats: 2, Recency: 2 * week, Age: 3 * week, Spend: 30}
	if !ok || s != want {
		t.Errorf("%+v, want %+v", s, want)
	}
	if _, ok := Summarize(all, at(-1, 0)); ok {
		t.Error("somebody who had bought nothing has a summary")
	}
	east := time.FixedZone("east", 8*3600) // 9:00 there is 1:00 UTC: another day begins earlier
	s, _ = Summarize([]Purchase{{At: start.Add(6 * time.Hour)}, {At: start.Add(8 * time.Hour)}}, start.AddDate(0, 0, 1).In(east))
	if s.Repeats != 1 {
		t.Errorf("in the shop's own zone these are two days: %+v", s)
	}
}

func TestARegularMemberIsForetoldByHisRhythm(t *testing.T) {
	shop := Forecaster{Model: built(BGNBD, [4]float64{.243, 4.414, .793, 2.426})}
	p := every(28, 8)
	last := p[len(p)-1].At
	f := shop.Forecast(p, last.AddDate(0, 0, 7))
	if f.Basis != ByGap || f.Cycle != 28*24*time.Hour {
		t.Fatalf("%+v", f)
	}
	if off := f.Next.Sub(last.AddDate(0, 0, 28)).Hours() / 24; math.Abs(off) > 3 {
		t.Errorf("next %.1f days beside the rhythm", off)
	}
	if !f.From.Before(f.Next) || !f.Next.Before(f.To) || f.To.Sub(f.From) > 40*24*time.Hour {
		t.Errorf("from %v to %v", f.From, f.To)
	}
	// Twelve days over the rhythm he is still expected, and not in the past.
	late := last.AddDate(0, 0, 40)
	if f = shop.Forecast(p, late); f.Basis != ByGap || !f.From.After(day(late, time.UTC)) || !f.From.Before(f.Next) {
		t.Errorf("overdue by twelve days: %+v", f)
	}
	// Half a year later the rhythm is broken, and the model alone speaks.
	if f = shop.Forecast(p, last.AddDate(0, 6, 0)); f.Basis == ByGap || f.Alive > 0.5 {
		t.Errorf("after half a year of silence: %+v", f)
	}
}

func TestWithoutAModelTheGapStandsIn(t *testing.T) {
	members := [][]Purchase{every(10, 4), every(30, 3), every(7, 1)}
	f, err := NewForecaster(BGNBD, members, start.AddDate(0, 4, 0))
	if !errors.Is(err, ErrDegenerate) {
		t.Fatal(err)
	}
	got := f.Forecast(members[0], start.AddDate(0, 0, 33))
	if got.Basis != ByGap || got.Alive != 0 || got.Next.IsZero() || math.Abs(got.Expected-36.5) > 0.01 || math.Abs(got.Value-36.5*50) > 0.5 {
		t.Errorf("%+v", got)
	}
	if got = f.Forecast(members[2], start.AddDate(0, 0, 33)); got.Basis != Unknown || !got.Next.IsZero() || got.Expected != 0 {
		t.Errorf("one purchase foretells nothing without a model: %+v", got)
	}
}

// TestIntervalsHold counts how often the next purchase of members whom the model itself
// made falls between From and To: four times in five.
func TestIntervalsHold(t *testing.T) {
	m := built(BGNBD, [4]float64{1.2, 5, 1.1, 8})
	shop := Forecaster{Model: m}
	inside, all := 0, 0
	random := newRandom()
	for range 6000 {
		past, _ := simulate(BGNBD, [4]float64{1.2, 5, 1.1, 8}, random, 400, 400)
		p := []Purchase{{At: start}}
		var next time.Time
		now := start.Add(30 * week)
		for _, w := range past {
			at := start.Add(time.Duration(w * float64(week)))
			if at.After(now) {
				next = at
				break
			}
			p = append(p, Purchase{At: at})
		}
		f := shop.Forecast(p, now)
		if next.IsZero() || f.Basis != ByModel {
			continue
		}
		all++
		if next.After(f.From) && next.Before(f.To.AddDate(0, 0, 1)) {
			inside++
		}
	}
	if share := float64(inside) / float64(all); all < 500 || share < 0.77 || share > 0.85 {
		t.Errorf("%.3f of %d lie inside, want 0.8", share, all)
	}
}

func TestShopHasCategories(t *testing.T) {
	var all, few [][]Purchase
	random := newRandom()
	for range 1500 {
		past, _ := simulate(BGNBD, [4]float64{0.8, 6, 1.2, 3}, random, 40, 40)
		p := []Purchase{{At: start, Money: 1000}}
		for i, w := range past {
			p = append(p, Purchase{At: start.Add(time.Duration(w * float64(week))), Money: int64(800 + 100*(i%7))})
		}
		all = append(all, p)
	}
	few = all[:5]
	shop, err := NewShop(BGNBD, map[string][][]Purchase{"": all, "milk": all[:900], "prams": few}, start.Add(40*week))
	if err != nil {
		t.Fatal(err)
	}
	if !errors.Is(shop.Problems["prams"], ErrDegenerate) {
		t.Errorf("five members make a model: %v", shop.Problems)
	}
	if shop.Of("milk").Model.Kind != BGNBD || shop.Of("prams").Model.Params["r"] != shop.All.Model.Params["r"] {
		t.Error("a category without a model takes the shop's")
	}
}

func TestRefill(t *testing.T) {
	milk := []Purchase{{At: start, Units: 2}, {At: start.AddDate(0, 0, 40), Units: 1}, {At: start.AddDate(0, 0, 60), Units: 3}}
	tests := []struct {
		name   string
		bought []Purchase
		usual  time.Duration
		days   int // after start; 0: nothing can be said
		gaps   int
	}{
		{"two tins last forty days, three last sixty", milk, 0, 120, 2},
		{"bought once, the shop's pace stands in", milk[:1], 25 * 24 * time.Hour, 50, 0},
		{"bought once, and nobody knows how long it lasts", milk[:1], 0, 0, 0},
		{"never bought", nil, 25 * 24 * time.Hour, 0, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r, ok := NewRefill(test.bought, start.AddDate(0, 0, 70), test.usual)
			if ok != (test.days > 0) {
				t.Fatalf("%+v, %v", r, ok)
			}
			if ok && (between(start, r.RunsOut) != time.Duration(test.days)*24*time.Hour || r.Gaps != test.gaps) {
				t.Errorf("%+v", r)
			}
		})
	}
	r, _ := NewRefill(milk, start.AddDate(0, 0, 70), 0)
	week, out := 7*24*time.Hour, r.RunsOut
	for at, due := range map[time.Time]bool{out.Add(-8 * 24 * time.Hour): false, out.Add(-week): true, out.Add(week): true, out.Add(week + 1): false} {
		if r.Due(at, week, week) != due {
			t.Errorf("due at %v: %v", at.Sub(out), !due)
		}
	}
}
