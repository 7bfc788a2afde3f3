// Package probe tells which of a few classes a vector of features belongs to: a
// linear model with a softmax, small enough to stand in the program. It is fitted
// on what a recogniser's encoder makes of short answers, such as the ten digits.
// It knows neither sound nor words.
package probe

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// A Model gives each class a weight for every feature, and a bias. It may be used
// by many goroutines.
type Model struct {
	Classes []string
	weights [][]float32 // by class: the features' weights, then the bias
}

// Features is how many features the model takes.
func (m *Model) Features() int {
	if len(m.weights) == 0 {
		return 0
	}
	return len(m.weights[0]) - 1
}

// Score writes the log probability of each class for features x into into, which
// has room for all classes. Features that are too few count as 0.
func (m *Model) Score(x []float32, into []float64) {
	for c, w := range m.weights {
		n := min(len(x), len(w)-1)
		sum := float64(w[len(w)-1])
		for i, v := range x[:n] {
			sum += float64(w[i]) * float64(v)
		}
		into[c] = sum
	}
	normalise(into[:len(m.weights)])
}

// normalise turns logits into log probabilities.
func normalise(logits []float64) {
	top := math.Inf(-1)
	for _, v := range logits {
		top = max(top, v)
	}
	sum := 0.0
	for _, v := range logits {
		sum += math.Exp(v - top)
	}
	for i := range logits {
		logits[i] -= top + math.Log(sum)
	}
}

// The form of a kept model: the mark, how many classes and features there are, the
// classes' names, each behind its length in one byte, and for each class a scale
// (float32) and the weights as 16-bit parts of it; all little endian.
const mark = "HKP1"

// ErrForm is the error, wrapped, of bytes that are no model.
var ErrForm = errors.New("no probe model")

// Bytes writes the model. Weights lose what is below a 32767th of their class's largest.
func (m *Model) Bytes() []byte {
	b := bytes.NewBufferString(mark)
	put := func(v any) { _ = binary.Write(b, binary.LittleEndian, v) } // a buffer takes all
	put(uint16(len(m.Classes)))
	put(uint32(m.Features()))
	for _, name := range m.Classes {
		b.WriteByte(byte(len(name)))
		b.WriteString(name)
	}
	for _, w := range m.weights {
		most := 0.0
		for _, v := range w {
			most = max(most, math.Abs(float64(v)))
		}
		scale := float32(max(most, 1e-20) / math.MaxInt16)
		put(scale)
		for _, v := range w {
			put(int16(math.Round(float64(v / scale))))
		}
	}
	return b.Bytes()
}

// most bounds what a model may hold, so that no file asks for all memory.
const mostClasses, mostFeatures = 256, 1 << 16

// Parse reads what Bytes wrote.
func Parse(data []byte) (*Model, error) {
	r := bytes.NewReader(data)
	head := struct {
		Mark     [4]byte
		Classes  uint16
		Features uint32
	}{}
	if err := binary.Read(r, binary.LittleEndian, &head); err != nil || string(head.Mark[:]) != mark {
		return nil, fmt.Errorf("%w: it does not begin with %s", ErrForm, mark)
	}
	if head.Classes < 2 || head.Classes > mostClasses || head.Features < 1 || head.Features > mostFeatures {
		return nil, fmt.Errorf("%w: %d classes of %d features", ErrForm, head.Classes, head.Features)
	}
	m := &Model{}
	for range head.Classes {
		n, err := r.ReadByte()
		name := make([]byte, n)
		if _, readErr := r.Read(name); err != nil || (readErr != nil && n > 0) {
			return nil, fmt.Errorf("%w: it ends in its classes' names", ErrForm)
		}
		m.Classes = append(m.Classes, string(name))
	}
	if want := int(head.Classes) * (4 + 2*(int(head.Features)+1)); r.Len() != want {
		return nil, fmt.Errorf("%w: %d bytes of weights, want %d", ErrForm, r.Len(), want)
	}
	if err := m.read(r, int(head.Features)); err != nil {
		return nil, err
	}
	return m, nil
}

// read reads the weights of all classes.
func (m *Model) read(r *bytes.Reader, features int) error {
	parts := make([]int16, features+1)
	for range m.Classes {
		var scale float32
		if err := errors.Join(binary.Read(r, binary.LittleEndian, &scale), binary.Read(r, binary.LittleEndian, parts)); err != nil {
			return fmt.Errorf("%w: %w", ErrForm, err)
		}
		if s := float64(scale); math.IsNaN(s) || math.IsInf(s, 0) {
			return fmt.Errorf("%w: a scale is %v", ErrForm, s)
		}
		w := make([]float32, len(parts))
		for i, p := range parts {
			w[i] = float32(p) * scale
		}
		m.weights = append(m.weights, w)
	}
	return nil
}
