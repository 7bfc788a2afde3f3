// Package predict says when a member will buy again, whether he still does at all, and
// what he is worth, by the published models of customer-base analysis fitted by maximum
// likelihood: BG/NBD, MBG/NBD and Pareto/NBD for how often, Gamma-Gamma for how much.
//
// It is no schedule and no store: purchases and the time come in, numbers go out. What
// it cannot say it says so: a fit that degenerates is an error, and a forecast then
// rests on the member's own gaps or is empty. Who is about to be lost is
// huike/member/predict/churn's question; what he might buy is huike/member/recommend's.
//
// The package starts no goroutine that outlives a call, and reads no clock.
package predict

import (
	"cmp"
	"slices"
	"time"
)

// week is the unit of the models' times, as in the literature: their α and β are weeks.
const week = 7 * 24 * time.Hour

// Purchase is one order of a member.
type Purchase struct {
	At    time.Time
	Units int   // items in it
	Money int64 // hundredths of the shop's currency; not above 0: unknown, or a return
}

// Summary is what the models need of a member's purchases up to one moment: Fader and
// Hardie's (x, t_x, T) and mean spend. Purchases of one day are one.
type Summary struct {
	Repeats int           // x: days with a purchase, after the first
	Recency time.Duration // t_x: from the first purchase to the last; 0 without repeats
	Age     time.Duration // T: from the first purchase to the moment
	Spend   float64       // mean money of a repeat day, in the shop's currency; 0 where unknown
}

// Summarize reduces one member's purchases, in any order, to what was known on the day
// of now; later ones are not looked at. Days are those of now's location. It reports
// false where the member had bought nothing yet.
func Summarize(purchases []Purchase, now time.Time) (Summary, bool) {
	days := Days(purchases, now)
	if len(days) == 0 {
		return Summary{}, false
	}
	first, last := days[0].At, days[len(days)-1].At
	s := Summary{Repeats: len(days) - 1, Recency: between(first, last), Age: between(first, now)}
	var sum int64
	n := 0
	for _, d := range days[1:] {
		if d.Money > 0 {
			sum += d.Money
			n++
		}
	}
	if n > 0 {
		s.Spend = float64(sum) / 100 / float64(n)
	}
	return s, true
}

// Days returns one purchase for each day on which the member bought, up to the day of
// now, the oldest first, each at its day's beginning. Days are those of now's location.
func Days(purchases []Purchase, now time.Time) []Purchase {
	until := day(now, now.Location())
	days := make([]Purchase, 0, len(purchases))
	for _, p := range purchases {
		if p.At = day(p.At, now.Location()); !p.At.After(until) {
			days = append(days, p)
		}
	}
	slices.SortStableFunc(days, func(a, b Purchase) int { return a.At.Compare(b.At) })
	n := 0
	for i, p := range days {
		if i > 0 && p.At.Equal(days[n-1].At) {
			days[n-1].Units += p.Units
			days[n-1].Money += p.Money
			continue
		}
		days[n] = p
		n++
	}
	return days[:n]
}

func day(t time.Time, place *time.Location) time.Time {
	year, month, date := t.In(place).Date()
	return time.Date(year, month, date, 0, 0, 0, 0, place)
}

// between returns the whole days from one day to another; a day of 23 or 25 hours is
// a day.
func between(from, to time.Time) time.Duration {
	utc := func(t time.Time) time.Time { return day(t.In(from.Location()), from.Location()) }
	a, b := utc(from), utc(to)
	ay, am, ad := a.Date()
	by, bm, bd := b.Date()
	return time.Date(by, bm, bd, 0, 0, 0, 0, time.UTC).Sub(time.Date(ay, am, ad, 0, 0, 0, 0, time.UTC))
}

// group is a summary that weight members share, with times in weeks.
type group struct {
	x      int
	tx, t  float64
	weight float64
}

// grouped gathers members with the same history: a likelihood is then evaluated once
// for all of them, which is most of the members of a young shop.
func grouped(members []Summary) []group {
	type key struct {
		x     int
		tx, t time.Duration
	}
	counts := make(map[key]int, len(members))
	for _, s := range members {
		counts[key{s.Repeats, s.Recency, s.Age}]++
	}
	groups := make([]group, 0, len(counts))
	for k, n := range counts {
		groups = append(groups, group{k.x, weeks(k.tx), weeks(k.t), float64(n)})
	}
	slices.SortFunc(groups, func(a, b group) int { // sums come out the same whatever the map's order
		return cmp.Or(cmp.Compare(a.x, b.x), cmp.Compare(a.tx, b.tx), cmp.Compare(a.t, b.t))
	})
	return groups
}

func weeks(d time.Duration) float64 { return float64(d) / float64(week) }

// long returns a number of weeks as a Duration; what does not fit becomes the longest.
func long(weeks float64) time.Duration {
	const longest = float64(1<<63-1) / float64(week)
	if !(weeks < longest) {
		return 1<<63 - 1
	}
	return time.Duration(weeks * float64(week))
}
