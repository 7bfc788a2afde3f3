package session

import (
	"maps"
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
			"insertedSamplesForDeceleration", "removedSamplesForAcceleration", "packetsDiscarded",
		} {
			if _, there := sums[stat]; !there {
				t.Errorf("%s: no %s", state, stat)
			}
		}
		for _, stat := range []string{"jitter", "packetsLost"} {
			_, there := gathered(t, registry, "huike_webrtc_stats")[stat]
			if want := state == "in progress"; there != want {
				t.Errorf("%s: %s is told: %v, want %v", state, stat, there, want)
			}
		}
		if state == "in progress" {
			metrics.callEnded(dialog.Disposition{Code: dialog.HungUp}, s)
		}
	}
}

// forgetful is a peer whose figures are as they are set.
type forgetful struct {
	unreported
	stats map[string]float64
}

func (f forgetful) Stats() map[string]float64 { return maps.Clone(f.stats) }

func TestNoCounterOfTheMetricsFalls(t *testing.T) {
	registry := prometheus.NewRegistry()
	metrics := NewMetrics(registry)
	table := newTable(t, codec.PCMU)
	frames := float64(table.now / (20 * time.Millisecond))
	peer := forgetful{stats: map[string]float64{"packetsSent": 7, "remotePacketsLost": 5}}
	s := &session{config: &Config{}, media: table.media, talk: &conversation{peer: peer}}
	metrics.began(s)
	gathered(t, registry, "huike_webrtc_stats_total")
	table.media.leg = sink{codec.PCMA} // a re-INVITE: another receiver, and sound that is counted anew
	table.media.listener()
	peer.stats["packetsSent"], peer.stats["remotePacketsLost"] = 2, -1
	for range 10 {
		table.tick(t)
	}
	if lost, there := gathered(t, registry, "huike_webrtc_stats")["remotePacketsLost"]; !there || lost != -1 {
		t.Errorf("remotePacketsLost %v, want -1: it may fall", lost)
	}
	for _, state := range []string{"in progress", "over"} {
		sums := gathered(t, registry, "huike_webrtc_stats_total")
		if got := sums["packetsReceived"]; got != frames+10 {
			t.Errorf("%s: packetsReceived %v, want %v", state, got, frames+10)
		}
		if got := sums["packetsSent"]; got != 7 {
			t.Errorf("%s: packetsSent %v, want 7", state, got)
		}
		if _, there := sums["remotePacketsLost"]; there {
			t.Errorf("%s: remotePacketsLost is a counter", state)
		}
		if state == "in progress" {
			metrics.callEnded(dialog.Disposition{Code: dialog.HungUp}, s)
		}
	}
}
