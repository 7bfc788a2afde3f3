package asr

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"

	ort "github.com/yalue/onnxruntime_go"
)

// sureOfNothing is the log probability that there are no words at all over which
// the decoder is believed. Below it the likeliest word counts: of clips that hold
// one word, a fifth would be lost, and noise still gives none.
const sureOfNothing = -0.5

// names of the decoder's inputs and outputs: for each layer the keys and the
// values of the words so far ("decoder") and of the sound ("encoder").
type names struct {
	pastWords, pastSound, words, sound [parts]string
}

func newNames() names {
	var n names
	for i := range parts {
		layer, part := strconv.Itoa(i/2), [2]string{"key", "value"}[i%2]
		n.pastWords[i] = "past_key_values." + layer + ".decoder." + part
		n.pastSound[i] = "past_key_values." + layer + ".encoder." + part
		n.words[i] = "present." + layer + ".decoder." + part
		n.sound[i] = "present." + layer + ".encoder." + part
	}
	return n
}

// inputs returns all that a session of the decoder takes, and outputs all that
// it gives; a run binds those of them that it needs.
func (n *names) inputs() []string {
	all := []string{"input_ids", "encoder_hidden_states", "use_cache_branch"}
	return append(append(all, n.pastWords[:]...), n.pastSound[:]...)
}

func (n *names) outputs() []string {
	return append(append([]string{"logits"}, n.words[:]...), n.sound[:]...)
}

// encode runs the encoder over w.samples into w.steps and returns how many steps
// of the sound there are.
func (m *Moonshine) encode(w *workspace) (int, error) {
	n := encodedSteps(len(w.samples))
	w.steps = grow(w.steps, n*modelWidth)
	in, err := tensor(w, whole, w.samples, 1, int64(len(w.samples)))
	if err != nil {
		return 0, err
	}
	out, err := tensor(w, whole, w.steps, 1, int64(n), modelWidth)
	if err != nil {
		return 0, err
	}
	if err := m.encoder.Run([]ort.Value{in}, []ort.Value{out}); err != nil {
		return 0, fmt.Errorf("encoder, %d samples: %w", len(w.samples), err)
	}
	return n, nil
}

// encodedSteps is how many steps the encoder makes of n samples: convolutions
// of 127 samples every 64, then of 7 every 3, then of 3 every 2.
func encodedSteps(n int) int {
	n = (n-127)/64 + 1
	n = (n-7)/3 + 1
	return (n-3)/2 + 1
}

// A plan is what is known of the words before they are decoded.
type plan struct {
	forced  []int64  // they begin with these, whatever the decoder thinks
	draft   []int64  // behind those perhaps with these: what an earlier decoding of the same sound said
	grammar *grammar // they are of this alone; nil: of anything
	limit   int      // tokens at most
	watch   *watch   // is told of every choice; nil: nobody is
}

// decode says the words of n encoded steps into w.said and returns the sum of the
// log probabilities of its tokens. Forced and drafted tokens cost one run of the
// decoder together, which is a third of what they cost one by one: of the draft what
// the decoder agrees with is kept. With a grammar it says one token at least.
func (m *Moonshine) decode(ctx context.Context, w *workspace, n int, p plan) (float64, error) {
	lead := append(append([]int64{startToken}, p.forced...), p.draft...)
	lead = lead[:min(len(lead), p.limit)]
	if err := w.reset(); err != nil {
		return 0, fmt.Errorf("decoder: %w", err)
	}
	if err := m.bindSound(w, n, p.limit+1); err != nil {
		return 0, fmt.Errorf("decoder: %w", err)
	}
	w.said = w.said[:0]
	if err := m.first(w, n, lead); err != nil {
		return 0, fmt.Errorf("decoder, %d tokens: %w", len(lead), err)
	}
	sum := 0.0
	for at := 0; ; at++ { // the token behind lead[at], or behind the last that was said
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		token, chance := p.say(w, at, len(lead))
		sum += chance
		if token == endToken {
			return sum, nil
		}
		w.said = append(w.said, token)
		if cut := repetition(w.said); cut > 0 && at >= len(p.forced) {
			w.said = w.said[:cut]
			return sum, nil
		}
		if len(w.said) >= p.limit {
			return sum, nil
		}
		if at+1 < len(lead) && lead[at+1] == token {
			continue // its successor's logits are there
		}
		if at+1 < len(lead) {
			if err := w.forget(len(lead), at+1); err != nil {
				return 0, err
			}
			lead = lead[:at+1]
		}
		if err := m.next(w, token, at+1); err != nil {
			return 0, fmt.Errorf("decoder, token %d: %w", at, err)
		}
	}
}

// say returns the token at a place and its log probability, of what a lead of so many
// tokens and the runs behind it left in the workspace.
func (p *plan) say(w *workspace, at, lead int) (token int64, chance float64) {
	logits := w.logits[:vocabularySize]
	if at < lead {
		logits = w.logits[at*vocabularySize:][:vocabularySize]
	}
	if at < len(p.forced) && at+1 < lead {
		return p.forced[at], chanceOf(logits, p.forced[at])
	}
	token, chance = choose(logits, p.grammar, at == 0)
	p.watch.see(at, logits, token)
	return token, chance
}

