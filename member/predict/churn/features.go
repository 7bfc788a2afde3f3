package churn

import (
	"math"
	"time"

	"huike/member/predict"
)

// features describes one member on the day of now, from nothing later. It reports false
// where he had bought nothing yet. days may reach beyond now.
func features(days []predict.Purchase, now time.Time, horizon time.Duration, b base) ([]float64, bool) {
	s, ok := predict.Summarize(days, now)
	if !ok {
		return nil, false
	}
	days = predict.Days(days, now)
	silent, age, repeats := weeks(s.Age-s.Recency), weeks(s.Age), float64(s.Repeats)
	gap := weeks(s.Recency) / max(repeats, 1)
	repeated, overdue := 0.0, 0.0
	if s.Repeats > 0 {
		repeated, overdue = 1, math.Log((silent+0.5)/(gap+0.5))
	}
	month, quarter := within(days, now, 4*week), within(days, now, 13*week)
	money, mean := spent(days)
	first, last := days[0], days[len(days)-1]
	p, log := logit(b.buys(s, horizon)), math.Log1p(silent)
	return []float64{
		p, p * p, // what the purchase model says
		log, log * log, math.Log1p(age), math.Log1p(repeats), repeated, // recency and frequency
		overdue, regularity(days, gap), // against the member's own gaps
		math.Log1p(month), math.Log1p(quarter), // this month's and this season's purchases
		math.Log1p(money), mean, cents(last.Money) - mean, // value, and where it tends
		math.Log1p(float64(max(0, first.Units))), cents(first.Money), // how it began
		math.Log(weeks(horizon)),
	}, true
}

func weeks(d time.Duration) float64 { return float64(d) / float64(week) }

// cents is the logarithm of an amount; a return is nothing.
func cents(money int64) float64 { return math.Log1p(float64(max(0, money))) }

// within counts the days of purchase in the time before now.
func within(days []predict.Purchase, now time.Time, back time.Duration) float64 {
	n := 0.0
	for _, d := range days {
		if now.Sub(d.At) <= back {
			n++
		}
	}
	return n
}

// spent returns all the money that is known of, and the logarithm of what a day of
// purchase brings.
func spent(days []predict.Purchase) (sum, mean float64) {
	n := 0.0
	for _, d := range days {
		if d.Money > 0 {
			sum += float64(d.Money)
			n++
		}
	}
	return sum, math.Log1p(sum / max(n, 1))
}

// regularity is 1 for gaps that are all the same, less for others, and 0 for fewer than
// two.
func regularity(days []predict.Purchase, mean float64) float64 {
	n := len(days) - 1
	if n < 2 {
		return 0
	}
	squares := 0.0
	for i := 1; i < len(days); i++ {
		d := weeks(days[i].At.Sub(days[i-1].At)) - mean
		squares += d * d
	}
	return 1 / (1 + math.Sqrt(squares/float64(n))/mean)
}

func logit(p float64) float64 {
	p = min(max(p, 1e-6), 1-1e-6)
	return math.Log(p / (1 - p))
}
