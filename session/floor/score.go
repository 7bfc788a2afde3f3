package floor

import (
	"fmt"
	"math"
	"slices"
	"time"

	"huike/audio/rttm"
)

// The windows of the τ-voice measures.
const (
	tick       = 200 * time.Millisecond // silence of the agent's that counts as such
	blink      = 40 * time.Millisecond  // the shortest silence that is a stop at all
	slow       = 220 * time.Millisecond // the agent's silence after an interruption that is told of
	yieldIn    = 2 * time.Second        // after an interruption
	ignoreFor  = time.Second            // after a sound that is no turn, while the agent speaks
	answerFor  = 2 * time.Second        // after its end, while the agent is silent
	coincident = 60 * time.Millisecond  // between an edge of the labels and one of the agent's
)

// Agent is what the agent did in one call: the stretches in which it sounded, in order.
// A stretch that Ended came to the end of what the agent had to say; any other was
// stopped.
type Agent struct {
	rttm.Span
	Ended bool
}

// Measures are the figures of labelled calls. Lengths end in their unit; the fields
// with the names of the τ-voice leaderboard are in seconds and shares.
type Measures struct {
	LR     float64 `json:"L_R"`         // mean seconds from the end of a turn to the answer
	LY     float64 `json:"L_Y"`         // mean seconds from an interruption to the agent's silence
	RR     float64 `json:"R_R"`         // share of turns answered before the caller spoke again
	RY     float64 `json:"R_Y"`         // share of interruptions to which the agent yields within 2 s
	IA     float64 `json:"I_A"`         // starts of the agent while the caller speaks, for each turn
	SBC    float64 `json:"S_BC"`        // share of backchannels that the agent rightly ignores
	SVT    float64 `json:"S_VT"`        // the same of coughs, laughter and "um"
	SND    float64 `json:"S_ND"`        // the same of speech to somebody else
	CutOff float64 `json:"cut_off_pct"` // of the turns, those in which the agent began to speak
	Missed float64 `json:"missed_pct"`  // of the turns, those that it never answered

	ResponseP50 float64 `json:"response_p50_ms"`
	ResponseP95 float64 `json:"response_p95_ms"`
	StopP50     float64 `json:"stop_p50_ms"` // from an interruption's onset to the agent's silence
	StopP95     float64 `json:"stop_p95_ms"`
	FalseBarge  float64 `json:"false_barge_in_pct"` // of backchannels, tics and asides over the agent, those at which it was silent for 200 ms
	FalseStop   float64 `json:"false_stop_pct"`     // of backchannels and tics over the agent, those at which it paused at all
	ResumeP95   float64 `json:"resume_p95_ms"`      // from a false stop to the sentence that goes on

	Calls         int `json:"calls"`
	Turns         int `json:"turns"`
	Interruptions int `json:"interruptions"` // that met a speaking agent
	Backchannels  int `json:"backchannels"`
	Tics          int `json:"tics"`
	Asides        int `json:"asides"`
	AfterEnd      int `json:"after_end"`  // labels not measured, since the agent had ended the call before them
	Over          int `json:"over_agent"` // backchannels, tics and asides that met a speaking agent
}

// Finding is one place where a call went wrong.
type Finding struct {
	At    time.Duration
	What  string
	Label Label
}

// String tells the finding to a person.
func (f Finding) String() string {
	return fmt.Sprintf("%8.3f %-22s %s %q", f.At.Seconds(), f.What, f.Label.Kind, f.Label.Words)
}

// Tally gathers the measures of calls. Its zero value is ready.
type Tally struct {
	measures                  Measures
	response, stop, resume    []float64 // ms
	ignored                   map[Kind][2]int
	starts, cut, missed       int
	answered, askable         int
	yielded                   int
	barged, stopped, stopping int
	found                     []Finding
}

// Add measures one call, and returns what went wrong in it. What the caller does after
// ended, when the agent has said goodbye and hung up, is counted and not measured. voice is added to each
// answer: what the agent's voice takes and the replay does not count.
func (t *Tally) Add(labels Labels, agent []Agent, ended, voice time.Duration) []Finding {
	t.found = nil
	if t.ignored == nil {
		t.ignored = map[Kind][2]int{}
	}
	t.measures.Calls++
	said := merged(agent)
	for i, l := range labels.Labels {
		if l.To > ended {
			t.measures.AfterEnd++
			continue
		}
		switch l.Kind {
		case Turn, Interruption:
			t.turn(l, next(labels.Labels[i+1:]), said, voice)
		case Backchannel, Tic, Aside:
			t.ignore(l, agent, said)
		case Pause:
		}
	}
	return t.found
}

// merged returns the stretches without the silences in them that do not count.
func merged(agent []Agent) []Agent {
	var out []Agent
	for _, a := range agent {
		if n := len(out); n > 0 && a.From-out[n-1].To < tick {
			out[n-1].To, out[n-1].Ended = a.To, a.Ended
			continue
		}
		out = append(out, a)
	}
	return out
}

// next is when the caller takes the floor again.
func next(labels []Label) time.Duration {
	for _, l := range labels {
		if l.Kind == Turn || l.Kind == Interruption {
			return l.From
		}
	}
	return math.MaxInt64
}

func (t *Tally) find(at time.Duration, what string, l Label) {
	t.found = append(t.found, Finding{at, what, l})
}

