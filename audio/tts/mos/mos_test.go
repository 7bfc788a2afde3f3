package mos

import (
	"fmt"
	"math"
	"os"
	"testing"

	"huike/audio"
	"huike/audio/infer"
)

const (
	models = "../../../bin/models"
	path   = "../../../../shared/data/speech/dnsmos/sig_bak_ovr.onnx"
)

func model(t *testing.T) *Model {
	t.Helper()
	for _, file := range []string{path, models + "/" + infer.Library} {
		if _, err := os.Stat(file); err != nil {
			t.Skip(err) // names the absent file
		}
	}
	runtime, err := infer.Open(infer.Config{Models: models, Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := runtime.Close(); err != nil {
			t.Error(err)
		}
	})
	m, err := Open(runtime, models, path)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestNoiseIsNoSpeech(t *testing.T) {
	m := model(t)
	pcm := make([]int16, audio.Rate)
	seed := uint32(1)
	for i := range pcm {
		seed = seed*1664525 + 1013904223
		pcm[i] = int16(seed>>16) / 16
	}
	score, err := m.Score(pcm)
	if err != nil {
		t.Fatal(err)
	}
	if score.Overall > 1.6 || score.Background > 2 {
		t.Errorf("noise got %+v", score)
	}
}

func TestNothingIsAnError(t *testing.T) {
	if _, err := (&Model{}).Score(nil); err == nil {
		t.Error("no sound was scored")
	}
}

// TestCalibration holds the polynomials to the published ones at two points.
func TestCalibration(t *testing.T) {
	for _, c := range []struct {
		raw  float32
		want float64
	}{{3, -0.06766283*9 + 1.11546468*3 + 0.04602535}, {1, 1.0938272}} {
		if got := calibrated(c.raw, -0.06766283, 1.11546468, 0.04602535); math.Abs(got-c.want) > 1e-6 {
			t.Errorf("%v became %v, want %v", c.raw, got, c.want)
		}
	}
}

func ExampleModel_Score() {
	_, err := (&Model{}).Score(nil)
	fmt.Println(err)
	// Output: no sound to score
}
