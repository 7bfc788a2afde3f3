package probe_test

import (
	"fmt"

	"huike/audio/asr/probe"
)

// A probe that tells low from high.
func ExampleFit() {
	m, err := probe.Fit([]probe.Sample{
		{Features: []float32{1}, Class: "low"},
		{Features: []float32{2}, Class: "low"},
		{Features: []float32{8}, Class: "high"},
		{Features: []float32{9}, Class: "high"},
	}, probe.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	chances := make([]float64, len(m.Classes))
	m.Score([]float32{7}, chances)
	fmt.Println(m.Classes, chances[0] > chances[1])
	// Output: [high low] true
}