// turn measures one turn of the caller.
func (t *Tally) turn(l Label, again time.Duration, agent []Agent, voice time.Duration) {
	t.measures.Turns++
	if l.Kind == Interruption {
		t.yield(l, agent)
	}
	cut := 0
	for _, a := range agent {
		if a.From > l.From && a.From < l.To-coincident {
			cut++
			t.find(a.From, "agent speaks into turn", l)
		}
	}
	t.starts += cut
	if cut > 0 {
		t.cut++
	}
	if !l.Complete {
		return
	}
	t.askable++
	if at := covering(agent, l.To); at >= 0 && cut > 0 {
		t.answered++ // it speaks already, which is counted above
		return
	}
	at := slices.IndexFunc(agent, func(a Agent) bool { return a.From >= l.To-coincident })
	if at < 0 || agent[at].From >= again {
		t.missed++
		t.find(l.To, "no answer", l)
		return
	}
	t.answered++
	delay := ms(agent[at].From - l.To + voice)
	t.response = append(t.response, delay)
	if delay > 600 {
		t.find(agent[at].From, fmt.Sprintf("answer after %.0f ms", delay), l)
	}
}

// covering returns the stretch that sounds at time at, or -1.
func covering(agent []Agent, at time.Duration) int {
	return slices.IndexFunc(agent, func(a Agent) bool { return a.From <= at && at < a.To })
}

// yield measures how the agent gives way to an interruption.
func (t *Tally) yield(l Label, agent []Agent) {
	at := covering(agent, l.From)
	if at < 0 {
		return
	}
	t.measures.Interruptions++
	stops := agent[at].To - l.From
	if stops > yieldIn {
		t.find(l.From, "no yield", l)
		return
	}
	t.yielded++
	if !agent[at].Ended {
		t.stop = append(t.stop, ms(stops))
		if stops > slow {
			t.find(l.From, fmt.Sprintf("stops after %.0f ms", ms(stops)), l)
		}
	}
}

// ignore measures whether the agent takes no notice of a sound that is no turn.
func (t *Tally) ignore(l Label, agent, said []Agent) {
	at := covering(agent, l.From)
	if at >= 0 && agent[at].Ended && agent[at].To < l.From+ignoreFor {
		return // it had said all that it had to say
	}
	ok := true
	if at < 0 {
		for _, a := range said {
			if a.From >= l.From && a.From < l.To+answerFor {
				ok = false
				t.find(a.From, "agent answers to", l)
				break
			}
		}
	} else {
		ok = t.keepsOn(l, agent, at)
	}
	n := t.ignored[l.Kind]
	n[1]++
	if ok {
		n[0]++
	}
	t.ignored[l.Kind] = n
}

// keepsOn measures whether the agent, sounding in stretch at, speaks on.
func (t *Tally) keepsOn(l Label, agent []Agent, at int) bool {
	t.measures.Over++
	if l.Kind != Aside {
		t.stopping++
	}
	longest := time.Duration(0)
	for ; at < len(agent) && !agent[at].Ended && agent[at].To < l.From+ignoreFor; at++ {
		gap := time.Duration(math.MaxInt64)
		if at+1 < len(agent) {
			gap = agent[at+1].From - agent[at].To
		}
		longest = max(longest, gap)
	}
	if longest >= blink {
		if l.Kind != Aside {
			t.stopped++
		}
		t.resume = append(t.resume, min(ms(longest), 1e4))
	}
	if longest < tick {
		return true
	}
	t.barged++
	what := "agent stops for good at"
	if longest < 10*time.Second {
		what = fmt.Sprintf("agent stops %.0f ms at", ms(longest))
	}
	t.find(l.From, what, l)
	return false
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// Measures returns the figures of all calls so far.
func (t *Tally) Measures() Measures {
	m := t.measures
	m.LR, m.LY = mean(t.response)/1000, mean(t.stop)/1000
	m.RR, m.RY = share(t.answered, t.askable), share(t.yielded, m.Interruptions)
	m.IA, m.CutOff, m.Missed = rate(t.starts, m.Turns), 100*rate(t.cut, m.Turns), 100*rate(t.missed, t.askable)
	for _, k := range []struct {
		kind  Kind
		share *float64
		n     *int
	}{{Backchannel, &m.SBC, &m.Backchannels}, {Tic, &m.SVT, &m.Tics}, {Aside, &m.SND, &m.Asides}} {
		n := t.ignored[k.kind]
		*k.share, *k.n = share(n[0], n[1]), n[1]
	}
	m.ResponseP50, m.ResponseP95 = percentile(t.response, 50), percentile(t.response, 95)
	m.StopP50, m.StopP95 = percentile(t.stop, 50), percentile(t.stop, 95)
	m.ResumeP95 = percentile(t.resume, 95)
	m.FalseBarge, m.FalseStop = 100*rate(t.barged, m.Over), 100*rate(t.stopped, t.stopping)
	return m
}

// share is 1 of nothing: nothing went wrong.
func share(n, of int) float64 {
	if of == 0 {
		return 1
	}
	return float64(n) / float64(of)
}

func rate(n, of int) float64 { return float64(n) / float64(max(of, 1)) }

func mean(v []float64) float64 {
	sum := 0.0
	for _, x := range v {
		sum += x
	}
	return sum / float64(max(len(v), 1))
}

func percentile(v []float64, percent int) float64 {
	if len(v) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(v))
	return sorted[min(len(sorted)-1, (len(sorted)*percent+99)/100-1)]
}
