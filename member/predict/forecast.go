package predict

import (
	"math"
	"slices"
	"time"

	"gonum.org/v1/gonum/stat/distuv"
)

// Basis is what a forecast rests on.
type Basis string

// The bases. A member with a rhythm is foretold by it; the models know none.
const (
	ByModel Basis = "model" // the shop's model and the member's summary
	ByGap   Basis = "gap"   // the member's own purchase gaps
	Unknown Basis = ""      // neither says anything: nothing may be promised
)

// Forecaster knows a shop, or one category of it. Its zero value has no model, and
// falls back to each member's own gaps. It may be used from any goroutine.
type Forecaster struct {
	Model Model
	Money Money
	// Horizon is how far Expected and Value look, 0 is 365 days.
	Horizon time.Duration
	// Discount is the yearly rate at which later money is worth less, 0.1 for 10 %.
	Discount float64
}

// Forecast is what is expected of one member. What is unknown is zero.
type Forecast struct {
	Alive    float64 // probability that he still buys here; 0 without a model
	Expected float64 // purchases within the horizon
	Value    float64 // what they are worth today, in the shop's currency; 0 unknown

	// Next is by when he buys again as likely as not, if he does at all; four times in
	// five that is between From and To. All are zero where the basis is Unknown.
	Next, From, To time.Time
	Basis          Basis         // of Next, From and To
	Cycle          time.Duration // his usual gap, 0 unknown
}

// Forecast says what one member will do after now; later purchases are not looked at.
func (f Forecaster) Forecast(purchases []Purchase, now time.Time) Forecast {
	var out Forecast
	days := Days(purchases, now)
	s, ok := Summarize(days, now)
	if !ok {
		return out
	}
	horizon := f.Horizon
	if horizon <= 0 {
		horizon = 365 * 24 * time.Hour
	}
	out.Cycle, _ = Cycle(days)
	since := s.Age - s.Recency
	rhythm := newRhythm(days)
	if f.Model.p != nil {
		out.Alive = f.Model.Alive(s)
		out.Expected = f.Model.Expected(s, horizon)
	} else if out.Cycle > 0 && rhythm.goesOn(since) {
		out.Expected = float64(horizon) / float64(out.Cycle)
	}
	if worth := f.worth(s); worth > 0 && out.Expected > 0 {
		out.Value = worth * f.discounted(s, horizon, out.Expected)
	}
	var wait func(share float64) time.Duration
	switch {
	case rhythm.goesOn(since) && (rhythm.steady || f.Model.p == nil):
		out.Basis, wait = ByGap, func(share float64) time.Duration { return rhythm.wait(since, share) }
	case f.Model.p != nil:
		out.Basis, wait = ByModel, func(share float64) time.Duration { return f.Model.Wait(s, share) }
	default:
		return out
	}
	const never = time.Duration(math.MaxInt64)
	next, from, to := wait(0.5), wait(0.1), wait(0.9)
	if next == never || to == never {
		out.Basis = Unknown // a date so far away is none
		return out
	}
	today := day(now, now.Location())
	out.Next, out.From, out.To = today.Add(next), today.Add(from), today.Add(to)
	return out
}

// worth is what one purchase of the member is worth: by the model, or his own mean.
func (f Forecaster) worth(s Summary) float64 {
	if worth, ok := f.Money.Expected(s); ok {
		return worth
	}
	return s.Spend
}

// discounted sums the purchases of twelve parts of the horizon, each worth what it is
// in its middle.
func (f Forecaster) discounted(s Summary, horizon time.Duration, expected float64) float64 {
	if f.Discount <= 0 || f.Model.p == nil {
		return expected
	}
	const parts = 12
	years := horizon.Hours() / 24 / 365
	sum, before := 0.0, 0.0
	for i := 1; i <= parts; i++ {
		upTo := f.Model.Expected(s, horizon/parts*time.Duration(i))
		sum += (upTo - before) * math.Pow(1+f.Discount, -years*(float64(i)-0.5)/parts)
		before = upTo
	}
	return sum
}

// Cycle returns the usual time between a member's purchases: the median of the gaps
// between the days that [Days] gives. It reports false with fewer than two days.
func Cycle(days []Purchase) (time.Duration, bool) {
	gaps := gaps(days)
	if len(gaps) == 0 {
		return 0, false
	}
	slices.Sort(gaps)
	n := len(gaps)
	return (gaps[(n-1)/2] + gaps[n/2]) / 2, true
}

func gaps(days []Purchase) []time.Duration {
	var all []time.Duration
	for i := 1; i < len(days); i++ {
		all = append(all, between(days[i-1].At, days[i].At))
	}
	return all
}

// rhythm is a member's own gaps as a log-normal distribution.
type rhythm struct {
	gap    distuv.LogNormal // in days
	n      int
	steady bool // gaps so alike that they say more than the shop's model
}

// newRhythm estimates the spread of gaps from at least two, drawn towards a prior of
// two gaps that differ by a factor of e^0.5, and widened for the mean's own error.
func newRhythm(days []Purchase) rhythm {
	const prior, priorWeight, alike, enough = 0.5, 2.0, 0.5, 3
	all := gaps(days)
	n := float64(len(all))
	if n < 2 {
		return rhythm{}
	}
	mean, squares := 0.0, 0.0
	for _, g := range all {
		mean += math.Log(g.Hours()/24) / n
	}
	for _, g := range all {
		d := math.Log(g.Hours()/24) - mean
		squares += d * d
	}
	spread := math.Sqrt((priorWeight*prior*prior + squares) / (priorWeight + n - 1))
	return rhythm{
		gap: distuv.LogNormal{Mu: mean, Sigma: spread * math.Sqrt(1+1/n)}, n: len(all),
		steady: len(all) >= enough && spread <= alike,
	}
}

// goesOn tells whether a silence still fits the rhythm: at least one gap in a hundred
// is as long.
func (r rhythm) goesOn(since time.Duration) bool {
	return r.n > 0 && r.gap.Survival(since.Hours()/24) >= 0.01
}

// wait returns by when from now the next purchase comes with a probability, given that
// it did not come since the last one.
func (r rhythm) wait(since time.Duration, share float64) time.Duration {
	days := since.Hours() / 24
	gone := r.gap.CDF(days)
	at := r.gap.Quantile(gone + share*(1-gone))
	return max(0, long((at-days)/7))
}
