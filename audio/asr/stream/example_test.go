package stream_test

import (
	"fmt"

	"huike/audio/asr/stream"
)

// A shop's own FunASR server.
func ExampleRecognizer() {
	r := &stream.Recognizer{Protocol: stream.FunASR{}, URL: "ws://127.0.0.1:10095"}
	fmt.Println(r)
	// Output: stream(stream.FunASR, ws://127.0.0.1:10095)
}
