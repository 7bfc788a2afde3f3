package main

import (
	"context"
	"time"

	"huike/audio/asr"
)

// stubEndpoint is the endpointing of a server with --stub.
const stubEndpoint = 300 * time.Millisecond

// stubRecognizer answers at once with fixed words: what is measured with it is
// everything but recognition.
type stubRecognizer struct{}

// Recognize returns a question that the demonstration shop answers at length.
func (stubRecognizer) Recognize(_ context.Context, _ []int16, hint asr.Hint) (asr.Result, error) {
	return asr.Result{Text: "What are your opening hours?", Final: !hint.Partial, Confidence: 1}, nil
}
