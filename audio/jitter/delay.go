package jitter

import (
	"math"
	"time"
)

const (
	bucket  = 2 * time.Millisecond
	buckets = 512 // x 2 ms = 1.024 s

	// The part of the observations for which the delay is to be long enough: for
	// a person, who hears every piece that comes too late, and for one who
	// catches up and loses nothing by it.
	forPerson = 0.94
	forCalm   = 0.98 // of those that are no stalls, whose next one is soon to come
	forOther  = 0.8

	// An observation is the latest packet of half a second, so that a stall
	// counts as one, however many packets it held up. One weighs 0.983 of the one
	// after it: half of the weight lies in the last 20 s.
	spell  = 500 * time.Millisecond
	forget = 0.983

	window    = 6                      // x 250 ms of packets that came: the fastest of 2 s
	windowLen = 250 * time.Millisecond // of call time, for each

	pending = 4 // x 500 ms for which an observation may still turn out to be a step

	reserve = 3 * time.Millisecond // on a line that is not steady, since the past is no bound

	// A peak is a stall that comes back every few seconds, too seldom for the
	// percentile: it is remembered for 12 s, unless it is so long that waiting
	// for the next one would be worse.
	peaks       = 24 // x 500 ms
	peakLongest = 250 * time.Millisecond
	peakSeldom  = 3 // of peaks observations are at least half as late

	lone = 10 // x 2 ms: a stall this much more than twice as late as what is around it is alone

	never = time.Duration(math.MaxInt64)
)

// estimator learns how late packets come: late against the fastest packet of
// the last few seconds, measured where a packet's sound ends so that a change
// of packet time is no delay.
//
// What is late against the packets before it and not against those after it was
// no jitter but a way that has become longer. Which of both it was is known two
// seconds later; until then it counts as jitter, and after that as what it was.
type estimator struct {
	fastest [window]time.Duration // least arrival minus end of sound, by time
	newest  int                   // index into fastest
	since   time.Duration         // call time at which newest began
	base    time.Duration         // the least of fastest

	opened time.Duration        // call time at which the observation under way began
	now    observation          // the one under way
	recent [pending]observation // ended, the oldest first
	ended  int                  // of recent
	hist   [buckets]float64     // weights of the older ones, by lateness
	total  float64              // of hist
	unit   float64              // weight of the next one

	percentile float64              // of the observations that are to be in time
	peaky      bool                 // peaks count
	quantile   time.Duration        // of lateness
	bound      time.Duration        // of lateness, beyond which it is a stall; 0: not known yet
	calm       time.Duration        // a higher percentile without stalls; 0: not known
	stalls     stalls               // that are surely some
	lull       bool                 // none is to be expected yet
	risk       time.Duration        // how long the next one may be
	lates      [peaks]time.Duration // of the latest observations, in a ring
	latest     int                  // index into lates
	peak       time.Duration
	lastAt     time.Duration
	begun      bool
}

// observation is the latest packet of a stretch of time.
type observation struct {
	transit time.Duration
	base    time.Duration // when it came
	made    bool
	leapt   bool // it may be a clock that was set, if those after it are as late
}

func (o observation) late(base time.Duration) time.Duration {
	if o.leapt {
		return max(0, o.transit-max(o.base, base))
	}
	return max(0, o.transit-o.base)
}

func newEstimator(person bool) estimator {
	e := estimator{unit: 1, quantile: bucket, percentile: forOther, peaky: person}
	if person {
		e.percentile = forPerson
	}
	e.rebase(0)
	return e
}

// early returns how much sooner than the fastest known one a packet has come.
func (e *estimator) early(at, end time.Duration) time.Duration {
	if !e.begun {
		return 0
	}
	return e.base - (at - end)
}

// observe learns from a packet that arrived at call time at and whose sound
// ends at end of the stream's own time.
func (e *estimator) observe(at, end time.Duration) {
	transit := at - end
	if !e.begun {
		e.begun = true
		e.rebase(transit)
		e.since, e.lastAt, e.opened = at, at, at
		return
	}
	if at-e.lastAt > 400*time.Millisecond && transit-e.base > 200*time.Millisecond {
		// The sender's clock stood still while it was silent, or a stall ends. If
		// it was a stall, the packets to come will be as fast as those before it,
		// and this one was late.
		e.now = observation{transit: transit, base: e.base, made: true, leapt: true}
		e.rebase(transit)
	}
	e.lastAt = at
	if at-e.since >= windowLen {
		e.newest = (e.newest + 1) % window
		e.since = at
		e.fastest[e.newest] = never
		e.findBase()
	}
	e.fastest[e.newest] = min(e.fastest[e.newest], transit)
	e.base = min(e.base, transit)
	if base := e.lately(); !e.now.made || transit-base > e.now.transit-e.now.base {
		e.now = observation{transit: transit, base: base, made: true}
	}
	if at-e.opened >= spell {
		e.opened = at
		e.close()
	}
}

func (e *estimator) rebase(transit time.Duration) {
	for i := range e.fastest {
		e.fastest[i] = never
	}
	e.fastest[e.newest], e.base = transit, transit
}

func (e *estimator) findBase() {
	e.base = never
	for _, transit := range e.fastest {
		e.base = min(e.base, transit)
	}
}

