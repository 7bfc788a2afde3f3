package asr

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"

	"huike/audio"
)

// memories are what was heard of turns that may go on, the newest last.
type memories []*memory

// memory is what was heard of one turn, piece by piece.
type memory struct {
	turn   string
	pieces []piece
}

// piece is what was heard of a part of a turn's sound. All pieces but the last are
// done.
type piece struct {
	samples int
	stable  int // how many tokens of said two partials agreed on
	said    []int64
	sum     float64 // of the log probabilities of said
}

const mostTurns = 256 // turns that are remembered; 1 KB each

// remembered returns the memory of a turn, empty when it is new.
func (m *Moonshine) remembered(turn string) memory {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, t := range m.turns {
		if t.turn == turn && turn != "" {
			return *t
		}
	}
	return memory{turn: turn}
}

// remember keeps the memory of a turn for its next recognition. A final one is kept
// too: a turn that seemed over may go on.
func (m *Moonshine) remember(t memory) {
	if t.turn == "" {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.turns = slices.DeleteFunc(m.turns, func(old *memory) bool { return old.turn == t.turn })
	if len(m.turns) >= mostTurns {
		m.turns = m.turns[1:]
	}
	m.turns = append(m.turns, &t)
}

// recognize hears the whole of a sound. Long sound is heard in pieces, of which those
// that were heard before are not heard again.
func (m *Moonshine) recognize(ctx context.Context, pcm []int16, hint Hint, result *Result) error {
	w, err := m.take()
	if err != nil {
		return err
	}
	defer m.give(w)
	defer func() { err = errors.Join(err, w.reset()) }()
	before, now := m.remembered(hint.Turn), memory{turn: hint.Turn}
	pieces := split(pcm)
	var heard listening
	for i, part := range pieces {
		var earlier piece
		if i < len(before.pieces) {
			earlier = before.pieces[i]
		}
		if earlier.samples == len(part) && i < len(pieces)-1 {
			now.pieces = append(now.pieces, earlier)
			heard.add(m, earlier)
			continue
		}
		p, err := m.piece(ctx, w, part, hint, earlier, result)
		if err != nil {
			return err
		}
		now.pieces = append(now.pieces, p)
		heard.add(m, p)
	}
	result.Text, result.Confidence = heard.text, heard.confidence()
	if hint.Partial {
		last := now.pieces[len(now.pieces)-1]
		open := m.vocabulary.text(last.said[min(last.stable, len(last.said)):])
		result.Stable = len(strings.TrimRight(strings.TrimSuffix(result.Text, open), " "))
	}
	m.remember(now)
	if len(pieces) > 1 {
		result.Nature = Nature{}
	}
	if len(pieces) == 1 && !hint.Partial {
		return m.closed(ctx, w, pcm, hint, result)
	}
	result.Alternatives, result.Scores = nil, nil
	return nil
}

// listening adds up pieces.
type listening struct {
	text        string
	sum, tokens float64
}

func (l *listening) add(m *Moonshine, p piece) {
	text := m.vocabulary.text(p.said)
	if text == "" {
		return
	}
	if l.text != "" {
		l.text += " "
	}
	l.text += text
	l.sum += p.sum
	l.tokens += float64(len(p.said) + 1)
}

func (l *listening) confidence() float64 {
	if l.tokens == 0 {
		return 0
	}
	return math.Exp(l.sum / l.tokens)
}

// limitOf is how many tokens sound may hold.
func limitOf(pcm []int16) int {
	return freeTokens + int(perSecond*audio.Duration(len(pcm), audio.Rate).Seconds())
}

// piece hears sound of at most the longest duration, of which earlier was heard.
func (m *Moonshine) piece(ctx context.Context, w *workspace, pcm []int16, hint Hint, earlier piece, result *Result) (piece, error) {
	w.samples = frame(w.samples, pcm)
	n, err := m.encode(w)
	if err != nil {
		return piece{}, err
	}
	result.Nature = m.nature(w, n)
	p := plan{limit: limitOf(pcm), draft: earlier.said}
	if hint.Partial {
		p.forced, p.draft = earlier.said[:earlier.stable], earlier.said[earlier.stable:]
	} else {
		p.watch = &watch{names: m.ranks.names(expected(hint))}
	}
	sum, err := m.decode(ctx, w, n, p)
	if err != nil {
		return piece{}, err
	}
	heard := piece{samples: len(pcm), said: slices.Clone(w.said), sum: sum}
	if hint.Partial {
		heard.stable = agreed(earlier.said, heard.said)
		return heard, nil
	}
	return heard, m.otherWays(ctx, w, n, p, &heard, result)
}

// agreed is how many tokens two readings begin with in common.
func agreed(a, b []int64) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// expected are the words that an answer of the expected kind may hold.
func expected(hint Hint) []string {
	if hint.Expect == "yesno" {
		return append([]string{"Yes", "No", "Yeah", "Yep", "Nope", "Correct", "Right", "Okay", "Sure"}, hint.Words...)
	}
	return hint.Words
}

// otherWays tries what else may have been said, makes the best way what was heard,
// and puts the rest into the result's alternatives.
func (m *Moonshine) otherWays(ctx context.Context, w *workspace, n int, p plan, heard *piece, result *Result) error {
	ways := []way{{said: heard.said, sum: heard.sum, names: countNames(heard.said, p.watch.names)}}
	spots := append(p.watch.best(true, mostSeen), p.watch.best(false, mostWays)...)
	for _, s := range spots {
		forced := append(slices.Clone(heard.said[:min(s.at, len(heard.said))]), s.tokens...)
		var draft []int64
		if s.at+1 < len(heard.said) {
			draft = heard.said[s.at+1:]
		}
		if s.name {
			draft = nil // how many words a name stands for is not known
		}
		sum, err := m.decode(ctx, w, n, plan{forced: forced, draft: draft, limit: p.limit})
		if err != nil {
			return err
		}
		ways = append(ways, way{said: slices.Clone(w.said), sum: sum, names: countNames(w.said, p.watch.names)})
	}
	slices.SortStableFunc(ways, func(a, b way) int {
		switch d := b.score() - a.score(); {
		case d > 0:
			return 1
		case d < 0:
			return -1
		}
		return 0
	})
	heard.said, heard.sum = ways[0].said, ways[0].sum
	told := []string{fold(m.vocabulary.text(heard.said))}
	for _, other := range ways[1:] {
		text := m.vocabulary.text(other.said)
		if text == "" || slices.Contains(told, fold(text)) {
			continue
		}
		told = append(told, fold(text))
		result.Alternatives = append(result.Alternatives, text)
		result.Scores = append(result.Scores, math.Exp(other.sum/float64(len(other.said)+1)))
	}
	return nil
}

// fold is text without case and punctuation.
func fold(text string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return strings.ContainsRune(" ,.-?!;:", r)
	}), " ")
}
