package classify

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/gob"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
)

// ErrStale is returned for a file that was trained from other examples, or by another
// version of this package.
var ErrStale = errors.New("classify: trained from other examples")

// format is the version of what a file holds; it changes with the features too.
const format = 1

// Sum names the examples and the configuration that a model is trained from, as 64
// hexadecimal digits (SHA-256).
func Sum(examples []Example, cfg Config) string {
	h := sha256.New()
	fmt.Fprintf(h, "%d %q %v %v %d\n", format, cfg.Out, cfg.Refuse, cfg.Quick, cfg.Seed)
	for _, list := range [...][]Example{examples, cfg.Held} {
		for _, e := range list {
			fmt.Fprintf(h, "%q %q\n", e.Label, e.Text)
		}
		fmt.Fprintln(h)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// file is a model as it is written.
type file struct {
	Format  int
	Sum     string
	Labels  []string
	Inside  int
	Keys    []uint64 // of the features, by number
	IDF     []float32
	Rare    float32
	Classes int
	Weights []float32
	Right   logistic
	Scope   logistic
	Least   float64
}

// Encode writes the model with the sum of what it was trained from ([Sum]). Only
// models of [Config.Quick] can be written: the others' nets would be tens of megabytes.
func (m *Model) Encode(sum string) ([]byte, error) {
	if len(m.nets)+len(m.order) > 0 {
		return nil, errors.New("classify: a model with nets is not written; train it with Quick")
	}
	f := file{
		Format: format, Sum: sum, Labels: m.labels, Inside: m.inside, Keys: make([]uint64, len(m.words.idf)), IDF: m.words.idf, Rare: m.words.rare,
		Classes: m.planes.classes, Weights: m.planes.weights, Right: m.right, Scope: m.scope, Least: m.least,
	}
	for key, id := range m.words.ids {
		f.Keys[id] = key
	}
	var out bytes.Buffer
	packed := gzip.NewWriter(&out)
	if err := errors.Join(gob.NewEncoder(packed).Encode(&f), packed.Close()); err != nil {
		return nil, fmt.Errorf("classify: %w", err)
	}
	return out.Bytes(), nil
}

// mostFile bounds what a file unpacks to, in bytes.
const mostFile = 256 << 20

// Decode reads what Encode wrote, if it was trained from what sum names, and else
// returns [ErrStale]. The model answers exactly as the one that was written.
func Decode(data []byte, sum string) (*Model, error) {
	packed, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("classify: no file of a model: %w", err)
	}
	var f file
	if err := gob.NewDecoder(io.LimitReader(packed, mostFile)).Decode(&f); err != nil {
		return nil, fmt.Errorf("classify: no file of a model: %w", err)
	}
	if f.Format != format || f.Sum != sum {
		return nil, fmt.Errorf("%w: of %.12s, not %.12s", ErrStale, f.Sum, sum)
	}
	if !f.sound() {
		return nil, errors.New("classify: the file of a model is damaged")
	}
	m := &Model{
		labels: f.Labels, inside: f.Inside, words: &vocabulary{make(map[uint64]int32, len(f.Keys)), f.IDF, f.Rare},
		committee: committee{planes: &linear{f.Classes, f.Weights}}, refusal: refusal{right: f.Right, scope: f.Scope, least: f.Least},
	}
	for id, key := range f.Keys {
		m.words.ids[key] = int32(id)
	}
	return m, nil
}

// sound says whether the parts of a file fit together.
func (f *file) sound() bool {
	return f.Inside >= 2 && f.Inside <= len(f.Labels) && len(f.Labels)-f.Inside <= 1 && f.Classes == len(f.Labels) &&
		len(f.Keys) == len(f.IDF) && len(f.Weights) == (len(f.Keys)+1)*f.Classes && slices.IsSorted(f.Labels[:f.Inside])
}
