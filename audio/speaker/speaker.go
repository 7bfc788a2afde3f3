// Package speaker tells how alike two voices are. A [Model] makes a [Print] of a stretch
// of speech, and the prints of two stretches have a [Score]: a hint, never a proof of who
// speaks. It keeps nothing, knows no people, and starts no goroutine.
//
// The method is the one before neural networks: a mixture of Gaussians of what speech
// sounds like (Reynolds, Quatieri and Dunn, "Speaker Verification Using Adapted Gaussian
// Mixture Models", 2000), whose means are moved towards one speaker; how they have moved
// is the print, without the directions that the telephone line and the words move them in
// (Campbell et al., "SVM Based Speaker Verification Using a GMM Supervector Kernel and NAP
// Variability Compensation", 2006). It is fitted by huike itself, see [Fit], on few
// speakers, and is as weak as that: testdata/README.md has its error rate.
package speaker

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"
)

// A Print is how somebody sounds. It is personal: it formats as nothing but its length.
type Print struct {
	Model  string        // what made it: prints of two models have no score
	Vector []float32     // of length 1
	Speech time.Duration // it was made of
}

// Why there is no print, or no score.
var (
	ErrShort = errors.New("too little speech for a voice print")
	ErrOther = errors.New("voice prints of two models")
	ErrPrint = errors.New("no voice print")
)

// String hides the print.
func (p Print) String() string {
	return fmt.Sprintf("voice print of %v by %s", p.Speech.Round(time.Second), p.Model)
}

// GoString hides the print.
func (p Print) GoString() string { return p.String() }

// Score is how alike two prints are, -1 to 1: the cosine of their angle. What score is a
// match is the model's matter.
func Score(a, b Print) (float64, error) {
	if a.Model != b.Model || len(a.Vector) != len(b.Vector) {
		return 0, fmt.Errorf("%w: %s and %s", ErrOther, a.Model, b.Model)
	}
	return dot(a.Vector, b.Vector), nil
}

func dot(a, b []float32) float64 {
	var s float64
	for i, v := range a {
		s += float64(v) * float64(b[i])
	}
	return s
}

// normal brings a vector to length 1; one without length stays.
func normal(v []float32) {
	n := math.Sqrt(dot(v, v))
	if n == 0 {
		return
	}
	for i := range v {
		v[i] = float32(float64(v[i]) / n)
	}
}

// Normal returns the print with its vector, which it takes over, brought to length 1.
func (p Print) Normal() Print {
	normal(p.Vector)
	return p
}

// most bounds a print's numbers, so that no text asks for all memory.
const most = 1 << 16

// Text writes the print as it is kept, in base64: 8 bits a number, which moves a score
// by less than 0.01.
func (p Print) Text() string {
	top := float32(0)
	for _, v := range p.Vector {
		top = max(top, v, -v)
	}
	b := binary.LittleEndian.AppendUint32(nil, uint32(p.Speech/time.Millisecond))
	b = binary.LittleEndian.AppendUint32(b, math.Float32bits(top))
	for _, v := range p.Vector {
		part := 0.0
		if top > 0 {
			part = math.Round(float64(v / top * math.MaxInt8))
		}
		b = append(b, byte(int8(part)))
	}
	return base64.StdEncoding.EncodeToString(b)
}

// ParsePrint reads what Text wrote of a print by model.
func ParsePrint(model, text string) (Print, error) {
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(b) < 9 || len(b) > most {
		return Print{}, fmt.Errorf("%w: %d characters", ErrPrint, len(text))
	}
	top := math.Float32frombits(binary.LittleEndian.Uint32(b[4:]))
	if !(top >= 0 && top <= 1) {
		return Print{}, fmt.Errorf("%w: a scale of %v", ErrPrint, top)
	}
	p := Print{Model: model, Speech: time.Duration(binary.LittleEndian.Uint32(b)) * time.Millisecond, Vector: make([]float32, len(b)-8)}
	for i, v := range b[8:] {
		p.Vector[i] = float32(int8(v)) * top / math.MaxInt8
	}
	normal(p.Vector)
	return p, nil
}
