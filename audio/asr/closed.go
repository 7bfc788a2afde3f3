package asr

import (
	"context"
	_ "embed"
	"math"
	"strings"
	"time"

	"huike/audio"
)

// digitsProbe tells the ten digits, and what is none, by audio/asr/probe. It was
// fitted by huike eval fit-short on the Free Spoken Digit Dataset (CC BY-SA 4.0, so
// these weights are under it too) and on synthetic voices; testdata/README.md says how.
//
//go:embed digits.probe
var digitsProbe []byte

const (
	shortest = 1200 * time.Millisecond // words up to this long may be one digit
	sureOf   = 0.5                     // probability over which a digit is what was said
	wordGap  = 60 * time.Millisecond   // of quiet between digits that are said one by one
)

// closed hears an answer of an expected kind: digits. w holds what is heard of pcm.
func (m *Moonshine) closed(ctx context.Context, w *workspace, pcm []int16, hint Hint, result *Result) error {
	if hint.Expect != "digits" || loudest(pcm) < audible {
		return nil
	}
	result.Text = asDigits(result.Text)
	n := countDigits(result.Text)
	sure := n > 0 && result.Confidence > sureOfDigits && (hint.Digits == 0 || n == hint.Digits)
	if sure && n > 1 {
		return nil
	}
	said, chance, err := m.spoken(ctx, w, pcm)
	if err != nil {
		return err
	}
	if len(said) > 0 && (hint.Digits == 0 || len(said) == hint.Digits || n != hint.Digits) {
		result.instead(strings.Join(said, " "), chance)
		return nil
	}
	if sure {
		return nil
	}
	return m.byGrammar(ctx, w, pcm, result)
}

// byGrammar puts the likeliest digits of the decoder before the other readings.
func (m *Moonshine) byGrammar(ctx context.Context, w *workspace, pcm []int16, result *Result) error {
	w.samples = frame(w.samples, pcm)
	steps, err := m.encode(w)
	if err != nil {
		return err
	}
	sum, err := m.decode(ctx, w, steps, plan{limit: limitOf(pcm), grammar: m.digits})
	if err != nil {
		return err
	}
	if mean := sum / float64(len(w.said)+1); mean > plausible {
		result.Alternatives = append([]string{m.vocabulary.text(w.said)}, result.Alternatives...)
		result.Scores = append([]float64{math.Exp(mean)}, result.Scores...)
	}
	return nil
}

// instead puts a reading before the one that the result has.
func (r *Result) instead(text string, confidence float64) {
	if fold(r.Text) != fold(text) && r.Text != "" {
		r.Alternatives = append([]string{r.Text}, r.Alternatives...)
		r.Scores = append([]float64{r.Confidence}, r.Scores...)
	}
	r.Text, r.Confidence = text, confidence
}

// spoken returns the digits of sound that is nothing but digits with quiet between
// them, and the least sure one's probability; none where there is anything else.
func (m *Moonshine) spoken(ctx context.Context, w *workspace, pcm []int16) (said []string, least float64, err error) {
	least = 1
	chances := make([]float64, len(m.shortDigits.Classes))
	for _, word := range between(pcm) {
		if err := ctx.Err(); err != nil {
			return nil, 0, err
		}
		if isTone(word) {
			return nil, 0, nil
		}
		w.samples = frame(w.samples, word)
		if audio.Duration(len(w.samples), audio.Rate)-2*margin > shortest {
			return nil, 0, nil
		}
		n, err := m.encode(w)
		if err != nil {
			return nil, 0, err
		}
		m.shortDigits.Score(pooled(w, n), chances)
		best := 0
		for c := range chances {
			if chances[c] > chances[best] {
				best = c
			}
		}
		chance := math.Exp(chances[best])
		name := m.shortDigits.Classes[best]
		if name == "other" || chance < sureOf {
			return nil, 0, nil
		}
		said = append(said, name)
		least = min(least, chance)
	}
	return said, least, nil
}

// between cuts sound at its pauses into words.
func between(pcm []int16) [][]int16 {
	const (
		step  = audio.Rate / 100
		quiet = 28 // dB below the loudest
		brief = 80 * time.Millisecond
	)
	threshold := loudest(pcm) - quiet
	var words [][]int16
	from, silent := -1, 0
	cut := func(to int) {
		if from >= 0 && to-from >= audio.Samples(brief, audio.Rate) {
			around := audio.Samples(wordGap/2, audio.Rate)
			words = append(words, pcm[max(from-around, 0):min(to+around, len(pcm))])
		}
		from = -1
	}
	for n := 0; n+step <= len(pcm); n += step {
		if loudest(pcm[n:n+step]) > threshold {
			if from < 0 {
				from = n
			}
			silent = 0
			continue
		}
		if silent += step; from >= 0 && silent >= audio.Samples(wordGap, audio.Rate) {
			cut(n + step - silent)
		}
	}
	if from >= 0 {
		cut(len(pcm))
	}
	return words
}

// countDigits is how many digits text is, 0 if it is anything else too.
func countDigits(text string) int {
	if !isDigits(text) {
		return 0
	}
	n := 0
	for w := range strings.FieldsSeq(strings.Map(func(r rune) rune {
		if strings.ContainsRune(",.-?!", r) {
			return ' '
		}
		return r
	}, text)) {
		if strings.Trim(w, "0123456789") == "" {
			n += len(w)
		} else {
			n++
		}
	}
	return n
}
