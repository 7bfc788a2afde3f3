package rttm

import (
	"slices"
	"time"
)

// Frame is the length of time by which a detector is scored.
const Frame = 10 * time.Millisecond

const (
	apart = 300 * time.Millisecond // silence before an onset, or after an offset, that is measured
	early = 250 * time.Millisecond // that an edge may lie before the labelled one
	late  = time.Second            // and after it
)

// Heard is a stretch of speech that a detector found, and when it told of its edges.
type Heard struct {
	Span
	Started, Ended time.Duration
}

// Score is how well a detector agrees with the labels. Delays are in milliseconds;
// an edge before the labelled one has a delay below 0.
type Score struct {
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
	F1        float64 `json:"f1"`

	OnsetMS       float64 `json:"onset_ms"`       // median of where the edge was placed
	OnsetKnownMS  float64 `json:"onset_known_ms"` // median of when it was told of
	OffsetMS      float64 `json:"offset_ms"`      // the same of the end
	OffsetKnownMS float64 `json:"offset_known_ms"`
	Onsets        int     `json:"onsets"`  // labelled after 300 ms of silence
	Missed        int     `json:"missed"`  // of them, those that the detector did not hear
	Seconds       float64 `json:"seconds"` // of sound
}

// Tally gathers the scores of recordings. Its zero value is ready.
type Tally struct {
	hit, heard, said                       int // frames
	onset, onsetKnown, offset, offsetKnown []float64
	onsets, missed                         int
	length                                 time.Duration
}

// Add compares what was heard in a recording of that length with the labels, both in
// order and apart.
func (t *Tally) Add(labels []Span, heard []Heard, length time.Duration) {
	t.length += length
	frames := int(length / Frame)
	truth, found := make([]bool, frames), make([]bool, frames)
	for _, s := range labels {
		mark(truth, s)
	}
	for _, h := range heard {
		mark(found, h.Span)
	}
	for i := range frames {
		if truth[i] {
			t.said++
		}
		if found[i] {
			t.heard++
		}
		if truth[i] && found[i] {
			t.hit++
		}
	}
	for i, s := range labels {
		t.edges(i, s, labels, heard, length)
	}
}

// mark sets the frames whose middle lies in s.
func mark(frames []bool, s Span) {
	from := int((s.From + Frame/2 - 1) / Frame)
	to := int((s.To + Frame/2 - 1) / Frame)
	for i := max(from, 0); i < min(to, len(frames)); i++ {
		frames[i] = true
	}
}

// edges measures the delays at the edges of one labelled span.
func (t *Tally) edges(i int, s Span, labels []Span, heard []Heard, length time.Duration) {
	if i == 0 && s.From >= apart || i > 0 && s.From-labels[i-1].To >= apart {
		t.onsets++
		at := slices.IndexFunc(heard, func(h Heard) bool { return h.To > s.From && h.From < s.To })
		switch {
		case at < 0:
			t.missed++
		case heard[at].From >= s.From-early:
			t.onset = append(t.onset, ms(heard[at].From-s.From))
			t.onsetKnown = append(t.onsetKnown, ms(heard[at].Started-s.From))
		}
	}
	next := length
	if i < len(labels)-1 {
		next = labels[i+1].From
	}
	if next-s.To >= apart {
		t.end(s, heard)
	}
}

// end measures the delay at the end of one labelled span.
func (t *Tally) end(s Span, heard []Heard) {
	for _, h := range slices.Backward(heard) {
		if h.From < s.To && h.To > s.From {
			if h.To-s.To < late {
				t.offset = append(t.offset, ms(h.To-s.To))
				t.offsetKnown = append(t.offsetKnown, ms(h.Ended-s.To))
			}
			return
		}
	}
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// Score returns the score of all that was added.
func (t *Tally) Score() Score {
	s := Score{
		Precision: share(t.hit, t.heard), Recall: share(t.hit, t.said), F1: share(2*t.hit, t.heard+t.said),
		OnsetMS: median(t.onset), OnsetKnownMS: median(t.onsetKnown),
		OffsetMS: median(t.offset), OffsetKnownMS: median(t.offsetKnown),
		Onsets: t.onsets, Missed: t.missed, Seconds: t.length.Seconds(),
	}
	return s
}

func share(n, of int) float64 {
	if of == 0 {
		return 0
	}
	return float64(n) / float64(of)
}

func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(v))
	return sorted[(len(sorted)-1)/2]
}
