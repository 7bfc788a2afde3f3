package jitter

import "time"

const (
	maxStalls = 4 // that are remembered

	// A stall is an observation this much later than twice the median.
	stallOver = 20 * time.Millisecond

	// A line whose stalls come every 4 s or more has lulls between them. A lull
	// ends half a second before three fifths of the shortest time that there was
	// from one stall to the next; another stall is expected until twice the
	// longest. All in observations of half a second.
	lullLeast = 8
	lullPart  = 0.6
	lullLead  = 1
	riskFor   = 2
)

// stalls knows how often a line stands still, and for how long. Packets need
// not wait for a stall that is not to be expected yet: handovers of a mobile
// network, scans for other stations and beacons keep some distance. Where stalls
// have none, coming by chance or in groups, there is no lull, and the percentile
// of all that was observed is all that can be known.
type stalls struct {
	known [maxStalls]stall // the newest first
	n     int
	count int // observations heard
	last  int // of them, the last one that was a stall; 0 is the beginning
}

// stall is one time of standing still.
type stall struct {
	late  time.Duration
	after int // observations since the one before, or since the beginning
}

// hear learns from an observation, a stall if it is later than bound. What
// follows one at once belongs to it: a way that has become longer is late until
// it is known.
func (s *stalls) hear(late, bound time.Duration) {
	s.count++
	if late <= bound {
		return
	}
	if s.count-s.last > 1 {
		copy(s.known[1:], s.known[:])
		s.known[0] = stall{after: s.count - s.last}
		s.n = min(s.n+1, maxStalls)
	}
	s.known[0].late = max(s.known[0].late, late)
	s.last = s.count
}

// outlook tells whether no stall is to be expected now, and if one is, how long
// it may be: as long as the longest two known were on average, 0 if there are none.
func (s *stalls) outlook() (lull bool, risk time.Duration) {
	if s.n == 0 {
		return false, 0
	}
	least, most := s.known[0].after, s.known[0].after
	var longest, second time.Duration
	for _, k := range s.known[:s.n] {
		least, most = min(least, k.after), max(most, k.after)
		longest, second = max(longest, k.late), max(second, min(longest, k.late))
	}
	if s.n == 1 {
		second = longest
	}
	if least < lullLeast {
		return false, 0
	}
	age := s.count - s.last
	if age < riskFor*most {
		risk = (longest + second) / 2
	}
	return age >= 1 && float64(age) < lullPart*float64(least)-lullLead, risk
}
