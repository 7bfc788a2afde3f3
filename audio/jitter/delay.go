package jitter

import (
	"math"
	"time"
)

const (
	bucket     = 2 * time.Millisecond
	buckets    = 256 // x 2 ms = 512 ms
	percentile = 0.95
	// forget is the weight of an observation after one more: half of the
	// weight lies in the last 350, 7 s of 20-ms packets.
	forget = 0.998
	prior  = 25 // observations in time that a new estimator is born with

	window    = 16                     // x 250 ms of packets that came: the fastest of 4 s
	windowLen = 250 * time.Millisecond // of call time, for each

	never = time.Duration(math.MaxInt64)
)

// estimator learns how late packets come: late against the fastest packet of
// the last few seconds, measured where a packet's sound ends so that a change
// of packet time is no delay.
type estimator struct {
	fastest [window]time.Duration // least arrival minus end of sound, by time
	newest  int                   // index into fastest
	since   time.Duration         // call time at which newest began
	base    time.Duration         // the least of fastest

	weights [buckets]float64 // by lateness
	total   float64
	unit    float64 // weight of the next observation

	quantile time.Duration // of lateness
	lastAt   time.Duration
	lastLate time.Duration
	begun    bool
}

func newEstimator() estimator {
	e := estimator{unit: 1, total: prior}
	e.weights[0] = prior
	e.quantile = bucket
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
// ends at end of the stream's own time. length is the duration of its sound.
func (e *estimator) observe(at, end, length time.Duration) {
	transit := at - end
	if !e.begun {
		e.begun = true
		e.rebase(transit)
		e.since, e.lastAt = at, at
		return
	}
	if at-e.lastAt > 400*time.Millisecond && transit-e.base > 200*time.Millisecond {
		// The sender's clock stood still while it was silent, or a stall ends: in
		// either case the packets to come tell better than those before.
		e.rebase(transit)
	}
	if at-e.since >= windowLen {
		e.newest = (e.newest + 1) % window
		e.since = at
		e.fastest[e.newest] = never
		e.findBase()
	}
	e.fastest[e.newest] = min(e.fastest[e.newest], transit)
	e.base = min(e.base, transit)

	// Packets held up together and let go together are one delay, that of the
	// first: it alone had to be waited for.
	late := transit - e.base
	together := at-e.lastAt < length/2 && late < e.lastLate
	e.lastAt, e.lastLate = at, late
	if !together {
		e.add(late)
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

// add puts one observation into the histogram and finds the percentile anew.
func (e *estimator) add(late time.Duration) {
	e.weights[min(late/bucket, buckets-1)] += e.unit
	e.total += e.unit
	e.unit /= forget // instead of making all others lighter
	if e.unit > 1e9 {
		for i := range e.weights {
			e.weights[i] /= e.unit
		}
		e.total /= e.unit
		e.unit = 1
	}
	sum := 0.0
	for i, weight := range e.weights {
		if sum += weight; sum >= percentile*e.total {
			e.quantile = time.Duration(i+1) * bucket
			return
		}
	}
	e.quantile = buckets * bucket
}
