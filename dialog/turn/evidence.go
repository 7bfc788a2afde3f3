package turn

import (
	"math"
	"strings"
	"time"
)

// evidence is what the model of pauses goes by: how complete the words are, and how the
// voice ends. Each number is of the order of 1.
type evidence [24]float64

// weigh gathers the evidence of a pause.
func weigh(p *Pause) evidence {
	words := fold(p.Words)
	fields := strings.Fields(words)
	last := lastRune(p.Words)
	chance := ending(words)
	e := evidence{
		limit(math.Log(chance/(1-chance))) / 2,
		truth(last == '.' || last == '!' || last == '。'), truth(last == '?' || last == '？'), truth(strings.ContainsRune(",，、", last)),
		truth(open(words)), truth(bare(words)), truth(greeting(words)), truth(len(words) == 0),
		math.Log1p(float64(len(fields))) - 1.5,
		truth(p.Expect.Kind == "yesno" && len(fields) <= 3),
		truth(len(fields) > 0 && len(fields) <= 4 && shortAnswer(words)),
		span(p.Since, 4), span(p.Turn, 6), float64(min(p.Pauses, 3)) / 2, span(p.Longer, 1),
	}
	t := p.Tone
	if t == (Tone{}) {
		return e
	}
	heard := []float64{
		1, limit(float64(t.End) / 4), limit(float64(t.Low) / 6), limit(float64(t.Slope) / 20), limit(float64(t.Fall) / 8),
		limit(float64(t.Fade) / 150), limit(float64(t.Last) * 3), limit(float64(t.Unvoice) * 6), 0,
	}
	if p.Voice.Pitch > 0 && t.Pitch > 0 {
		heard[8] = limit(float64(t.Pitch+t.End-p.Voice.Pitch) / 4)
	}
	copy(e[len(e)-len(heard):], heard)
	return e
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// limit keeps an outlier from deciding alone.
func limit(v float64) float64 { return max(-3, min(3, v)) }

// span is a length of time in units of so many seconds, at most 2.
func span(d time.Duration, unit float64) float64 { return min(d.Seconds()/unit, 2) }
