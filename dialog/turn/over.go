package turn

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// Over tells from the evidence of a pause how likely the turn is over. It is a net with
// one hidden layer, and a linear part beside it.
type Over struct {
	inner [neurons][evidences + 1]float64 // weights of the evidence, and a bias
	outer [neurons]float64
	plain [evidences + 1]float64
}

const (
	evidences = len(evidence{})
	neurons   = 8
)

// LabelledPause is a pause and whether the turn was over in it. Weight counts it that
// many times.
type LabelledPause struct {
	Pause
	Over   bool
	Weight float64
}

// Chance returns the probability that the turn is over.
func (o *Over) Chance(p *Pause) float64 {
	e := weigh(p)
	return o.chance(&e, nil)
}

// chance returns the probability for the evidence, and what the neurons made of it.
func (o *Over) chance(e *evidence, hidden *[neurons]float64) float64 {
	sum := o.plain[evidences]
	for i, v := range e {
		sum += o.plain[i] * v
	}
	for n := range o.inner {
		in := o.inner[n][evidences]
		for i, v := range e {
			in += o.inner[n][i] * v
		}
		out := math.Tanh(in)
		if hidden != nil {
			hidden[n] = out
		}
		sum += o.outer[n] * out
	}
	return 1 / (1 + math.Exp(-sum))
}

// FitOver fits a model to pauses by stochastic gradient descent; the same ones and the
// same seed give the same model. Pauses in numbers are left out: digits are counted.
func FitOver(pauses []LabelledPause, seed uint64) *Over {
	const (
		rounds = 60
		first  = 0.03
		shrink = 3e-4
	)
	random := rand.New(rand.NewPCG(seed, 11)) //nolint:gosec // must come out the same each time
	o := &Over{}
	for n := range o.inner {
		for i := range o.inner[n] {
			o.inner[n][i] = 0.3 * random.NormFloat64()
		}
		o.outer[n] = 0.1 * random.NormFloat64()
	}
	pauses = slices.DeleteFunc(slices.Clone(pauses), func(p LabelledPause) bool { return numeric(fold(p.Words), p.Expect) })
	seen := make([]evidence, len(pauses))
	for i := range pauses {
		seen[i] = weigh(&pauses[i].Pause)
	}
	for round := range rounds {
		rate := first / (1 + float64(round)/15)
		for _, i := range random.Perm(len(pauses)) {
			o.learn(&seen[i], pauses[i].Over, rate*pauses[i].Weight, rate*shrink)
		}
	}
	return o
}

// learn takes one step towards the truth about one pause.
func (o *Over) learn(e *evidence, over bool, rate, shrink float64) {
	var hidden [neurons]float64
	miss := rate * (truth(over) - o.chance(e, &hidden))
	for n := range o.inner {
		back := miss * o.outer[n] * (1 - hidden[n]*hidden[n])
		o.outer[n] += miss*hidden[n] - shrink*o.outer[n]
		for i, v := range e {
			o.inner[n][i] += back*v - shrink*o.inner[n][i]
		}
		o.inner[n][evidences] += back
	}
	for i, v := range e {
		o.plain[i] += miss*v - shrink*o.plain[i]
	}
	o.plain[evidences] += miss
}

// rows are all the weights of the model, row by row.
func (o *Over) rows() [][]float64 {
	rows := [][]float64{o.plain[:], o.outer[:]}
	for n := range o.inner {
		rows = append(rows, o.inner[n][:])
	}
	return rows
}

// String writes the model as [ParseOver] reads it.
func (o *Over) String() string {
	var b strings.Builder
	for _, row := range o.rows() {
		for i, w := range row {
			if i > 0 {
				b.WriteByte('\t')
			}
			fmt.Fprintf(&b, "%.3f", w)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// ParseOver reads a model as String writes it.
func ParseOver(text string) (*Over, error) {
	o := &Over{}
	rows := o.rows()
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if len(lines) != len(rows) {
		return nil, fmt.Errorf("model of pauses: %d rows, want %d", len(lines), len(rows))
	}
	for n, line := range lines {
		fields := strings.Split(line, "\t")
		if len(fields) != len(rows[n]) {
			return nil, fmt.Errorf("model of pauses: %d weights in row %d, want %d", len(fields), n+1, len(rows[n]))
		}
		for i, field := range fields {
			w, err := strconv.ParseFloat(field, 64)
			if err != nil || math.IsNaN(w) || math.IsInf(w, 0) {
				return nil, fmt.Errorf("model of pauses: weight %q in row %d is no number", field, n+1)
			}
			rows[n][i] = w
		}
	}
	return o, nil
}
