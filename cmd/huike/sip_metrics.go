package main

import (
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"huike/session/sip"
)

// sipMetrics are what the SIP side has counted, for /metrics.
type sipMetrics struct{ server *sip.Server }

// sipCounters are the counters by their name in [sip.Server.Stats].
var sipCounters = map[string]*prometheus.Desc{ //nolint:gochecknoglobals // a table
	"flood":     prometheus.NewDesc("huike_sip_flood_total", "SIP messages and calls of a source that sent too many.", nil, nil),
	"malformed": prometheus.NewDesc("huike_sip_malformed_total", "What came by SIP and is no message.", nil, nil),
	"stray":     prometheus.NewDesc("huike_sip_stray_total", "SIP answers to nothing that was asked.", nil, nil),
	"answered":  prometheus.NewDesc("huike_sip_calls_answered_total", "SIP calls that came and were answered.", nil, nil),
	"placed":    prometheus.NewDesc("huike_sip_calls_placed_total", "SIP calls that were placed and that the other side has answered.", nil, nil),
	"unheard":   prometheus.NewDesc("huike_sip_calls_unacknowledged_total", "SIP calls answered whose ACK never came.", nil, nil),
	"lost":      prometheus.NewDesc("huike_sip_byes_lost_total", "SIP goodbyes that nobody answered.", nil, nil),
}

//nolint:gochecknoglobals // a table
var (
	sipRefused = prometheus.NewDesc("huike_sip_refused_total", "SIP requests that were refused, by status.", []string{"status"}, nil)
	sipDialogs = prometheus.NewDesc("huike_sip_dialogs", "SIP dialogs begun and not yet over.", nil, nil)
)

// Describe tells the names (prometheus.Collector).
func (m sipMetrics) Describe(to chan<- *prometheus.Desc) {
	for _, desc := range sipCounters {
		to <- desc
	}
	to <- sipRefused
	to <- sipDialogs
}

// Collect tells the values (prometheus.Collector).
func (m sipMetrics) Collect(to chan<- prometheus.Metric) {
	for name, n := range m.server.Stats() {
		if status, ok := strings.CutPrefix(name, "refused_"); ok {
			to <- prometheus.MustNewConstMetric(sipRefused, prometheus.CounterValue, float64(n), status)
		} else if desc, ok := sipCounters[name]; ok {
			to <- prometheus.MustNewConstMetric(desc, prometheus.CounterValue, float64(n))
		}
	}
	to <- prometheus.MustNewConstMetric(sipDialogs, prometheus.GaugeValue, float64(m.server.Legs()))
}
