// Package mos scores how speech sounds with DNSMOS P.835 (Reddy et al., "DNSMOS
// P.835: a non-intrusive perceptual objective speech quality metric", ICASSP 2022):
// what listeners would say of the signal, the background and the whole, each from 1
// to 5. It judges sound, not whether the words are right.
//
// The model is not part of huike: [Open] is given where it stands.
package mos

import (
	"errors"
	"fmt"
	"path/filepath"

	ort "github.com/yalue/onnxruntime_go"

	"huike/audio"
	"huike/audio/infer"
)

const (
	window = 144160     // samples: 9.01 s
	step   = audio.Rate // samples from one window to the next
)

// Score is what listeners would say, each from 1 to 5.
type Score struct {
	Signal, Background, Overall float64
}

// Model is DNSMOS, for any number of goroutines.
type Model struct {
	session *ort.DynamicAdvancedSession
}

// Open opens the model sig_bak_ovr.onnx at path with runtime, whose models are in
// the folder models. The runtime owns it.
func Open(runtime *infer.Runtime, models, path string) (*Model, error) {
	base, err := filepath.Abs(models)
	if err != nil {
		return nil, err
	}
	path, err = filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	path, err = filepath.Rel(base, path)
	if err != nil {
		return nil, err
	}
	session, err := runtime.Session(path, []string{"input_1"}, []string{"Identity:0"})
	if err != nil {
		return nil, fmt.Errorf("DNSMOS: %w", err)
	}
	return &Model{session: session}, nil
}

// Score scores mono sound at [audio.Rate]. What is shorter than a window is
// repeated; what is longer is the average of windows a second apart.
func (m *Model) Score(pcm []int16) (Score, error) {
	if len(pcm) == 0 {
		return Score{}, errors.New("no sound to score")
	}
	sound := make([]float32, 0, max(window, len(pcm)))
	for len(sound) < window || len(sound) < len(pcm) {
		for _, x := range pcm {
			sound = append(sound, float32(x)/32768)
		}
	}
	var sum Score
	n := 0
	for at := 0; at+window <= len(sound) && (at == 0 || at < len(pcm)); at += step {
		s, err := m.one(sound[at : at+window])
		if err != nil {
			return Score{}, err
		}
		sum.Signal += s.Signal
		sum.Background += s.Background
		sum.Overall += s.Overall
		n++
		if len(pcm) <= window {
			break
		}
	}
	return Score{sum.Signal / float64(n), sum.Background / float64(n), sum.Overall / float64(n)}, nil
}

// one scores a window.
func (m *Model) one(sound []float32) (score Score, err error) {
	in, err := ort.NewTensor(ort.NewShape(1, window), sound)
	if err != nil {
		return Score{}, err
	}
	defer func() { err = errors.Join(err, in.Destroy()) }()
	out, err := ort.NewEmptyTensor[float32](ort.NewShape(1, 3))
	if err != nil {
		return Score{}, err
	}
	defer func() { err = errors.Join(err, out.Destroy()) }()
	if err := m.session.Run([]ort.Value{in}, []ort.Value{out}); err != nil {
		return Score{}, fmt.Errorf("DNSMOS: %w", err)
	}
	raw := out.GetData()
	return Score{
		Signal:     calibrated(raw[0], -0.08397278, 1.22083953, 0.0052439),
		Background: calibrated(raw[1], -0.13166888, 1.60915514, -0.39604546),
		Overall:    calibrated(raw[2], -0.06766283, 1.11546468, 0.04602535),
	}, nil
}

func calibrated(x float32, a, b, c float64) float64 {
	return (a*float64(x)+b)*float64(x) + c
}
