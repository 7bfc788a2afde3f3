package speaker

import (
	"bytes"
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"sync"
)

// ownModel was fitted by huike eval speaker; testdata/README.md says on whom and how well
// it tells others. It is under CC BY-SA 4.0, as some of the recordings are.
//
//go:embed own.voices
var ownModel []byte

// Own returns huike's own model. It is read once.
func Own() (*Model, error) { return own() }

//nolint:gochecknoglobals // read-only, for the process
var own = sync.OnceValues(func() (*Model, error) { return Parse(ownModel) })

// The scores that [Model.Thresholds] gives.
const (
	matchFrom    = 0.30
	anotherBelow = 0.02
)

// Thresholds are the scores from which on two voices are taken to be one, and below which
// to be two, over all lines that were measured. Between them nothing is known.
func (m *Model) Thresholds() (match, another float64) { return matchFrom, anotherBelow }

// The form of a kept model: the mark, the length of its name in one byte and the name,
// how many Gaussians and directions there are in 16 bits each; then for each Gaussian its
// weight, means and variances as 32-bit numbers, and for each direction its scale and 8
// bits a number; all little endian.
const (
	mark          = "HKV1"
	mostGaussians = 1024
	mostAway      = 256
)

// ErrForm is the error, wrapped, of bytes that are no model.
var ErrForm = errors.New("no model of voices")

// Bytes writes the model. The directions lose what is below a 127th of their largest number.
func (m *Model) Bytes() []byte {
	b := bytes.NewBufferString(mark)
	put := func(v any) { _ = binary.Write(b, binary.LittleEndian, v) } // a buffer takes all
	b.WriteByte(byte(len(m.name)))
	b.WriteString(m.name)
	put([2]uint16{uint16(len(m.mix.weight)), uint16(len(m.away))})
	for c := range m.mix.weight {
		put(float32(m.mix.weight[c]))
		put(m.mix.mean[c])
		put(m.mix.vary[c])
	}
	for _, a := range m.away {
		top := float32(0)
		for _, v := range a {
			top = max(top, v, -v)
		}
		put(top)
		for _, v := range a {
			put(int8(math.Round(float64(v / top * math.MaxInt8))))
		}
	}
	return b.Bytes()
}

// Parse reads what Bytes wrote.
func Parse(data []byte) (*Model, error) {
	r := bytes.NewReader(data)
	var head [len(mark) + 1]byte
	if _, err := r.Read(head[:]); err != nil || string(head[:len(mark)]) != mark {
		return nil, fmt.Errorf("%w: it does not begin with %s", ErrForm, mark)
	}
	name := make([]byte, head[len(mark)])
	var n [2]uint16
	if err := errors.Join(binary.Read(r, binary.LittleEndian, name), binary.Read(r, binary.LittleEndian, &n)); err != nil {
		return nil, fmt.Errorf("%w: it ends in its head", ErrForm)
	}
	gaussians, away := int(n[0]), int(n[1])
	if gaussians < 1 || gaussians > mostGaussians || away > mostAway {
		return nil, fmt.Errorf("%w: %d Gaussians, %d directions", ErrForm, gaussians, away)
	}
	if want := gaussians*4*(1+2*dims) + away*(4+gaussians*dims); r.Len() != want {
		return nil, fmt.Errorf("%w: %d bytes of numbers, want %d", ErrForm, r.Len(), want)
	}
	m := newModel(string(name), newMixture(gaussians), nil)
	if err := m.mix.read(r); err != nil {
		return nil, err
	}
	for range away {
		d, err := direction(r, gaussians*dims)
		if err != nil {
			return nil, err
		}
		m.away = append(m.away, d)
	}
	return m, nil
}

// read reads all Gaussians.
func (m *mixture) read(r *bytes.Reader) error {
	for c := range m.weight {
		var w float32
		if err := errors.Join(
			binary.Read(r, binary.LittleEndian, &w), binary.Read(r, binary.LittleEndian, &m.mean[c]), binary.Read(r, binary.LittleEndian, &m.vary[c]),
		); err != nil {
			return fmt.Errorf("%w: %w", ErrForm, err)
		}
		if !(w >= 0 && w <= 1) {
			return fmt.Errorf("%w: a weight of %v", ErrForm, w)
		}
		m.weight[c] = float64(w)
		for d := range dims {
			if v, x := m.vary[c][d], m.mean[c][d]; !(v > 0 && v < math.MaxFloat32) || !(x > -math.MaxFloat32 && x < math.MaxFloat32) {
				return fmt.Errorf("%w: a variance of %v around %v", ErrForm, v, x)
			}
		}
	}
	m.ready()
	return nil
}

// direction reads one direction of n numbers.
func direction(r *bytes.Reader, n int) ([]float32, error) {
	var top float32
	parts := make([]int8, n)
	if err := errors.Join(binary.Read(r, binary.LittleEndian, &top), binary.Read(r, binary.LittleEndian, parts)); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrForm, err)
	}
	if !(top > 0 && top <= 1) {
		return nil, fmt.Errorf("%w: a scale of %v", ErrForm, top)
	}
	d := make([]float32, n)
	for i, p := range parts {
		d[i] = float32(p) * top / math.MaxInt8
	}
	normal(d)
	return d, nil
}
