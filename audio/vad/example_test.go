package vad_test

import (
	"fmt"
	"os"
	"time"

	"huike/audio"
	"huike/audio/infer"
	"huike/audio/vad"
	"huike/audio/wav"
)

// One digit is said after half a second of silence.
func Example() {
	models := os.Getenv("HUIKE_MODELS")
	if models == "" {
		models = "../../bin/models"
	}
	rt, err := infer.Open(infer.Config{Models: models})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer rt.Close()
	model, err := vad.OpenModel(rt)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer model.Close()
	digit, err := wav.ReadFile("testdata/4_yweweler_5.wav")
	if err != nil {
		fmt.Println(err)
		return
	}
	pcm := append(make([]int16, audio.Rate/2), digit[0]...)
	pcm = append(pcm, make([]int16, audio.Rate/2)...)

	detector := vad.New(model.Inline(), vad.Config{})
	at := time.Duration(0)
	for n := 0; n+audio.FrameSamples <= len(pcm); n += audio.FrameSamples {
		at += audio.PTime
		for _, edge := range detector.Push(pcm[n:n+audio.FrameSamples], at) {
			fmt.Println(edge.Kind, edge.At.Round(100*time.Millisecond))
		}
	}
	// Output:
	// started 500ms
	// sustained 600ms
	// ended 800ms
}
