package session

import (
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"huike/audio/codec"
	"huike/dialog"
)

// gathered returns the figures of the metric of that name, by their stat.
func gathered(t *testing.T, from prometheus.Gatherer, name string) map[string]float64 {
	t.Helper()
	families, err := from.Gather()
	if err != nil {
		t.Fatal(err)
	}
	stats := map[string]float64{}
	for _, family := range families {
		if family.GetName() != name {
			continue
		}
		for _, metric := range family.GetMetric() {
			for _, label := range metric.GetLabel() {
				if label.GetName() == "stat" {
					stats[label.GetValue()] = metric.GetCounter().GetValue() + metric.GetGauge().GetValue()
				}
			}
		}
	}
	return stats
}

func TestMetricsHaveTheNamesOfTheWebRTCStatistics(t *testing.T) {
	registry := prometheus.NewRegistry()
	metrics := NewMetrics(registry)
	table := newTable(t, codec.PCMU)
	frames := float64(table.now / (20 * time.Millisecond))
	s := &session{config: &Config{}, media: table.media, talk: &conversation{peer: unreported{}}}
	metrics.began(s)
	for _, state := range []string{"in progress", "over"} {
		sums := gathered(t, registry, "huike_webrtc_stats_total")
		if got := sums["packetsReceived"]; got != frames {
			t.Errorf("%s: packetsReceived %v, want %v", state, got, frames)
		}
		if got := sums["totalSamplesReceived"]; got != 320*frames {
			t.Errorf("%s: totalSamplesReceived %v, want %v", state, got, 320*frames)
		}
		for _, stat := range []string{
			"jitterBufferDelay", "jitterBufferEmittedCount", "concealedSamples", "concealmentEvents",
			"insertedSamplesForDeceleration", "removedSamplesForAcceleration", "packetsLost", "packetsDiscarded",
		} {
			if _, there := sums[stat]; !there {
				t.Errorf("%s: no %s", state, stat)
			}
		}
		_, there := gathered(t, registry, "huike_webrtc_stats")["jitter"]
		if want := state == "in progress"; there != want {
			t.Errorf("%s: jitter is told: %v, want %v", state, there, want)
		}
		if state == "in progress" {
			metrics.callEnded(dialog.Disposition{Code: dialog.HungUp}, s)
		}
	}
}
