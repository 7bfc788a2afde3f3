package journal

import (
	"cmp"
	"slices"
	"time"

	"huike/dialog"
)

// Summary is what a list of calls shows of one of them.
type Summary struct {
	Call        string          `json:"call"`
	Began       time.Time       `json:"began"`
	Duration    Milliseconds    `json:"duration_ms"`
	Lang        dialog.Lang     `json:"lang,omitempty"`
	Caller      string          `json:"caller,omitempty"` // masked phone number; empty when unknown
	Name        string          `json:"name,omitempty"`
	Disposition string          `json:"disposition,omitempty"`
	By          dialog.Party    `json:"by,omitempty"`
	Intents     []dialog.Intent `json:"intents,omitempty"` // what was wanted, each once, in order
	Handoff     dialog.Reason   `json:"handoff,omitempty"` // why it went to a person
	Agent       string          `json:"agent,omitempty"`   // the person who took it
	Live        bool            `json:"live,omitempty"`
	BrokenOff   bool            `json:"broken_off,omitempty"` // the process died in the call
	Recording   bool            `json:"recording,omitempty"`
	Withdrawn   bool            `json:"recording_withdrawn,omitempty"` // the caller did not want all of it recorded: the recording has gaps, or is not kept
	Figures     Figures         `json:"figures"`
	Score       *Score          `json:"score,omitempty"` // nil: not scored as it ended
}

// Score is what came of holding a finished call to the shop's rules.
type Score struct {
	Rules  string   `json:"rules"`            // their version
	Held   int      `json:"held"`             // how many were for this call
	Broken []string `json:"broken,omitempty"` // those of them that were broken, by id
}

// Figures are the counts and latencies of one call.
type Figures struct {
	Turns         int          `json:"turns"`         // final words of the caller
	Interruptions int          `json:"interruptions"` // of the agent by the caller
	Operations    int          `json:"operations"`
	Refused       int          `json:"refused,omitempty"` // operations that did not succeed
	LatencyP50    Milliseconds `json:"latency_p50_ms"`
	LatencyMax    Milliseconds `json:"latency_max_ms"`
}

// Summarise returns what a journal tells about its call. Began, Live and
// Recording are not in a journal.
func Summarise(events []Event) Summary {
	var t tally
	for i := range events {
		t.add(&events[i])
	}
	return t.summary()
}

// mostIntents bounds what a summary lists of a call.
const mostIntents = 20

// tally is a Summary in the making.
type tally struct {
	sum       Summary
	ended     bool
	latencies []Milliseconds
}

func (t *tally) add(e *Event) {
	s := &t.sum
	s.Duration = max(s.Duration, e.At)
	t.count(e)
	switch e.Type {
	case TypeStarted:
		s.Call, s.Lang = e.Call, e.Lang
	case TypeMember:
		if e.Member != nil {
			s.Caller, s.Name = e.Member.Phone, e.Member.Name
		}
	case TypeHandoff:
		s.Handoff = cmp.Or(e.Reason, s.Handoff)
		s.Agent = cmp.Or(e.Agent, s.Agent)
	case TypeRecording:
		s.Withdrawn = s.Withdrawn || !e.On
	case TypeEnded:
		t.ended = true
		s.Disposition, s.By = e.Disposition, e.By
	default:
	}
}

// count adds what an event is to the figures and to the intents.
func (t *tally) count(e *Event) {
	s := &t.sum
	switch e.Type {
	case TypeCaption:
		if e.Final && e.Party == dialog.Caller && e.Joins == 0 {
			s.Figures.Turns++
		}
	case TypeInterrupted:
		s.Figures.Interruptions++
	case TypeUnderstood:
		if e.Intent != "" && !slices.Contains(s.Intents, e.Intent) && len(s.Intents) < mostIntents {
			s.Intents = append(s.Intents, e.Intent)
		}
	case TypeOperation:
		t.operation(e.Operation)
	case TypeLatency:
		if e.Latency != nil {
			t.latencies = append(t.latencies, e.MS)
		}
	default:
	}
}

func (t *tally) operation(o *Operation) {
	if o == nil || !o.Done {
		return
	}
	t.sum.Figures.Operations++
	if !o.OK {
		t.sum.Figures.Refused++
	}
}

func (t *tally) summary() Summary {
	s := t.sum
	s.BrokenOff = !t.ended
	s.Figures.LatencyP50, s.Figures.LatencyMax = Spread(t.latencies)
	return s
}

// Spread returns the median and the maximum of ms; of an even number the
// higher of the two in the middle. Both are 0 for none.
func Spread(ms []Milliseconds) (p50, highest Milliseconds) {
	if len(ms) == 0 {
		return 0, 0
	}
	sorted := slices.Sorted(slices.Values(ms))
	return sorted[len(sorted)/2], sorted[len(sorted)-1]
}
