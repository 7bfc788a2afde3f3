package session

import (
	"maps"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// soundStats tells the figures of all calls' sound and networks under the names of the
// WebRTC statistics: sums over all calls, those in progress included, and means over
// those in progress of what is no sum. It is asked by whoever reads the metrics.
type soundStats struct {
	sums, means *prometheus.Desc

	mu    sync.Mutex
	over  map[string]float64              // sums of the calls that have ended
	calls map[*session]map[string]float64 // in progress; the most that each sum of theirs has been
}

func newSoundStats() *soundStats {
	label := []string{"stat"}
	return &soundStats{
		sums: prometheus.NewDesc("huike_webrtc_stats_total",
			"Figures of calls' sound and networks by their names in the WebRTC statistics, summed over all calls; lengths in seconds.", label, nil),
		means: prometheus.NewDesc("huike_webrtc_stats",
			"Those that are no sums: means over the calls in progress that know them; lengths in seconds.", label, nil),
		over: map[string]float64{}, calls: map[*session]map[string]float64{},
	}
}

// isMean tells which figures are no sums, or are ones that may fall: what was lost may
// come late, or twice.
func isMean(stat string) bool {
	switch stat {
	case "jitter", "roundTripTime", "remoteJitter", "remoteFractionLost", "packetsLost", "remotePacketsLost":
		return true
	}
	return false
}

// began has a call counted until ended.
func (a *soundStats) began(s *session) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.calls[s] = map[string]float64{}
}

func (a *soundStats) ended(s *session) {
	stats := s.sound()
	a.mu.Lock()
	defer a.mu.Unlock()
	add(a.over, nil, most(a.calls[s], stats))
	delete(a.calls, s)
}

// most returns a call's figures with its sums as the most that they have been, which
// peaks has: the peer may begin to count anew, and a counter never falls.
func most(peaks, stats map[string]float64) map[string]float64 {
	all := maps.Clone(peaks)
	if all == nil {
		all = map[string]float64{}
	}
	for stat, value := range stats {
		if !isMean(stat) {
			value = max(all[stat], value)
		}
		all[stat] = value
	}
	return all
}

// add adds figures to sums, and those that are none to means, if there are any.
func add(sums map[string]float64, means map[string]mean, stats map[string]float64) {
	for stat, value := range stats {
		switch {
		case !isMean(stat):
			sums[stat] += value
		case means != nil:
			m := means[stat]
			means[stat] = mean{m.sum + value, m.n + 1}
		}
	}
}

type mean struct {
	sum float64
	n   int
}

// Describe implements [prometheus.Collector].
func (a *soundStats) Describe(to chan<- *prometheus.Desc) {
	to <- a.sums
	to <- a.means
}

// Collect implements [prometheus.Collector].
func (a *soundStats) Collect(to chan<- prometheus.Metric) {
	told := map[*session]map[string]float64{}
	a.mu.Lock()
	for s := range a.calls {
		told[s] = nil
	}
	a.mu.Unlock()
	for s := range told {
		told[s] = s.sound()
	}
	sums, means := map[string]float64{}, map[string]mean{}
	a.mu.Lock()
	add(sums, means, a.over)
	for s := range a.calls { // those that ended meanwhile are in over
		all := most(a.calls[s], told[s])
		add(sums, means, all)
		maps.DeleteFunc(all, func(stat string, _ float64) bool { return isMean(stat) })
		a.calls[s] = all
	}
	a.mu.Unlock()
	for stat, sum := range sums {
		to <- prometheus.MustNewConstMetric(a.sums, prometheus.CounterValue, sum, stat)
	}
	for stat, m := range means {
		to <- prometheus.MustNewConstMetric(a.means, prometheus.GaugeValue, m.sum/float64(m.n), stat)
	}
}