// bindSound binds what stays the same in all runs, and makes room.
func (m *Moonshine) bindSound(w *workspace, n, limit int) error {
	w.sound = grow(w.sound, parts*n*modelWidth)
	for i := range w.words {
		w.words[i] = grow(w.words[i], parts*limit*modelWidth)
	}
	cached, err := tensor(w, whole, w.cached, 1)
	if err != nil {
		return err
	}
	steps, err := tensor(w, whole, w.steps, 1, int64(n), modelWidth)
	if err != nil {
		return err
	}
	return errors.Join(
		w.binding.BindInput("use_cache_branch", cached),
		w.binding.BindInput("encoder_hidden_states", steps),
	)
}

// bindTokens binds n tokens and room for the opinion behind each.
func (w *workspace) bindTokens(n int) error {
	w.logits = grow(w.logits, n*vocabularySize)
	token, err := tensor(w, whole, w.token[:n], 1, int64(n))
	if err != nil {
		return err
	}
	logits, err := tensor(w, whole, w.logits[:n*vocabularySize], 1, int64(n), vocabularySize)
	if err != nil {
		return err
	}
	return errors.Join(w.binding.BindInput("input_ids", token), w.binding.BindOutput("logits", logits))
}

// first runs the decoder over the lead, which also turns the sound into keys and
// values that the other runs read.
func (m *Moonshine) first(w *workspace, n int, lead []int64) error {
	w.token = append(w.token[:0], lead...)
	w.cached[0], w.slot, w.fresh = false, 0, true
	if err := w.bindTokens(len(lead)); err != nil {
		return err
	}
	for i := range parts {
		words, err := w.part(w.slot, w.words[w.slot], i, len(lead))
		if err != nil {
			return err
		}
		none, err := tensor(w, whole, w.sound[:1], 1, heads, 0, headWidth)
		if err != nil {
			return err
		}
		sound, err := w.part(sounds, w.sound, i, n)
		if err != nil {
			return err
		}
		if err := errors.Join(
			w.binding.BindOutput(m.names.words[i], words),
			w.binding.BindInput(m.names.pastWords[i], none),
			w.binding.BindInput(m.names.pastSound[i], none),
			w.binding.BindOutput(m.names.sound[i], sound),
		); err != nil {
			return err
		}
	}
	return m.decoder.RunWithBinding(w.binding)
}

// next runs the decoder over one token more, behind past others: it reads their
// keys and values from one slot and writes all of them into the other.
func (m *Moonshine) next(w *workspace, token int64, past int) error {
	old := w.slot
	w.slot = 1 - old
	w.token[0], w.cached[0] = token, true
	if err := w.free(w.slot); err != nil {
		return err
	}
	if w.fresh {
		w.binding.ClearBoundOutputs()
		if err := w.bindTokens(1); err != nil {
			return err
		}
	}
	for i := range parts {
		words, err := w.part(w.slot, w.words[w.slot], i, past+1)
		if err != nil {
			return err
		}
		err = errors.Join(
			w.binding.BindOutput(m.names.words[i], words),
			w.binding.BindInput(m.names.pastWords[i], w.made(old, i)),
		)
		if err == nil && w.fresh {
			err = w.binding.BindInput(m.names.pastSound[i], w.made(sounds, i))
		}
		if err != nil {
			return err
		}
	}
	w.fresh = false
	return m.decoder.RunWithBinding(w.binding)
}

// forget shortens the keys and values of all words to those of the first keep.
func (w *workspace) forget(all, keep int) error {
	if err := w.free(w.slot); err != nil {
		return err
	}
	size := len(w.words[w.slot]) / parts
	for i := range parts {
		part := w.words[w.slot][i*size:]
		for h := range heads {
			copy(part[h*keep*headWidth:][:keep*headWidth], part[h*all*headWidth:][:keep*headWidth])
		}
		if _, err := w.part(w.slot, w.words[w.slot], i, keep); err != nil {
			return err
		}
	}
	return nil
}

// choose returns the next token and the logarithm of its probability.
func choose(logits []float32, g *grammar, first bool) (token int64, chance float64) {
	if g != nil {
		token = g.best(logits, first)
		return token, chanceOf(logits, token)
	}
	token = likeliest(logits)
	chance = chanceOf(logits, token)
	if first && token == endToken && chance < sureOfNothing {
		logits[endToken] = logits[startToken]
		token = likeliest(logits)
		chance = chanceOf(logits, token)
	}
	return token, chance
}

func likeliest(logits []float32) int64 {
	best := 0
	for i, v := range logits {
		if v > logits[best] {
			best = i
		}
	}
	return int64(best)
}

// chanceOf returns the logarithm of a token's probability.
func chanceOf(logits []float32, token int64) float64 {
	const negligible = 15 // below the best: e^-15 each
	top, sum := logits[likeliest(logits)], 0.0
	for _, v := range logits {
		if v > top-negligible {
			sum += math.Exp(float64(v - top))
		}
	}
	return float64(logits[token]-top) - math.Log(sum)
}
