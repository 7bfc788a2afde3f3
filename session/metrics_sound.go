package session

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// soundStats tells the figures of all calls' sound and networks under the names of the
// WebRTC statistics: sums over all calls, those in progress included, and means over
// those in progress of what is no sum. It is asked by whoever reads the metrics.
type soundStats struct {
	sums, means *prometheus.Desc

	mu    sync.Mutex
	over  map[string]float64    // sums of the calls that have ended
	calls map[*session]struct{} // in progress
}

func newSoundStats() *soundStats {
	label := []string{"stat"}
	return &soundStats{
		sums: prometheus.NewDesc("huike_webrtc_stats_total",
			"Figures of calls' sound and networks by their names in the WebRTC statistics, summed over all calls; lengths in seconds.", label, nil),
		means: prometheus.NewDesc("huike_webrtc_stats",
			"Those that are no sums: means over the calls in progress that know them; lengths in seconds.", label, nil),
		over: map[string]float64{}, calls: map[*session]struct{}{},
	}
}

// isMean tells which figures are no sums.
func isMean(stat string) bool {
	switch stat {
	case "jitter", "roundTripTime", "remoteJitter", "remoteFractionLost":
		return true
	}
	return false
}

// began has a call counted until ended.
func (a *soundStats) began(s *session) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.calls[s] = struct{}{}
}

func (a *soundStats) ended(s *session) {
	stats := s.sound()
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.calls, s)
	add(a.over, nil, stats)
}

// add adds figures to sums, and those that are none to means, if there are any.
func add(sums map[string]float64, means map[string]mean, stats map[string]float64) {
	for stat, value := range stats {
		switch {
		case !isMean(stat):
			sums[stat] += max(value, 0) // duplicates may make more come than was sent
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
	sums, means := map[string]float64{}, map[string]mean{}
	a.mu.Lock()
	add(sums, means, a.over)
	calls := make([]*session, 0, len(a.calls))
	for s := range a.calls {
		calls = append(calls, s)
	}
	a.mu.Unlock()
	for _, s := range calls {
		add(sums, means, s.sound())
	}
	for stat, sum := range sums {
		to <- prometheus.MustNewConstMetric(a.sums, prometheus.CounterValue, sum, stat)
	}
	for stat, m := range means {
		to <- prometheus.MustNewConstMetric(a.means, prometheus.GaugeValue, m.sum/float64(m.n), stat)
	}
}
