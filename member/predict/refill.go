package predict

import (
	"slices"
	"time"
)

// Refill is when what a member uses up runs out.
type Refill struct {
	RunsOut time.Time
	PerUnit time.Duration // how long one unit lasts him
	Gaps    int           // of his own that this rests on; 0: on the shop's usual pace
}

// NewRefill foretells when a consumable runs out from the member's purchases of it, in
// any order, up to now: each purchase lasted until the next one, and the median time
// for a unit, times the units bought last, is what is left from then. usual is how long
// a unit lasts the shop's other members, which stands in where this one has bought only
// once; 0 is unknown. It reports false where nothing can be said.
func NewRefill(purchases []Purchase, now time.Time, usual time.Duration) (Refill, bool) {
	days := Days(purchases, now)
	if len(days) == 0 {
		return Refill{}, false
	}
	r := Refill{PerUnit: usual}
	if per, n := PerUnit(days); n > 0 {
		r.PerUnit, r.Gaps = per, n
	}
	if r.PerUnit <= 0 {
		return Refill{}, false
	}
	last := days[len(days)-1]
	r.RunsOut = last.At.Add(long(weeks(r.PerUnit) * float64(max(1, last.Units))))
	return r, true
}

// PerUnit returns how long one unit lasts a member whose purchases [Days] has put in
// order: the median over his gaps, and how many there are.
func PerUnit(days []Purchase) (time.Duration, int) {
	var each []time.Duration
	for i := 1; i < len(days); i++ {
		each = append(each, between(days[i-1].At, days[i].At)/time.Duration(max(1, days[i-1].Units)))
	}
	if len(each) == 0 {
		return 0, 0
	}
	slices.Sort(each)
	return (each[(len(each)-1)/2] + each[len(each)/2]) / 2, len(each)
}

// Due reports whether now lies in the window in which a reminder is welcome: from before
// the run-out to after it. Outside it, nobody is to be reminded.
func (r Refill) Due(now time.Time, before, after time.Duration) bool {
	return !r.RunsOut.IsZero() && !now.Before(r.RunsOut.Add(-before)) && !now.After(r.RunsOut.Add(after))
}