// close ends the observation under way and finds the percentile anew.
func (e *estimator) close() {
	if e.ended == pending {
		late := e.recent[0].late(e.base)
		e.add(late)
		e.findPeak(late)
		e.stalls.hear(late, e.stallBound())
		copy(e.recent[:], e.recent[1:])
		e.ended--
	}
	e.recent[e.ended] = e.now
	e.ended++
	e.now = observation{}
	e.findQuantile()
	e.lookOut()
}

// add puts an observation into the histogram.
func (e *estimator) add(late time.Duration) {
	e.hist[min(late/bucket, buckets-1)] += e.unit
	e.total += e.unit
	e.unit /= forget // instead of making all others lighter
	if e.unit > 1e9 {
		for i := range e.hist {
			e.hist[i] /= e.unit
		}
		e.total /= e.unit
		e.unit = 1
	}
}

// findQuantile finds the percentile of the histogram, and of what may yet
// turn out to be something else.
func (e *estimator) findQuantile() {
	var late [pending]time.Duration
	for i, o := range e.recent[:e.ended] {
		late[i] = min(o.late(e.base)/bucket, buckets-1)
	}
	e.leaveOutLone(late[:e.ended])
	rest := (1 - e.percentile) * (e.total + float64(e.ended)*e.unit)
	for i := buckets - 1; i >= 0; i-- {
		rest -= e.hist[i]
		for _, l := range late[:e.ended] {
			if l == time.Duration(i) {
				rest -= e.unit
			}
		}
		if rest < 0 {
			e.quantile = time.Duration(i+1) * bucket
			return
		}
	}
}

// leaveOutLone makes the latest of some observations like the one after it if it
// is alone: another such stall is not to be expected within the two seconds
// until it is known what it was, and to wait for none is delay for nothing.
func (e *estimator) leaveOutLone(late []time.Duration) {
	if !e.peaky {
		return
	}
	most, next := 0, time.Duration(0)
	for i := range late {
		if late[i] > late[most] {
			most = i
		}
	}
	for i := range late {
		if i != most {
			next = max(next, late[i])
		}
	}
	if late[most] > 2*next+lone {
		late[most] = next
	}
}

// findPeak looks for one among the latest observations, of which late is the
// last.
func (e *estimator) findPeak(late time.Duration) {
	e.latest = (e.latest + 1) % peaks
	e.lates[e.latest] = late
	e.peak = 0
	for _, l := range e.lates {
		if l <= peakLongest {
			e.peak = max(e.peak, l)
		}
	}
	alike := 0
	for _, l := range e.lates {
		if l > e.peak/2 {
			alike++
		}
	}
	if alike > peakSeldom || !e.peaky {
		e.peak = 0
	}
}

// stallBound returns what is later than any lateness while bound is not known.
func (e *estimator) stallBound() time.Duration {
	if e.bound == 0 {
		return never
	}
	return e.bound
}

// lookOut finds out what the next stall is like, and whether there is time until
// then. What may yet turn out to be a step is taken for a stall.
func (e *estimator) lookOut() {
	if !e.peaky || e.total == 0 {
		return
	}
	e.bound = 2*e.level(0.5, buckets) + stallOver
	e.calm = e.level(forCalm, min(int(e.bound/bucket)+1, buckets))
	s := e.stalls
	for _, o := range e.recent[:e.ended] {
		s.hear(o.late(e.base), e.bound)
	}
	e.lull, e.risk = s.outlook()
}

// level returns that percentile of the first n of hist.
func (e *estimator) level(percentile float64, n int) time.Duration {
	rest := 0.0
	for _, weight := range e.hist[:n] {
		rest += weight * (1 - percentile)
	}
	for i := n - 1; i >= 0; i-- {
		if rest -= e.hist[i]; rest < 0 {
			return time.Duration(i+1) * bucket
		}
	}
	return bucket
}

// beyond returns the weight of the observations later than that, and of those
// that there may be: one is reckoned with that is like nothing known.
func (e *estimator) beyond(late time.Duration) float64 {
	const unknown = 100 * time.Millisecond // mean of an exponential distribution
	weight := e.unit * math.Exp(-float64(late)/float64(unknown))
	for _, o := range e.recent[:e.ended] {
		if o.late(e.base) > late {
			weight += e.unit
		}
	}
	for i := max(0, int(late/bucket)+1); i < buckets; i++ {
		weight += e.hist[i]
	}
	return weight
}

// usual returns the lateness that is waited for: in a lull, without stalls.
func (e *estimator) usual() time.Duration {
	if e.lull {
		return e.calm
	}
	return max(e.quantile, e.calm)
}

// want returns how late packets are to be expected, with a little more if the
// line is not steady, and if the way is getting longer.
func (e *estimator) want() time.Duration {
	rising := e.rising()
	late := e.usual()
	late += min(late-bucket, reserve)
	if e.lull {
		return late + rising
	}
	return max(late+rising, e.peak, e.risk)
}

// lately returns the fastest transit of the last half second or more.
func (e *estimator) lately() time.Duration {
	return min(e.fastest[e.newest], e.fastest[(e.newest+window-1)%window], e.fastest[(e.newest+window-2)%window])
}

// rising returns how much longer the way has become within the window.
func (e *estimator) rising() time.Duration {
	newest := min(e.fastest[e.newest], e.fastest[(e.newest+window-1)%window])
	if newest == never {
		return 0
	}
	return newest - e.base
}
