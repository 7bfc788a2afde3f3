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

// decode says the words of n encoded steps, at most limit tokens, into w.said
// and returns the mean log probability of a token. With a grammar it says only
// tokens of that, and one at least.
func (m *Moonshine) decode(ctx context.Context, w *workspace, n, limit int, g *grammar) (float64, error) {
	if err := m.bindSound(w, n, limit); err != nil {
		return 0, fmt.Errorf("decoder: %w", err)
	}
	w.said = w.said[:0]
	w.token[0] = startToken
	sum := 0.0
	for step := range limit {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		if err := m.step(w, n, step); err != nil {
			return 0, fmt.Errorf("decoder, token %d: %w", step, err)
		}
		token, chance := choose(w.logits, g, step == 0)
		sum += chance
		if token == endToken {
			return sum / float64(step+1), nil
		}
		w.said = append(w.said, token)
		if cut := repetition(w.said); cut > 0 {
			w.said = w.said[:cut]
			break
		}
		w.token[0] = token
	}
	return sum / float64(len(w.said)+1), nil
}

// bindSound binds what stays the same in all steps, and makes room.
func (m *Moonshine) bindSound(w *workspace, n, limit int) error {
	w.sound = grow(w.sound, parts*n*modelWidth)
	for i := range w.words {
		w.words[i] = grow(w.words[i], parts*limit*modelWidth)
	}
	token, err := tensor(w, whole, w.token, 1, 1)
	if err != nil {
		return err
	}
	cached, err := tensor(w, whole, w.cached, 1)
	if err != nil {
		return err
	}
	logits, err := tensor(w, whole, w.logits, 1, 1, vocabularySize)
	if err != nil {
		return err
	}
	steps, err := tensor(w, whole, w.steps, 1, int64(n), modelWidth)
	if err != nil {
		return err
	}
	w.opinion = logits
	b := w.binding
	return errors.Join(
		b.BindInput("input_ids", token),
		b.BindInput("use_cache_branch", cached),
		b.BindInput("encoder_hidden_states", steps),
		b.BindOutput("logits", logits),
	)
}

// step runs the decoder once. The first step also turns the sound into keys and
// values, which the others read and do not write again; each step after it reads
// the keys and values of the words that the step before wrote.
func (m *Moonshine) step(w *workspace, n, step int) error {
	w.cached[0] = step > 0
	now, old := step%2, (step+1)%2
	if err := w.free(now); err != nil {
		return err
	}
	if step == 1 {
		w.binding.ClearBoundOutputs()
		if err := w.binding.BindOutput("logits", w.opinion); err != nil {
			return err
		}
	}
	for i := range parts {
		words, err := w.part(now, w.words[now], i, step+1)
		if err != nil {
			return err
		}
		if err := w.binding.BindOutput(m.names.words[i], words); err != nil {
			return err
		}
		if step == 0 {
			err = m.bindFirst(w, i, n)
		} else {
			err = w.binding.BindInput(m.names.pastWords[i], w.made(old, i))
		}
		if err == nil && step == 1 {
			err = w.binding.BindInput(m.names.pastSound[i], w.made(sounds, i))
		}
		if err != nil {
			return err
		}
	}
	return m.decoder.RunWithBinding(w.binding)
}

// bindFirst binds one part for the first step: no past, and room for the sound.
func (m *Moonshine) bindFirst(w *workspace, i, n int) error {
	none, err := tensor(w, whole, w.sound[:1], 1, heads, 0, headWidth)
	if err != nil {
		return err
	}
	sound, err := w.part(sounds, w.sound, i, n)
	if err != nil {
		return err
	}
	if err := w.binding.BindInput(m.names.pastWords[i], none); err != nil {
		return err
	}
	if err := w.binding.BindInput(m.names.pastSound[i], none); err != nil {
		return err
	}
	return w.binding.BindOutput(m.names.sound[i], sound)
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
