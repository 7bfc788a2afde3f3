package remote

import (
	"math"
	"strings"
	"time"

	"huike/audio"
	"huike/audio/tts"
)

// tracker follows the characters that a server tells through the text, and finds where
// words end.
type tracker struct {
	text  string
	at    int        // bytes of text that were told
	words []tts.Mark // not yet over
	last  time.Duration
}

func newTracker(text string) *tracker { return &tracker{text: text, words: tts.Guess(text)} }

// ahead is how many bytes of a text may be missing from what a server tells.
const ahead = 12

// take returns the words that are over by an alignment, whose sound begins base samples
// after the text's.
func (t *tracker) take(a *alignment, base int) []tts.Mark {
	if a == nil {
		return nil
	}
	lengths := a.Durations
	if len(lengths) == 0 {
		lengths = a.Durations2
	}
	var out []tts.Mark
	for i, c := range a.Chars {
		if i >= len(a.Starts) || i >= len(lengths) || c == "" {
			break
		}
		found := strings.Index(t.text[t.at:min(len(t.text), t.at+ahead)], c)
		if found < 0 { // written otherwise
			continue
		}
		t.at += found + len(c)
		ms := a.Starts[i] + lengths[i]
		if math.IsNaN(ms) || ms < 0 || ms > 1e6 {
			continue
		}
		over := audio.Duration(base, audio.Rate) + time.Duration(ms*float64(time.Millisecond))
		out = append(out, t.over(over)...)
	}
	return out
}

// over returns the words that end with the characters told so far.
func (t *tracker) over(at time.Duration) []tts.Mark {
	var out []tts.Mark
	t.last = max(t.last, at)
	for len(t.words) > 0 && len(strings.TrimRight(t.text[:t.words[0].End], " ")) <= t.at {
		out = append(out, tts.Mark{End: t.words[0].End, At: t.last})
		t.words = t.words[1:]
	}
	return out
}

// rest returns the words that nothing was told of, if others were: they end with the
// sound. Where nothing was told of any, the sound tells more.
func (t *tracker) rest(samples int) []tts.Mark {
	if t.at == 0 {
		return nil
	}
	var out []tts.Mark
	for _, w := range t.words {
		out = append(out, tts.Mark{End: w.End, At: max(t.last, audio.Duration(max(samples, 0), audio.Rate))})
	}
	return out
}
