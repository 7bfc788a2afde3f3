package session

import (
	"github.com/prometheus/client_golang/prometheus"

	"huike/dialog"
	"huike/session/handoff"
	"huike/session/journal"
)

// Metrics counts what the calls of a process do. A nil *Metrics counts nothing.
type Metrics struct {
	calls     prometheus.Gauge
	ended     *prometheus.CounterVec
	latency   *prometheus.HistogramVec
	bargeIns  *prometheus.CounterVec
	handoffs  *prometheus.CounterVec
	stepDowns *prometheus.CounterVec
	jitter    prometheus.Histogram
	samples   *prometheus.CounterVec
	packets   *prometheus.CounterVec
	late      prometheus.Counter
	ticks     prometheus.Counter
	sound     *soundStats
}

// NewMetrics returns counters registered with r.
func NewMetrics(r prometheus.Registerer) *Metrics {
	seconds := []float64{.02, .05, .1, .2, .25, .3, .35, .4, .5, .6, .7, .8, .9, 1, 1.5, 2, 4}
	m := &Metrics{
		calls: prometheus.NewGauge(prometheus.GaugeOpts{Name: "huike_calls", Help: "Calls in progress."}),
		ended: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "huike_calls_ended_total", Help: "Calls that have ended, by disposition and by whose doing.",
		}, []string{"disposition", "by"}),
		latency: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "huike_turn_latency_seconds", Buckets: seconds,
			Help: "From the caller's last sound to the first of the answer: total, and its parts.",
		}, []string{"part"}),
		bargeIns: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "huike_barge_ins_total", Help: "Speech over the agent that took the floor, or was none and was resumed from.",
		}, []string{"outcome"}),
		handoffs: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "huike_handoffs_total", Help: "Steps of handoffs, by state.",
		}, []string{"state"}),
		stepDowns: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "huike_step_downs_total", Help: "Failures of a part that a call went on without.",
		}, []string{"part"}),
		jitter: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "huike_jitter_buffer_delay_seconds", Help: "Mean playout delay of a call's packets.",
			Buckets: []float64{.005, .01, .02, .04, .06, .08, .1, .15, .2, .3, .5},
		}),
		samples: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "huike_received_samples_total", Help: "Samples of callers' sound at 16 kHz, all of them, and those that were concealed, put in or taken out.",
		}, []string{"kind"}),
		packets: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "huike_received_packets_total", Help: "Callers' packets that were received, late or lost.",
		}, []string{"kind"}),
		late:  prometheus.NewCounter(prometheus.CounterOpts{Name: "huike_media_late_ticks_total", Help: "Media ticks over 20 ms late."}),
		ticks: prometheus.NewCounter(prometheus.CounterOpts{Name: "huike_media_ticks_total", Help: "Media ticks."}),
		sound: newSoundStats(),
	}
	r.MustRegister(m.calls, m.ended, m.latency, m.bargeIns, m.handoffs, m.stepDowns, m.jitter, m.samples, m.packets, m.late, m.ticks, m.sound)
	return m
}

func (m *Metrics) turn(l *journal.Latency) {
	if m == nil {
		return
	}
	for part, v := range map[string]journal.Milliseconds{
		"total": l.MS, "endpointing": l.Endpointing, "recognition": l.Recognition,
		"dialog": l.Dialog, "synthesis": l.Synthesis, "playout": l.Playout,
	} {
		m.latency.WithLabelValues(part).Observe(v.Duration().Seconds())
	}
}

func (m *Metrics) bargeIn(outcome string) {
	if m != nil {
		m.bargeIns.WithLabelValues(outcome).Inc()
	}
}

func (m *Metrics) handoff(state handoff.State) {
	if m != nil {
		m.handoffs.WithLabelValues(string(state)).Inc()
	}
}

func (m *Metrics) stepDown(part string) {
	if m != nil {
		m.stepDowns.WithLabelValues(part).Inc()
	}
}

func (m *Metrics) began(s *session) {
	if m != nil {
		m.calls.Inc()
		m.sound.began(s)
	}
}

// callEnded counts a call's disposition and what its media loop has counted.
func (m *Metrics) callEnded(d dialog.Disposition, s *session) {
	if m == nil {
		return
	}
	media := s.media
	m.sound.ended(s)
	m.calls.Dec()
	m.ended.WithLabelValues(d.Code, string(d.By)).Inc()
	m.late.Add(float64(media.late))
	m.ticks.Add(float64(media.heard))
	stats := media.received()
	m.jitter.Observe(stats.PlayoutDelay().Seconds())
	m.samples.WithLabelValues("total").Add(float64(stats.TotalSamplesReceived))
	m.samples.WithLabelValues("concealed").Add(float64(stats.ConcealedSamples))
	m.samples.WithLabelValues("silent_concealed").Add(float64(stats.SilentConcealedSamples))
	m.samples.WithLabelValues("inserted").Add(float64(stats.InsertedSamplesForDeceleration))
	m.samples.WithLabelValues("removed").Add(float64(stats.RemovedSamplesForAcceleration))
	m.packets.WithLabelValues("received").Add(float64(stats.PacketsReceived))
	m.packets.WithLabelValues("late").Add(float64(stats.PacketsLate))
	m.packets.WithLabelValues("fec").Add(float64(stats.FECPacketsReceived))
	m.packets.WithLabelValues("lost").Add(float64(max(stats.PacketsLost, 0)))
}

// stats are the figures of a call's sound, under the names of the WebRTC statistics;
// lengths are in seconds. Any goroutine may ask.
func (m *media) stats() map[string]float64 {
	s := m.received()
	return map[string]float64{
		"packetsReceived": float64(s.PacketsReceived), "packetsLost": float64(s.PacketsLost),
		"packetsDiscarded": float64(s.PacketsDiscarded), "jitter": s.Jitter.Seconds(),
		"jitterBufferDelay": s.JitterBufferDelay.Seconds(), "jitterBufferEmittedCount": float64(s.JitterBufferEmittedCount),
		"jitterBufferTargetDelay": s.JitterBufferTargetDelay.Seconds(), "jitterBufferMinimumDelay": s.JitterBufferMinimumDelay.Seconds(),
		"concealedSamples": float64(s.ConcealedSamples), "silentConcealedSamples": float64(s.SilentConcealedSamples),
		"concealmentEvents": float64(s.ConcealmentEvents), "totalSamplesReceived": float64(s.TotalSamplesReceived),
		"insertedSamplesForDeceleration": float64(s.InsertedSamplesForDeceleration),
		"removedSamplesForAcceleration":  float64(s.RemovedSamplesForAcceleration), "fecPacketsReceived": float64(s.FECPacketsReceived),
	}
}
